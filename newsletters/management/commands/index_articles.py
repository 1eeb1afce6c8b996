"""`manage.py index_articles`: make the search find articles that came in by a way around Iria, such as SQL."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from newsletters.articles.searching import index_missing


class Command(BaseCommand):
    help = "Index the articles that aren't in the search index yet."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--all", action="store_true", help="Reindex every article.")

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{index_missing(everything=options['all'])} articles indexed.")
