"""`manage.py import_articles FILE|URL [--dry-run]`: the articles of another system, with pictures and old addresses."""

from __future__ import annotations

import getpass
import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from lib.characters import without_controls
from lib.signs_of_life import SignOfLife
from newsletters.articles.archives import keeping, running
from newsletters.articles.archives.archived import UnreadableArchive
from newsletters.articles.archives.choosing import ArchiveChoices
from newsletters.articles.archives.systems.registry import SYSTEMS, name_of
from newsletters.articles.archives.undoing import start_undoing, undo
from newsletters.articles.feeds.fetching import is_web_address
from newsletters.models import ArchiveImport, ArchiveLine
from subscribers.management.progress import Progress
from subscribers.models import Topic

SHOWN = 50  # lines in the terminal; --json has all
State = ArchiveImport.State
_WORDS = {
    "new": "come in", "changed": "change", "same": "are here already", "edited": "stay as they are here",
    "left_out": "are left out", "removed": "are removed again", "kept": "stay, though the rest was undone",
}  # fmt: skip


class Command(BaseCommand):
    help = (
        f"Bring in the articles of another system: {', '.join(each.name for each in SYSTEMS)}. FILE is what it exports "
        "(or a folder), URL the address of such a file or of a WordPress site. With --dry-run nothing is changed."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("source", metavar="FILE|URL", nargs="?")
        parser.add_argument("--dry-run", action="store_true", help="only say what would happen")
        parser.add_argument("--drafts", action="store_true", help="hold everything as a draft")
        parser.add_argument("--pages", action="store_true", help="bring standing pages in as articles")
        parser.add_argument("--no-comments", action="store_true", help="leave readers' comments out")
        parser.add_argument("--make-topics", action="store_true", help="make a topic of each category that has none")
        parser.add_argument(
            "--topic", action="append", default=[], metavar="SLUG", help="of articles that would have none"
        )
        parser.add_argument(
            "--site", default="", metavar="URL", help="where the articles were, if the file doesn't say"
        )
        parser.add_argument("--undo", type=int, metavar="NUMBER", help="undo the import with that number")
        parser.add_argument("--resume", type=int, metavar="NUMBER", help="resume the import that was stopped")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, source: str | None, **options: Any) -> None:
        self._is_json = options["json"]
        self._progress = Progress(self.stderr, "articles", quiet=self._is_json)
        chosen = [each for each in (source, options["undo"], options["resume"]) if each is not None]
        if len(chosen) != 1:
            raise CommandError("Give one file or address, or --undo or --resume with a number.")
        try:
            if options["undo"] is not None:
                of = self._undo(_import_numbered(options["undo"]))
            elif options["resume"] is not None:
                of = self._go(_import_numbered(options["resume"]))
            else:
                of = self._bring(str(source), options)
        except (UnreadableArchive, running.ArchiveNotReady) as problem:
            raise CommandError(f"{problem} Nothing was changed.") from None
        if of.state == State.FAILED:
            raise CommandError(of.trouble)

    def _bring(self, source: str, options: dict[str, Any]) -> ArchiveImport:
        choices = ArchiveChoices(
            publish=not options["drafts"], with_pages=options["pages"], with_comments=not options["no_comments"],
            make_topics=options["make_topics"], topics=_topics(options["topic"]), site=options["site"].rstrip("/"),
        )  # fmt: skip
        is_address = is_web_address(source)
        of = running.begin(
            source if is_address else Path(source).name, choices, by=f"{_operator()} (command line)",
            address=source if is_address else "",
        )  # fmt: skip
        try:
            if not is_address:
                keeping.keep_source(of, Path(source))
            running.check(of, SignOfLife(of, self._progress))
            if options["dry_run"]:
                self._report(of, is_plan=True)
        except BaseException:
            _forget(of)
            raise
        if options["dry_run"]:
            _forget(of)
            return of
        return self._go(of)

    def _go(self, of: ArchiveImport) -> ArchiveImport:
        running.start(of, claimed=True)  # should we be killed, the workers finish it
        running.run(of.pk, say=SignOfLife(of, self._progress))
        of.refresh_from_db()
        self._report(of, is_plan=False)
        return of

    def _undo(self, of: ArchiveImport) -> ArchiveImport:
        start_undoing(of, claimed=True)
        undo(of.pk)
        of.refresh_from_db()
        self._report(of, is_plan=False)
        return of

    def _report(self, of: ArchiveImport, *, is_plan: bool) -> None:
        self._progress.end()
        counts = running.counts_of(of)
        if self._is_json:
            said = {
                "import": None if is_plan else of.pk, "system": of.system, "dry_run": is_plan, "state": of.state,
                "total": of.total, **counts, "notes": of.notes, "trouble": of.trouble,
                "items": [_said(line) for line in of.lines.select_related("article").iterator(chunk_size=500)],
            }  # fmt: skip
            self.stdout.write(json.dumps(said, ensure_ascii=False, indent=2))
            return
        self._write(f"{of.name}: {name_of(of.system)}, {of.total:,} in it.")
        if is_plan:
            self._write("This is a dry run: nothing was changed.")
        for outcome, count in counts.items():
            if count:
                self._write(f"{count:>9,}  {_WORDS[outcome]}")
        for note in of.notes:
            self._write(f"           {note}")
        remarkable = of.lines.exclude(sentences=[])
        for line in remarkable[:SHOWN]:
            self._write(f"“{line.title}”: {' '.join(line.sentences)}")
        if (more := remarkable.count() - SHOWN) > 0:
            self._write(f"… and {more:,} more. --json shows all of them.")
        if of.trouble:
            self._write(of.trouble)
        if of.state in {State.DONE, State.STOPPED}:
            self._write(f"This is import {of.pk}: “--undo {of.pk}” takes it back.")

    def _write(self, line: str) -> None:
        self.stdout.write(without_controls(line))


def _said(line: ArchiveLine) -> dict[str, Any]:
    return {
        "title": line.title, "address": line.address, "outcome": line.outcome, "sentences": line.sentences,
        "article": line.article.own_path if line.article else None,
    }  # fmt: skip


def _topics(slugs: list[str]) -> tuple[int, ...]:
    found = dict(Topic.objects.filter(slug__in=slugs).values_list("slug", "pk"))
    if missing := [slug for slug in slugs if slug not in found]:
        raise CommandError(f"No topic has the address “{missing[0]}”. Nothing was changed.")
    return tuple(found[slug] for slug in slugs)


def _import_numbered(number: int) -> ArchiveImport:
    found = ArchiveImport.objects.filter(pk=number).first()
    if found is None:
        raise CommandError(f"No import has the number {number}.")
    return found


def _forget(of: ArchiveImport) -> None:
    keeping.forget_files(of)
    of.delete()


def _operator() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container whose user has no name
        return "Someone"
