"""Where a picture is used, and how another takes its place everywhere at once.

A picture is chosen (an article's lead, a block of an edition, a logo) or stands in a text, where its file's name says
which it is. Editions that went out keep the picture that they went out with: their content is a snapshot, and files are
named by what is in them and never removed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import models, transaction
from django.db.models import F, Q

from newsletters.articles.pictures import Rendition, picture_path
from newsletters.articles.revisions import working_copy
from newsletters.models import Article, Edition, EditionItem, Page, Picture

IN_TEXT_WIDTH = 1200
_KEY = re.compile(r"pictures/[0-9a-f]{2}/[0-9a-f]{16}")
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


@transaction.atomic
def replace_everywhere(picture: Picture, renditions: list[Rendition]) -> int:
    """The picture becomes these renditions wherever it is used, its words stay. In how many texts it was."""
    written = [(rows, name) for rows, name in _texts(picture)]
    key, alone = _key(picture), not _twins(picture).exists()
    largest = renditions[-1]
    picture.file, picture.width, picture.height = largest.name, largest.width, largest.height
    picture.renditions = [{"file": each.name, "width": each.width, "height": each.height} for each in renditions]
    picture.focus_x = picture.focus_y = 50
    picture.save()
    address = picture_path(picture, IN_TEXT_WIDTH)
    changed = 0
    for rows, name in written:
        for row in rows.select_for_update():
            number = None if alone else picture.pk
            text = _readdressed(getattr(row, name), key, address, number)
            kept = working_copy(row) if isinstance(row, Article) else None
            if text != getattr(row, name):
                setattr(row, name, text)
                row.save(update_fields=[name])
                if hasattr(row, "revision"):  # who has it open is told
                    type(row)._default_manager.filter(pk=row.pk).update(revision=F("revision") + 1)
                if kept is not None:  # what was typed and isn't published yet goes on from there
                    kept.fields = [[field, _readdressed(value, key, address, number)] for field, value in kept.fields]
                    kept.article_revision += 1
                    kept.save(update_fields=["fields", "article_revision"])
                changed += 1
    return changed


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
    return Picture.objects.filter(file=picture.file).exclude(pk=picture.pk)


def _chosen(picture: Picture) -> Iterator[models.QuerySet[Any]]:
    """By a foreign key, whatever table has one."""
    for model in apps.get_models():
        for field in model._meta.get_fields():
            if isinstance(field, models.ForeignKey) and field.related_model is Picture:
                rows = model._default_manager.filter(**{field.name: picture})
                yield rows.filter(_DRAFTS).select_related("edition") if model is EditionItem else rows


def _texts(picture: Picture) -> Iterator[tuple[models.QuerySet[Any], str]]:
    key = _key(picture).replace("\\", "")
    yield Article.objects.filter(body__contains=key), "body"
    yield Page.objects.filter(body__contains=key), "body"
    yield Edition.objects.filter(introduction__contains=key, status=Edition.Status.DRAFT), "introduction"
    yield EditionItem.objects.filter(_DRAFTS, html__contains=key).select_related("edition"), "html"


def _written(picture: Picture) -> Iterator[models.QuerySet[Any]]:
    for rows, _name in _texts(picture):
        yield rows
