"""The list of editions: what each row shows beside its own columns is read for the whole page at once."""

from __future__ import annotations

from typing import Any

from django.contrib.admin.views.main import ChangeList
from django.http import HttpRequest

from newsletters.admin.edition.merge_chips import chips
from newsletters.delivery.ledger.totals import count_outcomes_of
from newsletters.editions.subjects import subject_parts_of
from newsletters.models import Edition


class EditionChangeList(ChangeList):
    def get_results(self, request: HttpRequest) -> None:
        """Each edition of the page with `shown` and `totals`; two or three queries more, whatever its length."""
        super().get_results(request)
        editions: list[Any] = list(self.result_list)
        subjects = subject_parts_of(editions)
        begun: list[Edition] = [edition for edition in editions if edition.frozen_at is not None]
        totals = count_outcomes_of(begun)
        for edition in editions:
            edition.shown_words = chips(subjects[edition.pk])
            edition.totals = totals.get(edition.pk)
        self.result_list = editions
