"""Back to before: what an archive brought goes again, unless somebody has worked with it since.

An article stays when an editor has changed it, an edition has it, readers have commented on it or a correction stands
under it; its line of the report says which. Pictures, authors and topics that the archive made go when nothing uses
them any more. What an earlier archive brought and this one changed stays as it is now.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from typing import Any

from django.apps import apps
from django.db import connection, models, transaction
from django.db.models.functions import Cast
from django.utils import timezone

from newsletters.articles.archives.archived_comments import BY
from newsletters.articles.archives.bringing_in import is_edited
from newsletters.articles.archives.running import PAUSE_SECONDS, ArchiveNotReady
from newsletters.models import (
    ArchiveCategory,
    ArchivedItem,
    ArchivedPictureFile,
    ArchiveImport,
    ArchiveLine,
    Article,
    Author,
    Edition,
    EditionItem,
    EditionTemplate,
    FeedPicture,
    Page,
    Picture,
    PictureUpload,
)
from subscribers.models import Topic

BATCH = 50
State = ArchiveImport.State
Outcome = ArchiveLine.Outcome
_KEY = re.compile(r"pictures/[0-9a-f]{2}/[0-9a-f]{16}")
_BOOKS = (FeedPicture, ArchivedPictureFile, PictureUpload)  # they know of a picture, and show it to nobody


def start_undoing(of: ArchiveImport, *, claimed: bool = False) -> None:
    """From now on workers undo it, or the caller when it is `claimed`. Raises `ArchiveNotReady`."""
    undoable = [State.DONE, State.STOPPED, State.FAILED]
    changed = ArchiveImport.objects.filter(pk=of.pk, state__in=undoable).exclude(started_at=None).update(
        state=State.UNDOING, trouble="", failures=0, claimed_at=timezone.now() if claimed else None,
    )  # fmt: skip
    if not changed:
        raise ArchiveNotReady("Nothing of this archive came in, or it is at work. Stop it first.")
    of.refresh_from_db()


def undo(import_id: int, *, until: Callable[[], bool] = lambda: False) -> bool:
    """Undo what is left, or as far as `until` lets it. True when there is more to do."""
    while not until():
        with transaction.atomic():
            of = ArchiveImport.objects.select_for_update().get(pk=import_id)
            if of.state != State.UNDOING:
                return False
            lines = of.lines.filter(outcome=Outcome.NEW, is_done=True).order_by("-number")[:BATCH]
            batch = list(lines.select_related("article"))
            if not batch:
                _remove_what_is_left(of)
                ArchiveImport.objects.filter(pk=of.pk).update(
                    state=State.UNDONE, finished_at=timezone.now(), claimed_at=None
                )
                return False
            for line in batch:
                _undo_line(of, line)
            ArchiveLine.objects.bulk_update(batch, ["outcome", "sentences", "article"])
            ArchiveImport.objects.filter(pk=of.pk).update(failures=0, claimed_at=timezone.now())
        time.sleep(PAUSE_SECONDS[connection.vendor])
    return True


def _undo_line(of: ArchiveImport, line: ArchiveLine) -> None:
    if line.article is None:  # an editor has deleted it
        line.outcome, line.sentences = Outcome.REMOVED, ["It was deleted here before."]
        return
    article = Article.objects.select_for_update().get(pk=line.article.pk)
    item = ArchivedItem.objects.filter(article=article, made_by=of).first()
    if why := _why_it_stays(article, item):
        line.outcome, line.sentences = Outcome.KEPT, [why]
        return
    if item is not None:
        item.delete()
    line.outcome, line.sentences, line.article = Outcome.REMOVED, [], None
    article.delete()


def _why_it_stays(article: Article, item: ArchivedItem | None) -> str:
    """A sentence; empty when it can go."""
    if item is None or is_edited(article, item):
        return "Somebody has changed it since, so it stays."
    if EditionItem.objects.filter(article=article).exists():
        return "An edition has it, so it stays."
    if article.comments.exclude(decided_by=BY).exists():
        return "Readers have commented on it here, so it stays."
    if article.corrections.exists():
        return "A correction stands under it, so it stays."
    return ""


def _remove_what_is_left(of: ArchiveImport) -> None:
    """Pictures, authors and topics of its own that nothing uses."""
    _remove_pictures(of)
    Author.objects.filter(pk__in=of.made.get("authors", []), articles=None).delete()
    for topic in Topic.objects.filter(pk__in=of.made.get("topics", []), articles=None):
        if not _is_used(topic):
            topic.delete()


def _is_used(topic: Topic) -> bool:
    """By readers, newsletters, feeds or whatever else has topics."""
    for relation in topic._meta.related_objects:
        if relation.related_model is ArchiveCategory:
            continue
        name = relation.field.name
        if relation.related_model._default_manager.filter(**{name: topic}).exists():
            return True
    return False


def _remove_pictures(of: ArchiveImport) -> None:
    """All texts are read once, however many pictures there are."""
    made = Picture.objects.filter(pk__in=ArchivedPictureFile.objects.filter(made_by=of).values("picture"))
    ours = {pk: key[0] for pk, file in made.values_list("pk", "file") if (key := _KEY.match(file))}
    chosen: set[int] = set()
    for model in apps.get_models():
        for field in model._meta.get_fields():
            if isinstance(field, models.ForeignKey) and field.related_model is Picture and model not in _BOOKS:
                rows = model._default_manager.exclude(**{field.name: None})
                chosen.update(rows.order_by().values_list(f"{field.name}_id", flat=True).distinct().iterator())
    written = {key for text in _texts() for key in _KEY.findall(text)}
    named = {int(number) for text in _templates() for number in re.findall(r'"picture_id": (\d{1,18})\b', text)}
    gone = [pk for pk, key in ours.items() if pk not in chosen and pk not in named and key not in written]
    for start in range(0, len(gone), 500):
        Picture.objects.filter(pk__in=gone[start : start + 500]).delete()


def _texts() -> Iterator[str]:
    """Everything in which a picture may stand."""
    rows: tuple[tuple[models.QuerySet[Any], str], ...] = (
        (Article.objects.all(), "body"), (Page.objects.all(), "body"), (Edition.objects.all(), "introduction"),
        (EditionItem.objects.all(), "html"),
    )  # fmt: skip
    for found, name in rows:
        yield from found.order_by().filter(**{f"{name}__contains": "pictures/"}).values_list(name, flat=True).iterator()
    yield from _templates()


def _templates() -> list[str]:
    written = EditionTemplate.objects.annotate(written=Cast("draft", models.TextField()))
    return list(written.values_list("written", flat=True))
