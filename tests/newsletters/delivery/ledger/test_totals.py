"""One query counts where the recipients of any number of editions are, and every state has its words."""

from __future__ import annotations

from dataclasses import fields

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from newsletters.delivery.ledger.recipient_states import OUTCOMES, STATES, outcomes_in_words
from newsletters.delivery.ledger.totals import count_outcomes, count_outcomes_of
from newsletters.models import Chunk, Edition
from newsletters.models.deliveries import Outcome, Totals
from tests.factories import make_edition, make_newsletter

pytestmark = pytest.mark.django_db


def chunk(edition: Edition, seq: int, **counts: object) -> None:
    Chunk.objects.create(edition=edition, wave=timezone.now(), seq=seq, members=b"", **counts)


def edition_with_two_chunks() -> Edition:
    edition = make_edition(newsletter=make_newsletter())
    Edition.objects.filter(pk=edition.pk).update(candidates=20)
    chunk(edition, 1, n=10, handed_to=8, settled=7, accepted=4, skipped=3, skip_reasons={"left": 2, "paused": 1})
    chunk(edition, 2, n=10, handed_to=9, settled=9, rejected=6, skipped=3, skip_reasons={"left": 2, "paused": 1})
    chunk(edition, 1, kind="retry", n=3, handed_to=1, settled=1, deferred=1, retrying=2)
    return edition


def test_the_sums_of_an_edition_with_why_the_skipped_were() -> None:
    totals = count_outcomes(edition_with_two_chunks())
    assert totals == Totals(
        candidates=20, waiting=3, handed_out=1, accepted=4, deferred=1, retrying=2, rejected=6, skipped=6,
        skipped_reasons={"left": 4, "paused": 2},
    )  # fmt: skip


def test_who_was_cancelled_in_a_first_chunk_no_longer_waits() -> None:
    edition = make_edition()
    chunk(edition, 1, n=5, handed_to=2, settled=2, accepted=2, cancelled=3, state="cancelled")
    assert count_outcomes(edition) == Totals(accepted=2, cancelled=3)


@pytest.mark.parametrize("editions", [1, 6])
def test_any_number_of_editions_costs_one_query(editions: int) -> None:
    made = [edition_with_two_chunks() for _ in range(editions)]
    for edition in made:
        edition.refresh_from_db()
    with CaptureQueriesContext(connection) as queries:
        totals = count_outcomes_of(made)
    assert len(queries) == 1
    assert set(totals) == {edition.pk for edition in made}
    assert {(each.candidates, each.accepted, each.rejected, each.waiting) for each in totals.values()} == {
        (20, 4, 6, 3)
    }
    assert all(each.skipped_reasons == {} for each in totals.values())


def test_an_edition_without_chunks_has_nothing_but_candidates() -> None:
    edition = make_edition()
    assert count_outcomes(edition) == Totals() == count_outcomes_of([edition])[edition.pk]
    assert count_outcomes_of([]) == {}


def test_every_number_of_the_totals_is_a_state_with_words_of_its_own() -> None:
    numbers = {field.name for field in fields(Totals)} - {"candidates", "skipped_reasons"}
    assert {state.key for state in STATES} == numbers
    assert set(OUTCOMES) == set(Outcome)
    assert len({str(state.name) for state in STATES}) == len({str(state.meaning) for state in STATES}) == len(STATES)


def test_what_became_of_an_edition_in_words() -> None:
    assert outcomes_in_words(Totals(accepted=1204, rejected=3)) == "1,204 accepted, 3 rejected"
    assert outcomes_in_words(Totals(in_doubt=1)) == "0 accepted, 1 in doubt"
