"""The database does not check each delivery's edition and chunk (decision 56): what keeps the ledger whole instead."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from mail.results import Result, Verdict
from newsletters.delivery.ledger import writing
from newsletters.delivery.ledger.members import Member
from newsletters.models import Attempt, Chunk, Delivery, Edition
from tests.factories import make_edition

pytestmark = pytest.mark.django_db


def edition_with_two_results() -> Edition:
    edition = make_edition()
    Chunk.objects.create(edition=edition, wave=timezone.now(), seq=1, members=b"", n=2, handed_to=2, fence=1)
    with transaction.atomic():
        chunk = writing.lock_chunks().get(edition=edition)
        taken = Result(Member(1, 0), Verdict.ACCEPTED, smtp_code=250, email="a@example.org")
        refused = Result(Member(2, 0), Verdict.REJECTED, smtp_code=550, email="b@example.org")
        writing.settle(chunk, [taken, refused])
        writing.save_counters(chunk)
    return edition


def test_an_edition_that_is_deleted_takes_its_ledger_with_it() -> None:
    edition = edition_with_two_results()
    assert (Delivery.objects.count(), Attempt.objects.count()) == (2, 1)
    edition.delete()
    assert (Delivery.objects.count(), Attempt.objects.count(), Chunk.objects.count()) == (0, 0, 0)


def test_an_edition_with_chunks_is_kept_by_the_database_itself() -> None:
    """And a delivery is written only under the lock of its chunk."""
    edition = edition_with_two_results()
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM newsletters_edition WHERE id = %s", [edition.pk])
        connection.check_constraints()
