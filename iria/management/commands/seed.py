"""`manage.py seed [--subscribers N]`: the demo institute, or many invented readers."""

from __future__ import annotations

import time
from argparse import ArgumentTypeError
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from iria.demo.bulk_readers import NoLists, make_subscribers
from iria.demo.keeping_in import keep_demo_in
from iria.demo.seed_files import BadSeed
from iria.demo.seeding import is_empty, load_demo

MOST = 10_000_000


def how_many(text: str) -> int:
    number = int(text) if text.isascii() and text.isdigit() else 0
    if not 1 <= number <= MOST:
        raise ArgumentTypeError(f"“{text}” isn't a whole number from 1 to {MOST:,}.")
    return number


class Command(BaseCommand):
    help = (
        "Load the demo institute into an empty database. With --subscribers N, create N more sample "
        "readers, at reserved addresses, with lists and topics."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--subscribers", type=how_many, metavar="N", help="create N more confirmed readers")

    def handle(self, *args: Any, subscribers: int | None = None, **options: Any) -> None:
        if is_empty():
            try:
                load_demo()
                keep_demo_in()
            except BadSeed as problem:
                raise CommandError(str(problem)) from None
            self.stdout.write("The demo institute is loaded.")
        elif subscribers is None:
            self.stdout.write(
                "The database already has data, so the demo institute was not loaded and nothing was changed."
            )
        if subscribers is not None:
            self.make(subscribers)

    def make(self, number: int) -> None:
        started = said = time.monotonic()
        try:
            for done in make_subscribers(number):
                if time.monotonic() - said >= 2 and done < number:
                    said = time.monotonic()
                    self.stdout.write(f"  {done:,} of {number:,} readers")
                    self.stdout.flush()
        except NoLists as problem:
            raise CommandError(str(problem)) from None
        seconds = time.monotonic() - started
        readers = "1 reader is" if number == 1 else f"{number:,} readers are"
        self.stdout.write(f"{readers} created, in {seconds:.1f} s.")
