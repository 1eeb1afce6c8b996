"""An edition that was prepared by a newer version of Iria: an older worker says so, and leaves it to a newer one."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from newsletters.blocks.content import NewerContent
from newsletters.delivery.engine import freezing, frozen, sending
from newsletters.models import Chunk, Edition, Newsletter
from newsletters.rendering.content import EditionContent, digest_of_json
from tests.factories import make_edition, make_list, make_newsletter, queue, start
from tests.newsletters.delivery.conftest import Scripted
from tests.newsletters.delivery.engine.sums import readers, sums

Json = dict[str, Any]
PLACES: dict[str, Callable[[Json], Json]] = {
    "edition": lambda snapshot: snapshot,
    "block": lambda snapshot: snapshot["blocks"][0],
    "article": lambda snapshot: snapshot["blocks"][0]["article"],
}


def as_newer(edition: Edition, place: str = "edition") -> Json:
    """It says something that we don't know. Returns what it said before."""
    edition.refresh_from_db()
    before = copy.deepcopy(edition.snapshot or {})
    newer = copy.deepcopy(before)
    PLACES[place](newer)["shiny"] = True
    store(edition, newer)
    return before


def store(edition: Edition, snapshot: Json) -> None:
    Edition.objects.filter(pk=edition.pk).update(snapshot=snapshot, content_hash=digest_of_json(snapshot))


@pytest.mark.parametrize("place", PLACES)
def test_one_that_waits_is_not_begun_until_a_newer_worker_comes(newsletter: Newsletter, place: str) -> None:
    readers(newsletter, 2)
    edition = queue(make_edition(newsletter))
    before = as_newer(edition, place)
    assert not freezing.start(edition.pk)
    edition.refresh_from_db()
    assert edition.status == Edition.Status.QUEUED
    assert edition.trouble.startswith("It was prepared by a newer version of Iria than runs here (“shiny” is unknown).")
    assert not Chunk.objects.exists()
    store(edition, before)  # to the newer one it says nothing unknown
    assert freezing.start(edition.pk)
    edition.refresh_from_db()
    assert (edition.status, edition.trouble) == (Edition.Status.SENDING, "")


def test_one_that_is_being_sent_is_left_alone_and_others_go_out(newsletter: Newsletter, scripted: Scripted) -> None:
    other = make_newsletter(make_list(name="Another"))
    readers(newsletter, 3)
    readers(other, 2)
    newer, ours = start(make_edition(newsletter)), start(make_edition(other))
    before = as_newer(newer)
    sending.send_slice()
    sending.send_slice()
    newer.refresh_from_db()
    assert newer.status == Edition.Status.SENDING  # and not paused, which would stop the newer workers, too
    assert "newer version" in newer.trouble
    assert sums(newer) == {"candidates": 3, "waiting": 3}
    assert Chunk.objects.get(edition=newer).state == Chunk.State.READY
    assert sums(ours) == {"candidates": 2, "accepted": 2}
    store(newer, before)
    sending._sender = None  # another process
    frozen.load.cache_clear()
    sending.send_slice()
    newer.refresh_from_db()
    assert (newer.status, newer.trouble) == (Edition.Status.SENT, "")
    assert sums(newer) == {"candidates": 3, "accepted": 3}


def test_what_is_missing_is_no_sign_of_a_newer_version() -> None:
    with pytest.raises(KeyError):
        EditionContent.from_json({})
    with pytest.raises(NewerContent, match="“aaa”"):
        EditionContent.from_json({"blocks": [{"kind": "text", "zzz": 1, "aaa": 2}], "logo": None})
