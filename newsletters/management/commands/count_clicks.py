"""`manage.py count_clicks`: count now what this machine's web processes have noted. Workers on the same machine do it
by themselves; a web server without one runs this from a timer. `--again` judges what older rules called people or
machines by the rules of today."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from newsletters.events.clicks import counting, hourly, readers


class Command(BaseCommand):
    help = "Count the clicks and opens that this machine's web processes have noted."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--again", action="store_true", help="judge anew who was a machine")

    def handle(self, *args: Any, **options: Any) -> None:
        counted = counting.count_clicks()
        self.stdout.write(f"{counted:,} clicks and opens counted.")
        if options["again"]:
            self.stdout.write(f"{hourly.judge_again() + readers.judge_again():,} counts were judged differently.")
