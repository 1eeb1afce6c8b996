"""Nearly all results are alike, and are written in a quicker way: the ledger says the same as if each went alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from django.db import transaction
from django.forms.models import model_to_dict
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from mail.results import Result, Verdict
from newsletters.delivery.ledger import writing
from newsletters.delivery.ledger.members import Member
from newsletters.delivery.ledger.outcomes import Settlement
from newsletters.delivery.ledger.reasons import Skip
from newsletters.delivery.ledger.writing import LedgerBatch
from newsletters.models import Attempt, Chunk, Delivery, Edition
from newsletters.models.deliveries import COUNTED, Outcome
from tests.factories import make_edition, make_list, make_newsletter

pytestmark = pytest.mark.django_db
PEOPLE = 8
WORDS = st.sampled_from(["", "2.0.0 Ok: queued as 5F", "100 % \\N\tof it\r\n", "%s \\", "“250”"])
fates = st.one_of(
    st.tuples(st.just(Verdict.ACCEPTED), st.sampled_from([250, 251]), st.sampled_from(["", "2.0.0"]), WORDS,
              st.sampled_from(["", "", "esp-1"])),
    st.tuples(st.just(Verdict.REJECTED), st.just(550), st.sampled_from(["5.1.1", "5.7.1"]), WORDS, st.just("")),
    st.tuples(st.just(Verdict.DEFERRED), st.just(451), st.just("4.3.0"), WORDS, st.just("")),
    st.tuples(st.just(Verdict.IN_DOUBT), st.just(None), st.just(""), WORDS, st.just("")),
    st.just(None),  # skipped
)  # fmt: skip


def results_of(chosen: Sequence[Any]) -> list[Result | Settlement]:
    found: list[Result | Settlement] = []
    for number, fate in enumerate(chosen, 1):
        member = Member(number, 1 + number % 2)
        if fate is None:
            found.append(Settlement(member, Outcome.SKIPPED, Skip.PAUSED))
            continue
        verdict, code, enhanced, reply, service_id = fate
        found.append(
            Result(member, verdict, reply=reply, smtp_code=code, enhanced_status=enhanced,
                   email=f"r{number}@example.org", provider_id=f"{service_id}-{number}" if service_id else "")
        )  # fmt: skip
    return found


def written(edition: Edition, results: Sequence[Result | Settlement]) -> list[Any]:
    """All that they leave in the ledger, but for moments and keys; taken back again."""
    with transaction.atomic():
        made = Chunk.objects.create(edition=edition, wave=timezone.now(), seq=1, members=b"", n=PEOPLE)
        Chunk.objects.update(handed_to=PEOPLE)
        chunk = writing.lock_chunks().get(pk=made.pk)
        batch = LedgerBatch()
        batch.settle(chunk, results, known={})
        batch.write()
        writing.save_counters(chunk)
        chunk.refresh_from_db()
        counters = [getattr(chunk, each.value) for each in COUNTED] + [chunk.settled, chunk.skip_reasons]
        moments = ("id", "chunk", "settled_at", "retry_at", "at")
        rows = [
            sorted((model_to_dict(row, exclude=moments) for row in model.objects.all()), key=str)
            for model in (Delivery, Attempt)
        ]
        retried = sorted(Delivery.objects.filter(retry_at__isnull=False).values_list("subscriber_id", flat=True))
        transaction.set_rollback(True)
    return [counters, *rows, retried]


@given(chosen=st.lists(fates, min_size=1, max_size=PEOPLE))
def test_written_at_once_is_what_written_one_by_one_is(chosen: Sequence[Any]) -> None:
    with transaction.atomic():
        edition = make_edition(make_newsletter(make_list()))
        results = results_of(chosen)
        at_once = written(edition, results)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(LedgerBatch, "_add_accepted", lambda _self, _chunk, all_of_them, _counts: all_of_them)
            one_by_one = written(edition, results)
        transaction.set_rollback(True)
    assert at_once == one_by_one
    assert sum(at_once[0][: len(COUNTED)]) == len(chosen)
