"""From an archive to articles, in batches. The only place where the state of an archive's import changes, but for
undoing.

Each batch is one transaction that holds the import's row: what was prepared is written, with its lines of the report,
and the cursor moves. Killed at any point it has happened or it has not, and the next process begins behind it; two
workers at once do nothing twice.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

from django.db import IntegrityError, OperationalError, connection, transaction
from django.db.models import Count, Q
from django.utils import timezone

from lib import lock_waits
from lib.characters import without_controls
from lib.free_names import free_name
from lib.readable_slugs import readable_slug
from lib.signs_of_life import Say, SignOfLife
from newsletters.articles.archives import keeping
from newsletters.articles.archives.archived import ArchivedArticle, ArchiveNote, LeftOut, UnreadableArchive
from newsletters.articles.archives.bringing_in import Bringing, Brought, WithPictures, items_of, key_of, outcome_of
from newsletters.articles.archives.choosing import ArchiveChoices
from newsletters.articles.archives.preparing import ReadyArticle, ready_article
from newsletters.articles.archives.reading import things_of
from newsletters.articles.archives.sources import opened
from newsletters.articles.archives.staging import MOST, StagedThings, open_staged, staging
from newsletters.articles.archives.waiting_archives import unclaimed
from newsletters.articles.feeds.categories import TopicsByName, category_key
from newsletters.articles.writing import BodyTooLong
from newsletters.models import ArchiveCategory, ArchiveImport, ArchiveLine
from subscribers.models import Topic

logger = logging.getLogger(__name__)

BATCH = 40  # articles at most
TOGETHER = 200  # that a dry run decides about in one query
BATCH_COMMENTS = 2000  # after which a batch is written
BATCH_SECONDS = 1.0  # after which a batch is written, however few are prepared
PAUSE_SECONDS = {"sqlite": 0.01, "postgresql": 0.0}  # after a batch: others write, too
MOST_FAILURES = 3
MOST_CATEGORIES = 2000
MOST_NOTES = 50
TRIES = 5
State = ArchiveImport.State
Outcome = ArchiveLine.Outcome


class ArchiveNotReady(RuntimeError):
    """The import isn't in a state in which this can be done; the message says so."""


def begin(name: str, choices: ArchiveChoices, *, by: str, address: str = "") -> ArchiveImport:
    """Whose it is for now: the caller's, who checks it or lets workers do it (`start_checking`)."""
    return ArchiveImport.objects.create(
        name=without_controls(name)[:500], address=address, options=choices.packed(), by=by[:150],
        claimed_at=timezone.now(),
    )  # fmt: skip


def start_checking(of: ArchiveImport) -> bool:
    """From now on workers check it, also once more. False when it is past that."""
    fresh = Q(state=State.CHECKING) | Q(state__in=[State.CHECKED, State.FAILED], started_at=None)
    return bool(
        ArchiveImport.objects.filter(fresh, pk=of.pk).update(
            state=State.CHECKING, trouble="", failures=0, claimed_at=None
        )
    )  # fmt: skip


# --- The dry run --------------------------------------------------------------------------------------------------
def check(of: ArchiveImport, say: Say | None = None) -> None:
    """Read all of it, and write down what would become of each thing. Raises `UnreadableArchive`."""
    keeping.make_folder(of)
    checking = _Checking(of, say or SignOfLife(of))
    with staging(keeping.scratch_of(of)) as staged:
        checking.run(staged)
    ArchiveImport.objects.filter(pk=of.pk, state=State.CHECKING).update(
        state=State.CHECKED, claimed_at=None, failures=0, system=of.system, total=checking.number,
        notes=checking.notes, cursor=0,
    )  # fmt: skip
    of.refresh_from_db()


class _Checking:
    def __init__(self, of: ArchiveImport, say: Say) -> None:
        self.of, self.say = of, say
        self.number = 0
        self.notes: list[str] = []
        self.choices = ArchiveChoices.unpacked(of.options)
        self._lines: list[ArchiveLine] = []
        self._waiting: list[tuple[int, ReadyArticle]] = []
        self._categories: Counter[tuple[str, bool]] = Counter()
        self._names: dict[str, str] = {}

    def run(self, staged: StagedThings) -> None:
        self.of.lines.all().delete()
        self.of.categories.all().delete()
        with things_of(self.of, self.choices.for_reading(), self._alive) as things:
            for thing in things:
                if isinstance(thing, ArchiveNote):
                    if len(self.notes) < MOST_NOTES:
                        self.notes.append(thing.sentence)
                    continue
                if self.number == MOST:
                    raise UnreadableArchive(f"There are more than {MOST:,} articles in {self.of.name}.")
                self.number += 1
                self._look(thing, staged)
                self.say(self.number, 0)
        self._decide()
        self._store()
        self._store_categories()

    def _alive(self) -> None:
        self.say(self.number, 0)

    def _look(self, thing: ArchivedArticle | LeftOut, staged: StagedThings) -> None:
        if isinstance(thing, LeftOut):
            self._line(thing.title, thing.address, Brought(Outcome.LEFT_OUT, [thing.why]))
            return
        try:
            article = ready_article(thing, site=self.choices.site)
        except BodyTooLong as problem:
            self._line(thing.headline, thing.address, Brought(Outcome.LEFT_OUT, [str(problem)]))
            return
        if not staged.add(self.number, article):
            self._line(article.headline, article.address, Brought(Outcome.LEFT_OUT, ["It is in the archive twice."]))
            return
        self._waiting.append((self.number, article))
        if len(self._waiting) >= TOGETHER:
            self._decide()

    def _decide(self) -> None:
        """What would become of the articles that wait."""
        items = items_of(self.of.system, (article for _number, article in self._waiting))
        for number, article in self._waiting:
            brought = outcome_of(items.get(key_of(article)), article)
            if brought.outcome in (Outcome.NEW, Outcome.CHANGED):
                brought.sentences += article.sentences
                for is_tag, names in ((False, article.topics), (True, article.tags)):
                    for name in names:
                        self._count(name, is_tag)
            self._line(article.headline, article.address, brought, number)
        self._waiting.clear()

    def _count(self, name: str, is_tag: bool) -> None:
        key = category_key(name)
        if key and (key in self._names or len(self._names) < MOST_CATEGORIES):
            self._names.setdefault(key, name[:100])
            self._categories[key, is_tag] += 1

    def _line(self, title: str, address: str, brought: Brought, number: int = 0) -> None:
        self._lines.append(
            ArchiveLine(
                of=self.of, number=number or self.number, title=title[:200] or "Untitled", address=address[:2000],
                outcome=brought.outcome, sentences=brought.sentences, article=brought.article,
            )
        )  # fmt: skip
        if len(self._lines) >= TOGETHER:
            self._store()

    def _store(self) -> None:
        ArchiveLine.objects.bulk_create(self._lines)
        self._lines.clear()

    def _store_categories(self) -> None:
        """The table proposes itself: a category stands for the topic of the same name."""
        topics = TopicsByName()
        rows = [
            ArchiveCategory(
                of=self.of, key=key, name=name, topic=topics.of(name), is_tag=not self._categories[key, False],
                articles=self._categories[key, False] + self._categories[key, True],
            )
            for key, name in self._names.items()
        ]  # fmt: skip
        ArchiveCategory.objects.bulk_create(rows, batch_size=100)


# --- The import ---------------------------------------------------------------------------------------------------
def start(of: ArchiveImport, *, claimed: bool = False) -> None:
    """From now on workers bring it in; when it is `claimed`, the caller does, and workers if the caller dies. Raises
    `ArchiveNotReady`."""
    now = timezone.now()
    if of.lines.filter(outcome__in=[Outcome.REMOVED, Outcome.KEPT]).exists():
        raise ArchiveNotReady("A part of this archive was undone already. Undo the rest, and bring it again.")
    with transaction.atomic():
        changed = ArchiveImport.objects.filter(pk=of.pk, state__in=[State.CHECKED, State.STOPPED]).update(
            state=State.RUNNING, wants_stop=False, trouble="", failures=0, claimed_at=now if claimed else None
        )
        if not changed:
            raise ArchiveNotReady("This archive is coming in already, or can't be started now.")
        ArchiveImport.objects.filter(pk=of.pk, started_at=None).update(started_at=now)
        of.refresh_from_db()
        if ArchiveChoices.unpacked(of.options).make_topics:
            _make_topics(of)


def _make_topics(of: ArchiveImport) -> None:
    made = of.made.get("topics", [])
    topics = TopicsByName()
    for category in of.categories.filter(topic=None, is_tag=False):
        category.topic = topics.of(category.name)
        if category.topic is None:
            taken = set(Topic.objects.values_list("slug", flat=True))
            slug = free_name(readable_slug(category.name)[:70] or "topic", taken)
            category.topic = Topic.objects.create(name=category.name[:80], slug=slug)
            made.append(category.topic.pk)
            topics = TopicsByName()
        category.save(update_fields=["topic"])
    of.made = {**of.made, "topics": made}
    of.save(update_fields=["made"])


def stop(of: ArchiveImport) -> None:
    """After the batch that is being written; at once where no worker has it. It can be started again later, and goes
    on."""
    coming_in = ArchiveImport.objects.filter(pk=of.pk, state=State.RUNNING)
    if not coming_in.filter(unclaimed()).update(state=State.STOPPED, claimed_at=None):
        coming_in.update(wants_stop=True)


def run(import_id: int, *, until: Callable[[], bool] = lambda: False, say: Say | None = None) -> bool:
    """Bring in what is left, or as far as `until` lets it. True when there is more to do."""
    of = ArchiveImport.objects.get(pk=import_id)
    if of.state != State.RUNNING:
        return False
    say = say or SignOfLife(of)
    if not keeping.scratch_of(of).exists():
        fail(of, "Its files are no longer kept. Bring it again: what is here stays as it is.")
        return False
    try:
        with open_staged(keeping.scratch_of(of)) as staged, _source_of(of) as source:
            bringing = Bringing(of, source)
            while not until():
                if not _one_batch(of, staged, bringing, say):
                    return False
                time.sleep(PAUSE_SECONDS[connection.vendor])
    except UnreadableArchive as problem:
        fail(of, str(problem))
        return False
    return True


def _source_of(of: ArchiveImport) -> Any:
    """For the pictures in it; none of an archive that is read from an address."""
    path = keeping.file_of(of)
    return opened(path, of.name) if path.exists() else nullcontext(None)


def _one_batch(of: ArchiveImport, staged: StagedThings, bringing: Bringing, say: Say) -> bool:
    """False when nothing is left, or somebody stopped it."""
    cursor = ArchiveImport.objects.values_list("cursor", flat=True).get(pk=of.pk)
    ready: list[tuple[int, WithPictures]] = []
    comments, ends = 0, time.monotonic() + BATCH_SECONDS
    batch = list(staged.after(cursor, BATCH))
    items = items_of(of.system, (article for _number, article in batch))
    for number, article in batch:
        ready.append((number, bringing.with_pictures(article, items.get(key_of(article)))))
        say(number, of.total)
        comments += len(article.comments)
        if time.monotonic() > ends or comments > BATCH_COMMENTS:
            break
    for attempt in range(1, TRIES):
        try:
            return _write_batch(of, cursor, ready, bringing)
        except IntegrityError:  # an author, a topic or an address of the same name was made meanwhile: look again
            bringing.forget()
        except OperationalError as problem:
            if not lock_waits.was_in_the_way(problem):
                raise
            bringing.forget()
            lock_waits.pause_before(attempt)
    return _write_batch(of, cursor, ready, bringing)


def _write_batch(of: ArchiveImport, cursor: int, ready: list[tuple[int, WithPictures]], bringing: Bringing) -> bool:
    with transaction.atomic():
        lock_waits.wait_for_nobody_long()  # so it is the import that gives way, not the readers or the staff
        held = ArchiveImport.objects.select_for_update().get(pk=of.pk)
        if held.state != State.RUNNING:
            return False
        if held.cursor != cursor:  # another worker was here
            return True
        now = timezone.now()
        if held.wants_stop:
            ArchiveImport.objects.filter(pk=of.pk).update(state=State.STOPPED, claimed_at=None)
            return False
        if not ready:
            ArchiveImport.objects.filter(pk=of.pk).update(
                state=State.DONE, finished_at=now, claimed_at=None, cursor=held.total
            )
            held.lines.filter(is_done=False).update(is_done=True)  # of what was left out
            return False
        brought = bringing.bring_all([article for _number, article in ready])
        if not brought:
            return True
        numbers = [number for number, _article in ready[: len(brought)]]
        lines = {line.number: line for line in held.lines.filter(number__in=numbers)}
        for number, found in zip(numbers, brought, strict=True):
            line = lines[number]
            line.outcome, line.sentences, line.article = found.outcome, found.sentences, found.article
            line.is_done = True
        ArchiveLine.objects.bulk_update(lines.values(), ["outcome", "sentences", "article", "is_done"])
        made = {**held.made, "authors": [*held.made.get("authors", []), *bringing.made_authors()]}
        ArchiveImport.objects.filter(pk=of.pk).update(cursor=numbers[-1], failures=0, claimed_at=now, made=made)
    return True


def count_failure(of: ArchiveImport, problem: Exception) -> None:
    """An error that nobody foresaw. After several without a batch in between the import stops: staff resume it when
    the cause is gone, or undo it."""
    failures = ArchiveImport.objects.values_list("failures", flat=True).get(pk=of.pk) + 1
    changes: dict[str, object] = {"failures": failures}
    if failures >= MOST_FAILURES:
        error = f"{type(problem).__name__}: {problem}"[:300]
        words = f"Stopped after {failures} tries: an unexpected error ({error}). What came in so far stays."
        changes |= {"state": State.STOPPED, "trouble": words}
    ArchiveImport.objects.filter(pk=of.pk, state__in=[State.RUNNING, State.UNDOING]).update(**changes)


def give_up(of: ArchiveImport) -> None:
    """On an archive that ended its worker again and again: by the memory that it takes, for instance."""
    words = f"Stopped after {of.failures} tries: each time the process that worked on it ended without an error."
    ended = State.FAILED if of.state == State.CHECKING else State.STOPPED
    ArchiveImport.objects.filter(pk=of.pk, state=of.state).update(state=ended, trouble=words, claimed_at=None)
    logger.warning("Archive %s ended its worker %s times", of.pk, of.failures)


def fail(of: ArchiveImport, why: str) -> None:
    """Unless it is past the state that `of` has."""
    ArchiveImport.objects.filter(pk=of.pk, state=of.state).update(
        state=State.FAILED, trouble=why[:500], claimed_at=None
    )
    logger.warning("Archive %s can't be read", of.pk)


def counts_of(of: ArchiveImport) -> dict[str, int]:
    """How many lines of each outcome."""
    rows = of.lines.order_by().values_list("outcome").annotate(count=Count("pk"))
    return {outcome.value: dict(rows).get(outcome.value, 0) for outcome in Outcome}
