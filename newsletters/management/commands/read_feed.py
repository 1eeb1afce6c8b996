"""`manage.py read_feed FILE|URL [--json]`: what would come in of a feed, and what isn't as it should be with it.
Nothing is changed, and the database isn't asked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from lib.characters import without_controls
from newsletters.articles.feeds.contents import FeedContents, NotAFeed
from newsletters.articles.feeds.fetching import FeedTrouble, fetch_feed, is_web_address
from newsletters.articles.feeds.reading import MOST_BYTES, read_feed


class Command(BaseCommand):
    help = "Show what would come in of a feed (RSS, Atom, RDF, JSON Feed). Nothing is changed."
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("source", metavar="FILE|URL", help="a file, or the address of a feed or of its site")
        parser.add_argument("--json", action="store_true", help="print everything as JSON")

    def handle(self, *args: Any, source: str, **options: Any) -> None:
        try:
            contents = _contents_of(source)
        except (NotAFeed, FeedTrouble) as problem:
            if options["json"]:
                self._print_json({"feed": None, "items": [], "warnings": [str(problem)]})
            raise CommandError(str(problem)) from None
        if options["json"]:
            self._print_json(contents.to_json())
        else:
            self._print_lines(contents)

    def _print_json(self, said: dict[str, object]) -> None:
        self.stdout.write(json.dumps(said, ensure_ascii=self._is_ascii(), indent=2))

    def _is_ascii(self) -> bool:
        """A terminal that can't show all letters gets escapes."""
        return "utf" not in (getattr(self.stdout, "encoding", None) or "utf-8").lower()

    def _print_lines(self, contents: FeedContents) -> None:
        self.stdout.write(f"{contents.title or 'Without a title'} ({contents.format}): {len(contents.items):,} items")
        for item in contents.items:
            when = f"{item.published:%Y-%m-%d %H:%M}" if item.published else "without date    "
            self.stdout.write(without_controls(f"{when}  {item.title}  {item.link}"))
        for warning in contents.warnings:
            self.stdout.write(self.style.WARNING(warning))


def _contents_of(source: str) -> FeedContents:
    """Raises `NotAFeed` or `FeedTrouble`."""
    if is_web_address(source):
        contents = fetch_feed(source).contents
        if contents is None:  # only an answer to a question with a condition says so
            raise NotAFeed("The server says that nothing has changed, though we didn't ask.")
        return contents
    try:
        with Path(source).open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except (OSError, ValueError) as problem:
        why = getattr(problem, "strerror", None) or "the name isn't valid"
        raise NotAFeed(f"The file {source} can't be read: {why}.") from None
    return read_feed(data)
