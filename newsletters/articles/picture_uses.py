"""Where a picture is used, and how another takes its place everywhere at once.

A picture is chosen (an article's lead, a block of an edition, a logo) or stands in a text, where its file's name says
which it is. Editions that went out keep the picture that they went out with: their content is a snapshot, and files are
named by what is in them and never removed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import models, transaction
from django.db.models import F, Q
from django.db.models.functions import Cast

from newsletters.articles.pictures import IN_TEXT_WIDTH, Rendition, picture_path, take_renditions
from newsletters.articles.revisions import newest, raise_revision
from newsletters.models import (
    ArchivedPictureFile,
    Article,
    Edition,
    EditionItem,
    EditionTemplate,
    FeedPicture,
    Page,
    Picture,
    PictureUpload,
)

_KEY = re.compile(r"pictures/[0-9a-f]{2}/[0-9a-f]{16}")
# They know of a picture, and show it to nobody: its own file on its way, and where it came from.
_BOOKS = (PictureUpload, FeedPicture, ArchivedPictureFile)
_DRAFTS = Q(edition__status=Edition.Status.DRAFT)


@dataclass(frozen=True, slots=True)
class Use:
    """Something that shows the picture: a row, by what staff call it."""

    kind: str
    row: models.Model


def uses(picture: Picture, *, most: int = 50) -> list[Use]:
    """What shows the picture now, each row once, at most so many of a kind."""
    found: dict[tuple[str, Any], Use] = {}
    for rows in (*_chosen(picture), *_written(picture)):
        for row in rows[:most]:
            shown = row.edition if isinstance(row, EditionItem) else row
            use = Use(str(shown._meta.verbose_name), shown)
            found.setdefault((use.kind, shown.pk), use)
    return list(found.values())


def count_of_uses(picture: Picture) -> int:
    """In how many things it is, however many they are."""
    found: set[tuple[type[models.Model], Any]] = set()
    for rows in (*_chosen(picture), *_written(picture)):
        is_block = rows.model is EditionItem
        numbers = rows.order_by().values_list("edition_id" if is_block else "pk", flat=True)
        found.update((Edition if is_block else rows.model, number) for number in numbers)
    return len(found)


def is_shown_to_readers(picture: Picture) -> bool:
    """Whether its words are read now: under a published article, or with a logo. A text has words of its own, and an
    edition shows none before it is sent and keeps them then."""
    for rows in _chosen(picture):
        if rows.model in (EditionItem, EditionTemplate):
            continue
        if (rows.filter(status=Article.Status.PUBLISHED) if rows.model is Article else rows).exists():
            return True
    return False


@transaction.atomic
def replace_everywhere(picture: Picture, renditions: list[Rendition]) -> int:
    """The picture becomes these renditions wherever it is used, its words stay. In how many texts it was."""
    written = [(rows, name) for rows, name in _texts(picture)]
    key, alone = _key(picture), not _twins(picture).exists()
    take_renditions(picture, renditions)
    picture.state = Picture.State.READY
    picture.focus_x = picture.focus_y = 50
    picture.save()
    address = picture_path(picture, IN_TEXT_WIDTH)
    number = None if alone else picture.pk

    def change(text: str) -> str:
        return _readdressed(text, key, address, number)

    return sum(_rewrite(row, name, change) for rows, name in written for row in _locked(rows))


def _locked(rows: models.QuerySet[Any]) -> models.QuerySet[Any]:
    """A composer that is open would save the blocks of before. Its edition comes first, as when it saves: a save that
    is under way makes the blocks anew."""
    if rows.model is EditionItem:
        editions = Edition.objects.filter(pk__in=set(rows.values_list("edition_id", flat=True)))
        editions.update(revision=F("revision") + 1)
    return rows.select_for_update(of=("self",))


def _rewrite(row: models.Model, name: str, change: Callable[[str], str]) -> bool:
    """Whether the row says something else now. Pages of the admin that have it open are told when they save."""
    before = getattr(row, name)
    after = _in_each(before, change)
    if after == before:
        return False
    setattr(row, name, after)
    row.save(update_fields=[name, "updated_at"] if isinstance(row, Page) else [name])
    if isinstance(row, Edition):
        Edition.objects.filter(pk=row.pk).update(revision=F("revision") + 1)
    if isinstance(row, Article | Page):
        last = newest(row)
        is_current = last is not None and last.written_revision == row.revision
        raise_revision(row)
        if last is not None and is_current:  # what was typed and isn't published yet goes on from there
            last.fields = _in_each(last.fields, change)
            last.save(update_fields=["fields"])
    return True


def _in_each(value: Any, change: Callable[[str], str]) -> Any:
    """The same value, a text or JSON of our own, with each text in it changed."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, list):
        return [_in_each(each, change) for each in value]
    if isinstance(value, dict):
        return {key: _in_each(each, change) for key, each in value.items()}
    return value


def _readdressed(html: str, key: str, address: str, number: int | None) -> str:
    """Each img of that file with the new address; where two pictures share the file, those of this number alone."""

    def image(found: re.Match[str]) -> str:
        if number is not None and f'data-picture="{number}"' not in found[0]:
            return found[0]
        return re.sub(rf"/media/{key}-\d+\.(?:jpg|png)", address, found[0])

    return re.sub(rf"<img[^>]*/media/{key}-[^>]*>", image, html)


def _key(picture: Picture) -> str:
    found = _KEY.match(picture.file)
    return re.escape(found[0]) if found else "no file of ours"


def _twins(picture: Picture) -> models.QuerySet[Picture]:
    """Other rows of the same file: somebody uploaded it twice."""
    key = _KEY.match(picture.file)
    return Picture.objects.filter(file__startswith=key[0] if key else picture.file).exclude(pk=picture.pk)


def _chosen(picture: Picture) -> Iterator[models.QuerySet[Any]]:
    """By a foreign key, whatever table has one."""
    for model in apps.get_models():
        if model in _BOOKS:
            continue
        for field in model._meta.get_fields():
            if isinstance(field, models.ForeignKey) and field.related_model is Picture:
                rows = model._default_manager.filter(**{field.name: picture})
                yield _named(EditionItem.objects.filter(_DRAFTS, picture=picture)) if model is EditionItem else rows
    number = f'"picture_id": {picture.pk}'
    yield _templates().filter(Q(written__contains=f"{number},") | Q(written__contains=f"{number}}}"))


def _named(items: models.QuerySet[EditionItem]) -> models.QuerySet[EditionItem]:
    """With what the names of their editions are made of."""
    return items.select_related("edition__newsletter")


def _templates() -> models.QuerySet[Any]:
    """Of editions, with their JSON as text."""
    return EditionTemplate.objects.annotate(written=Cast("draft", models.TextField()))


def _texts(picture: Picture) -> Iterator[tuple[models.QuerySet[Any], str]]:
    key = _key(picture).replace("\\", "")
    yield Article.objects.filter(body__contains=key), "body"
    yield Page.objects.filter(body__contains=key), "body"
    drafts = Edition.objects.filter(introduction__contains=key, status=Edition.Status.DRAFT)
    yield drafts.select_related("newsletter"), "introduction"
    yield _named(EditionItem.objects.filter(_DRAFTS, html__contains=key)), "html"
    yield _templates().filter(written__contains=key), "draft"


def _written(picture: Picture) -> Iterator[models.QuerySet[Any]]:
    for rows, _name in _texts(picture):
        yield rows
