"""One query counts where the recipients of any number of editions are, and every state has its words."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from newsletters.delivery.ledger.recipient_states import OF_RECIPIENTS, OUTCOMES, SKIPPED, outcomes_in_words
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
    numbers = {field.name for field in fields(Totals)} - {"candidates", "set_aside", "skipped_reasons"}
    states = (*OF_RECIPIENTS, SKIPPED)
    assert {state.key for state in states} == numbers
    assert set(OUTCOMES) == set(Outcome)
    assert len({str(state.name) for state in states}) == len({str(state.meaning) for state in states}) == len(states)


def test_what_became_of_an_edition_in_words() -> None:
    totals = Totals(candidates=1222, accepted=1204, rejected=3, skipped=15)
    assert outcomes_in_words(totals) == "1,204 of 1,207 accepted, 3 rejected; 15 skipped"
    assert outcomes_in_words(Totals(candidates=1, in_doubt=1)) == "0 of 1 accepted, 1 in doubt"


COUNTS = st.fixed_dictionaries({name: st.integers(0, 50) for name in ("waiting", "cancelled", "accepted", "skipped")})


@given(COUNTS, st.integers(0, 250))
def test_those_who_were_never_due_stand_aside_and_all_others_are_counted(counts: dict[str, int], aside: int) -> None:
    frozen = Totals(candidates=sum(counts.values()), set_aside=aside)
    totals = replace(frozen, **counts)  # type: ignore[arg-type]
    of_all = totals.of_recipients
    assert of_all.accounted_for == of_all.candidates
    assert of_all.candidates + totals.never_due == totals.candidates
    assert (of_all.skipped, of_all.accepted) == (0, totals.accepted)
    assert min(of_all.waiting, of_all.cancelled) >= 0
    assert totals.never_due >= totals.skipped
    if not (totals.waiting or totals.cancelled):
        assert totals.never_due == totals.skipped
    elif totals.skipped <= aside <= totals.skipped + totals.waiting + totals.cancelled:
        assert totals.never_due == aside
