"""`manage.py export_people FILE`: everything known of people, as CSV or JSON Lines."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import QuerySet

from subscribers.exports.audience import export_rows
from subscribers.exports.files import csv_lines, json_lines
from subscribers.exports.rows import Row
from subscribers.management.progress import Progress
from subscribers.models import MailingList, Segment, Subscriber
from subscribers.segments.compiling import people_in
from subscribers.segments.rules import BadRule, parse_rule

logger = logging.getLogger(__name__)
KINDS = {".csv": csv_lines, ".jsonl": json_lines}


class Command(BaseCommand):
    help = (
        "Write everything known of the people of a list, of a segment or of everybody to FILE (.csv or .jsonl), with"
        " lists, topics, attributes, tags and consent. `import_people` reads it back."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--list", metavar="SLUG", help="only people who are or were on this list")
        parser.add_argument("--segment", metavar="SLUG", help="only people in this segment")

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        kind = KINDS.get(file.suffix.lower())
        if kind is None:
            raise CommandError("The name of the file ends in .csv or in .jsonl. Nothing was written.")
        rows = export_rows(self._list(options["list"]), self._segment(options["segment"]))
        progress = Progress(self.stderr, "people", quiet=False)
        count = 0

        def counted() -> Iterator[Row]:
            nonlocal count
            for row in rows:
                count += 1
                progress(count, 0)
                yield row

        try:
            with open(file, "w", encoding="utf-8", newline="", opener=_private) as out:
                out.writelines(kind(counted()))
        except OSError as problem:
            raise CommandError(f"{file} can't be written: {problem.strerror}.") from None
        progress.end()
        logger.info("%s people were exported by a command", count)
        self.stdout.write(f"{count:,} people in {file}. Only you can read it: it is full of addresses.")

    def _list(self, slug: str | None) -> MailingList | None:
        if slug is None:
            return None
        found = MailingList.objects.filter(slug=slug).first()
        if found is None:
            raise CommandError(f"There is no mailing list with the address “{slug}”. Nothing was written.")
        return found

    def _segment(self, slug: str | None) -> QuerySet[Subscriber] | None:
        if slug is None:
            return None
        found = Segment.objects.filter(slug=slug).first()
        if found is None:
            raise CommandError(f"There is no segment with the address “{slug}”. Nothing was written.")
        try:
            return people_in(parse_rule(found.rule))
        except BadRule as problem:
            raise CommandError(f"{found.name}: {problem} Nothing was written.") from problem


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
