"""Archives that a test brings in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from newsletters.articles.archives import keeping, running
from newsletters.articles.archives.archived import ArchivedArticle, ArchivedThing, ArchiveOptions
from newsletters.articles.archives.choosing import ArchiveChoices
from newsletters.articles.archives.preparing import ReadyArticle, ready_article
from newsletters.articles.archives.sources import opened
from newsletters.articles.archives.systems.registry import system_of
from newsletters.models import ArchiveImport


def checked(data: bytes, name: str = "export.xml", **choices: Any) -> ArchiveImport:
    """After its dry run."""
    of = running.begin(name, ArchiveChoices(**choices), by="Mira")
    keeping.keep_file(of, [data])
    running.check(of)
    return of


def brought(data: bytes, *, until: Callable[[], bool] = lambda: False, **choices: Any) -> ArchiveImport:
    of = checked(data, **choices)
    running.start(of, claimed=True)
    running.run(of.pk, until=until)
    of.refresh_from_db()
    return of


def things(folder: Path, data: bytes, name: str = "export.xml", **options: Any) -> list[ArchivedThing]:
    path = folder / name
    path.write_bytes(data)
    with opened(path) as source:
        return list(system_of(source).read(source, ArchiveOptions(**options)))


def ready(folder: Path, data: bytes) -> list[ReadyArticle]:
    """The articles in it as they would come in."""
    return [ready_article(each) for each in things(folder, data) if isinstance(each, ArchivedArticle)]


def lines(of: ArchiveImport) -> list[tuple[str, str, list[str]]]:
    return [(line.title, line.outcome, line.sentences) for line in of.lines.all()]
