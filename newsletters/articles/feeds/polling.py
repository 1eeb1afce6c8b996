"""Look at feeds again and again: when each is due, what one look does, and what a look that failed means.

A look is claimed by moving the time of the next one, so two workers don't look at once, and one that was killed is
followed by another look when its claim ends. Whatever a look finds wrong is a sentence in the log of that feed; others
go on.
"""

from __future__ import annotations

import logging
import secrets
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import NamedTuple

from django.db import DatabaseError, InterfaceError, OperationalError
from django.utils import timezone

from newsletters.articles.feeds.bringing_in import bring_in, update
from newsletters.articles.feeds.categories import propose
from newsletters.articles.feeds.contents import FeedContents, IncomingItem
from newsletters.articles.feeds.fetching import FeedTrouble, FetchedFeed, fetch_feed
from newsletters.articles.feeds.seen_items import (
    Keys,
    has_changed,
    known_items,
    note_change,
    renamed,
    rests,
    take_note,
)
from newsletters.articles.feeds.source_log import write_log
from newsletters.articles.writing import BodyTooLong
from newsletters.models import FeedItem, FeedSource

logger = logging.getLogger(__name__)

EVERY = timedelta(minutes=30)
LONGEST_PAUSE = timedelta(hours=24)  # after failures, unless the server asks for more
CLAIM = timedelta(minutes=15)  # a look with many pictures takes minutes
LOOK_SECONDS = 240.0  # that one look brings items in for; what is left waits for the next
NEXT_PART = timedelta(minutes=5)  # until a look that goes on where one had no more time
MOST_NEW = 20  # items of one look; more at once are rather a feed that gave all its items new ids
OUR_SIDE = "Something went wrong on our side. The operator finds it in the log of the program."
State = FeedSource.State


class _LookOutcome(NamedTuple):
    """What one look left: `is_done` when there was time for everything, `is_whole` when also no change waits."""

    is_done: bool = True
    is_whole: bool = True


def poll(source_id: int) -> bool:
    """One look. False when there was nothing to do: it isn't due, or another worker is at it."""
    source = FeedSource.objects.filter(pk=source_id, state=State.ACTIVE, poll_at__lte=timezone.now()).first()
    if source is None:
        return False
    claim = timezone.now() + CLAIM
    claimed = FeedSource.objects.filter(pk=source.pk, poll_at=source.poll_at)
    if not claimed.update(poll_at=claim, looking_until=claim):
        return False
    try:
        fetched = fetch_feed(source.address, etag=source.etag, last_modified=source.last_modified, discover=False)
        outcome = _LookOutcome() if fetched.contents is None else _take(source, fetched.contents)
        _succeed(source, fetched, outcome)
    except FeedTrouble as trouble:
        _fail(source, trouble)
    except DatabaseError:
        raise
    except Exception:  # one feed that no rule thought of must not stop the others
        logger.exception("Feed %s: an unexpected error", source.pk)
        _fail(source, FeedTrouble(OUR_SIDE))
    return True


def _take(source: FeedSource, contents: FeedContents) -> _LookOutcome:
    """What is new comes in, and then what has changed is changed, as far as there is time."""
    ends = time.monotonic() + LOOK_SECONDS
    keyed = [(item, Keys.of_item(item)) for item in contents.items]
    links = Counter(keys.link for _item, keys in keyed)
    present = {keys.id for _item, keys in keyed}
    new: list[tuple[IncomingItem, Keys]] = []
    seen: list[tuple[IncomingItem, FeedItem]] = []
    known = known_items(source, list(present))
    for item, keys in keyed:
        row = known.get(keys.id)
        if row is None and source.begun_at is not None and keys.link and links[keys.link] == 1:
            row = renamed(source, item, keys, present)
        if row is None:
            new.append((item, keys))
        else:
            seen.append((item, row))
    if source.begun_at is None:
        return _LookOutcome(is_done=_begin(source, new, ends))
    mode = _mode_for(source, len(new))
    for item, keys in reversed(new):  # the oldest first, so that the newest is the last to be published
        if time.monotonic() > ends:
            return _LookOutcome(is_done=False)
        _bring_in(source, item, keys, mode)
    if source.holds_new:
        FeedSource.objects.filter(pk=source.pk).update(holds_new=False)
    return _change(source, seen, ends)


def _change(source: FeedSource, seen: list[tuple[IncomingItem, FeedItem]], ends: float) -> _LookOutcome:
    is_whole = True
    for item, row in seen:
        if not has_changed(row, item):
            continue
        if rests(row):
            is_whole = False
        elif time.monotonic() > ends:
            return _LookOutcome(is_done=False)
        else:
            _update(source, row, item)
    return _LookOutcome(is_whole=is_whole)


def _mode_for(source: FeedSource, new: int) -> str:
    """Of so many new items. Once they are too many, they are drafts until all are in, however many looks it takes."""
    if source.mode == FeedSource.Mode.DRAFT:
        return source.mode
    if new > MOST_NEW and not source.holds_new:
        source.holds_new = True
        source.save(update_fields=["holds_new"])
        write_log(
            source, f"{new:,} items are new at once. They are held as drafts: the feed may have given all of its "
            "items new ids.", is_problem=True,
        )  # fmt: skip
    return FeedSource.Mode.DRAFT if source.holds_new else source.mode


def _bring_in(source: FeedSource, item: IncomingItem, keys: Keys, mode: str) -> None:
    with _apart_from_others(source, f"“{item.title}” can't come in.", lambda: take_note(source, [(item, keys)])):
        bring_in(source, item, keys, mode)


def _update(source: FeedSource, row: FeedItem, item: IncomingItem) -> None:
    def give_up() -> None:
        note_change(row, item)
        row.save()

    with _apart_from_others(source, f"“{item.title}” has changed in the feed, and can't be changed here.", give_up):
        update(source, row, item)


@contextmanager
def _apart_from_others(source: FeedSource, sentence: str, give_up: Callable[[], None]) -> Iterator[None]:
    """What is wrong with one item stops no other one, and isn't tried again at each look. The log says so."""
    try:
        yield
    except (OperationalError, InterfaceError):  # of the database itself, and not of the item
        raise
    except BodyTooLong as problem:
        give_up()
        write_log(source, f"{sentence} {problem}", is_problem=True)
    except Exception:  # one item that no rule thought of must not stop the others
        logger.exception("Feed %s: an unexpected error with an item", source.pk)
        give_up()
        write_log(source, f"{sentence} {OUR_SIDE}", is_problem=True)


def _begin(source: FeedSource, new: list[tuple[IncomingItem, Keys]], ends: float) -> bool:
    """The first look: what is there is old. As many of the newest as somebody asked for come in as drafts. False when
    there was no time for all of them; the next look goes on."""
    came_in = source.items.exclude(article=None)
    wanted = max(0, source.bring_first - came_in.count())
    take_note(source, new[wanted:])
    propose(source, (topic for item, _keys in new[wanted:] for topic in item.topics))
    for item, keys in reversed(new[:wanted]):
        if time.monotonic() > ends:
            return False
        _bring_in(source, item, keys, FeedSource.Mode.DRAFT)
    FeedSource.objects.filter(pk=source.pk).update(begun_at=timezone.now())
    write_log(
        source, f"The first check found {source.items.count():,} items: {came_in.count():,} came in as drafts, the "
        "others were there before and don't come in.",
    )  # fmt: skip
    return True


def _succeed(source: FeedSource, fetched: FetchedFeed, outcome: _LookOutcome) -> None:
    now = timezone.now()
    contents, moved = fetched.contents, fetched.moved_to
    changed: dict[str, object] = {
        "etag": fetched.etag, "last_modified": fetched.last_modified, "failures": 0, "problem": "", "polled_at": now,
        "poll_at": now + _with_jitter(EVERY), "looking_until": None,
    }  # fmt: skip
    if not (outcome.is_done and outcome.is_whole):  # the server must not say then that nothing has changed
        changed |= {"etag": "", "last_modified": ""}
    if not outcome.is_done:
        changed["poll_at"] = now + NEXT_PART
    sentences = [("The feed can be read again.", False)] if source.failures else []
    if contents is not None and outcome.is_done and source.begun_at is None:
        sentences += [(warning, True) for warning in contents.warnings[:5]]
    if moved and moved != source.address and len(moved) <= 500:
        if FeedSource.objects.filter(address=moved).exists():
            changed["state"] = State.PAUSED
            sentences.append((f"The feed has moved for good to {moved}, which is a feed of its own here. This one is "
                              "paused: nothing comes in twice.", True))  # fmt: skip
        else:
            changed["address"] = moved
            sentences.append((f"The feed has moved for good. Its address is {moved} now.", False))
    if _store(source, changed):
        for sentence, is_problem in sentences:
            write_log(source, sentence, is_problem=is_problem)
        FeedSource.objects.filter(pk=source.pk, name="").update(
            name=(contents.title if contents else "") or source.address[:200]
        )


def _fail(source: FeedSource, trouble: FeedTrouble) -> None:
    now = timezone.now()
    failures = source.failures + 1
    pause = min(EVERY * 2 ** min(failures - 1, 10), LONGEST_PAUSE)
    if trouble.wait is not None:
        pause = max(pause, trouble.wait)
    changed: dict[str, object] = {
        "failures": failures, "problem": str(trouble)[:500], "polled_at": now, "poll_at": now + _with_jitter(pause),
        "looking_until": None,
    }  # fmt: skip
    if trouble.gone:
        changed["state"] = State.STOPPED
    if not _store(source, changed):
        return
    if trouble.gone:
        write_log(source, f"{trouble} It is stopped. What came in stays.", is_problem=True)
    elif str(trouble)[:500] != source.problem:
        write_log(source, f"{trouble} We try again by ourselves.", is_problem=True)


def _store(source: FeedSource, changed: dict[str, object]) -> bool:
    """Only what the look found. False, and nothing is stored, where staff gave it another address meanwhile."""
    return bool(FeedSource.objects.filter(pk=source.pk, address=source.address).update(**changed))


def _with_jitter(pause: timedelta) -> timedelta:
    """Up to a tenth longer, so that feeds of one server aren't asked for at the same moment for ever."""
    return pause * (1 + secrets.randbelow(1000) / 10_000)
