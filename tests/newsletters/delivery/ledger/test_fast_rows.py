"""Rows written past the ORM are the rows that the ORM would have written."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction
from django.forms.models import model_to_dict
from django.utils import timezone
from hypothesis import example, given
from hypothesis import strategies as st

from newsletters.delivery.ledger import fast_rows
from newsletters.models import Attempt, Chunk
from tests.factories import make_edition

pytestmark = pytest.mark.django_db
FIELDS = ("handed_to", "settled", "state", "owner", "rate", "beat", "heard_at", "members", "skip_reasons", "accepted")


def changed(chunk: Chunk) -> Chunk:
    chunk.handed_to, chunk.settled, chunk.accepted, chunk.beat = 8, 7, 4, 2**40
    chunk.state, chunk.owner, chunk.rate = Chunk.State.CLAIMED, "a 'host' with \\ and %s", 1.5
    chunk.heard_at, chunk.members = timezone.now(), bytes(range(256))
    chunk.skip_reasons = {"left": 2, "“paused”": 1}
    return chunk


def test_an_update_writes_what_saving_the_same_fields_writes() -> None:
    edition = make_edition()
    ours, djangos, untouched = (
        Chunk.objects.create(edition=edition, wave=timezone.now(), seq=seq, members=b"", n=10) for seq in range(3)
    )
    before = model_to_dict(Chunk.objects.get(pk=untouched.pk))
    changed(djangos).save(update_fields=FIELDS)
    ours.fence = 99  # which is not asked for
    changed(ours).heard_at = djangos.heard_at
    fast_rows.update(ours, FIELDS)
    written, expected = (Chunk.objects.values(*FIELDS).get(pk=chunk.pk) for chunk in (ours, djangos))
    assert {name: bytes(value) if name == "members" else value for name, value in written.items()} == {
        name: bytes(value) if name == "members" else value for name, value in expected.items()
    }
    assert Chunk.objects.get(pk=ours.pk).fence == 0
    assert model_to_dict(Chunk.objects.get(pk=untouched.pk)) == before


def test_an_update_that_a_constraint_forbids_raises_as_ever() -> None:
    chunk = Chunk.objects.create(edition=make_edition(), wave=timezone.now(), seq=1, members=b"", n=1)
    chunk.handed_to, chunk.settled = 1, 2
    with pytest.raises(IntegrityError), transaction.atomic():
        fast_rows.update(chunk, ["handed_to", "settled"])


NAMES = ("edition", "subscriber_id", "outcome", "reply", "at")
WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=40)


@given(shared=WORDS, replies=st.lists(WORDS, max_size=5))
@example(shared="100 %", replies=["%s and %%", "\\N", "\\", "a\tb\r\nc", "", "“250”"])
def test_rows_like_another_are_those_that_are_given_whole(shared: str, replies: list[str]) -> None:
    with transaction.atomic():
        _compare(shared[:10], replies)
        transaction.set_rollback(True)


def _compare(shared: str, replies: list[str]) -> None:
    edition, at = make_edition(), fast_rows.moment(timezone.now())
    whole, alike = fast_rows.NewRows(Attempt, NAMES), fast_rows.NewRows(Attempt, NAMES)
    add = alike.like((edition.pk, 0, shared, "", at), ("subscriber_id",), "reply")
    for number, reply in enumerate(replies):
        whole.add((edition.pk, number, shared, reply, at))
        add((1000 + number,), reply)
    whole.write()
    alike.write()
    found = list(Attempt.objects.order_by("pk").values_list("edition", "subscriber_id", "outcome", "reply", "at"))
    assert [row[3] for row in found] == replies * 2
    first, second = found[: len(replies)], found[len(replies) :]
    assert [(row[0], 1000 + row[1], *row[2:]) for row in first] == second


def test_rows_are_filled_in_the_order_of_their_fields() -> None:
    with pytest.raises(ValueError, match="order"):
        fast_rows.NewRows(Attempt, NAMES).like((1, 2, "", "", None), ("subscriber_id", "edition"), "reply")
