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
from datetime import timedelta

from django.db import DatabaseError
from django.utils import timezone

from newsletters.articles.feeds.bringing_in import Keys, bring_in, take_note, update
from newsletters.articles.feeds.categories import propose
from newsletters.articles.feeds.contents import FeedContents, IncomingItem
from newsletters.articles.feeds.fetching import FeedTrouble, FetchedFeed, fetch_feed
from newsletters.articles.feeds.source_log import write_log
from newsletters.models import FeedItem, FeedSource

logger = logging.getLogger(__name__)

EVERY = timedelta(minutes=30)
LONGEST_PAUSE = timedelta(hours=24)  # after failures, unless the server asks for more
CLAIM = timedelta(minutes=15)  # a look with many pictures takes minutes
LOOK_SECONDS = 240.0  # that one look brings items in for; what is left waits for the next, which is at once
MOST_NEW = 20  # items of one look; more at once are rather a feed that gave all its items new ids
State = FeedSource.State


def poll(source_id: int) -> bool:
    """One look. False when there was nothing to do: it isn't due, or another worker is at it."""
    source = FeedSource.objects.filter(pk=source_id, state=State.ACTIVE, poll_at__lte=timezone.now()).first()
    if source is None:
        return False
    claim = timezone.now() + CLAIM
    if not FeedSource.objects.filter(pk=source.pk, poll_at=source.poll_at).update(poll_at=claim):
        return False
    try:
        fetched = fetch_feed(source.address, etag=source.etag, last_modified=source.last_modified, discover=False)
        is_done = fetched.contents is None or _take(source, fetched.contents)
        _succeed(source, fetched, is_done=is_done)
    except FeedTrouble as trouble:
        _fail(source, trouble)
    except DatabaseError:
        raise
    except Exception:  # one feed that no rule thought of must not stop the others
        logger.exception("Feed %s: an unexpected error", source.pk)
        _fail(source, FeedTrouble("Something went wrong on our side. The operator finds it in the log of the program."))
    return True


def _take(source: FeedSource, contents: FeedContents) -> bool:
    """What is new comes in, what has changed is changed. False when there was no time for all of it."""
    ends = time.monotonic() + LOOK_SECONDS
    keyed = [(item, Keys.of_item(item)) for item in contents.items]
    links = Counter(keys.link for _item, keys in keyed)
    present = {keys.id for _item, keys in keyed}
    new: list[tuple[IncomingItem, Keys]] = []
    known_rows = _known(source, keyed)
    for item, keys in keyed:
        row = known_rows.get(keys.id)
        if row is None and keys.link and links[keys.link] == 1:
            row = _renamed(source, keys, present)
        if row is None:
            new.append((item, keys))
        elif time.monotonic() < ends:
            update(source, row, item)
        else:
            return False
    if source.begun_at is None:
        _begin(source, new)
        return True
    mode = source.mode
    if len(new) > MOST_NEW and mode != FeedSource.Mode.DRAFT:
        mode = FeedSource.Mode.DRAFT
        write_log(
            source, f"{len(new):,} items are new at once. They are held as drafts: the feed may have given all of its "
            "items new ids.", is_problem=True,
        )  # fmt: skip
    for item, keys in reversed(new):  # the oldest first, so that the newest is the last to be published
        if time.monotonic() > ends:
            return False
        bring_in(source, item, keys, mode)
    return True


def _known(source: FeedSource, keyed: list[tuple[IncomingItem, Keys]]) -> dict[str, FeedItem]:
    rows: dict[str, FeedItem] = {}
    ids = [keys.id for _item, keys in keyed]
    for start in range(0, len(ids), 500):
        found = source.items.filter(key__in=ids[start : start + 500]).select_related("article")
        rows.update((row.key, row) for row in found)
    return rows


def _renamed(source: FeedSource, keys: Keys, present: set[str]) -> FeedItem | None:
    """The same article under a new id, whose old one is in the feed no more."""
    row = source.items.filter(link_key=keys.link).select_related("article").first()
    if row is None or row.key in present or source.items.filter(key=keys.id).exists():
        return None
    row.key = keys.id
    row.save(update_fields=["key"])
    return row


def _begin(source: FeedSource, new: list[tuple[IncomingItem, Keys]]) -> None:
    """The first look: what is there is old. As many of the newest as somebody asked for come in as drafts."""
    brought = source.items.exclude(article=None).count()  # by a look that was killed
    wanted = new[: max(0, source.bring_first - brought)]
    for item, keys in reversed(wanted):
        bring_in(source, item, keys, FeedSource.Mode.DRAFT)
    for item, keys in new[len(wanted) :]:
        take_note(source, item, keys)
        propose(source, item.topics)
    write_log(
        source, f"The first check found {len(new):,} items: {len(wanted):,} came in as drafts, the others were there "
        "before and don't come in.",
    )  # fmt: skip


def _succeed(source: FeedSource, fetched: FetchedFeed, *, is_done: bool) -> None:
    now = timezone.now()
    if source.failures:
        write_log(source, "The feed can be read again.")
    changed: dict[str, object] = {
        "etag": fetched.etag, "last_modified": fetched.last_modified, "failures": 0, "problem": "", "polled_at": now,
        "begun_at": source.begun_at or now, "poll_at": now + _with_jitter(EVERY),
    }  # fmt: skip
    if not is_done:  # the server must not say then that nothing has changed
        changed |= {"etag": "", "last_modified": "", "poll_at": now}
    contents = fetched.contents
    if contents is not None and not source.name:
        changed["name"] = contents.title or source.address[:200]
    if contents is not None and contents.warnings and source.begun_at is None:
        for warning in contents.warnings[:5]:
            write_log(source, warning, is_problem=True)
    moved = fetched.moved_to
    if moved and moved != source.address and len(moved) <= 500:
        if FeedSource.objects.filter(address=moved).exists():
            changed["state"] = State.PAUSED
            write_log(source, f"The feed has moved for good to {moved}, which is a feed of its own here. This one is "
                      "paused: nothing comes in twice.", is_problem=True)  # fmt: skip
        else:
            changed["address"] = moved
            write_log(source, f"The feed has moved for good. Its address is {moved} now.")
    _store(source, changed)


def _fail(source: FeedSource, trouble: FeedTrouble) -> None:
    now = timezone.now()
    failures = source.failures + 1
    pause = min(EVERY * 2 ** min(failures - 1, 10), LONGEST_PAUSE)
    if trouble.wait is not None:
        pause = max(pause, trouble.wait)
    changed: dict[str, object] = {
        "failures": failures, "problem": str(trouble)[:500], "polled_at": now, "poll_at": now + _with_jitter(pause),
    }  # fmt: skip
    if trouble.gone:
        changed["state"] = State.STOPPED
        write_log(source, f"{trouble} It is stopped. What came in stays.", is_problem=True)
    elif str(trouble)[:500] != source.problem:
        write_log(source, f"{trouble} We try again by ourselves.", is_problem=True)
    _store(source, changed)


def _store(source: FeedSource, changed: dict[str, object]) -> None:
    """Only what the look found: what staff changed meanwhile stays."""
    FeedSource.objects.filter(pk=source.pk).update(**changed)


def _with_jitter(pause: timedelta) -> timedelta:
    """Up to a tenth longer, so that feeds of one server aren't asked for at the same moment for ever."""
    return pause * (1 + secrets.randbelow(1000) / 10_000)
