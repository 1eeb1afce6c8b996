"""`manage.py report`: the report of an edition or a newsletter, with the numbers that its page shows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from lib import csv_download
from lib.dates import in_local_words, zone_named
from lib.query_numbers import read_number
from newsletters.models import Edition, Institute
from newsletters.reports import tables
from newsletters.reports.edition_report import EditionReport, report_edition


class Command(BaseCommand):
    help = "Print the report of an edition (by its id)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("what", metavar="edition", help="an edition's id, as `editions list` shows it")
        form = parser.add_mutually_exclusive_group()
        form.add_argument("--json", action="store_true", help="print JSON: times in ISO 8601, durations in seconds")
        form.add_argument("--csv", action="store_true", help="print CSV, as the page's download has it")

    def handle(self, *args: Any, what: str, **options: Any) -> None:
        with timezone.override(zone_named(Institute.current().zone)):
            found = self._edition(what)
            if options["json"]:
                self.stdout.write(tables.as_json(found))
            elif options["csv"]:
                for line in csv_download.lines(tables.edition_rows(found)):
                    self.stdout.write(line, ending="")
            else:
                self._print_edition(found)

    def _edition(self, what: str) -> EditionReport:
        edition = Edition.objects.select_related("newsletter").filter(pk=read_number(what) or 0).first()
        if edition is None:
            raise CommandError(f"There is no edition with the id {what}. `editions list` shows those there are.")
        found = report_edition(edition)
        if found is None:
            raise CommandError(f"{edition} hasn't begun to go out, so there is nothing to report.")
        return found

    def _print_edition(self, found: EditionReport) -> None:
        self.stdout.write(f"{found.name}: {found.subject}")
        self.stdout.write(f"Began {in_local_words(found.began_at)}. Shares are of its {found.recipients:,} recipients.")
        if found.compared >= 3:
            self.stdout.write(f"Usual: the median of the {found.compared} editions before, at the same age.")
        self._table(
            ("", "count", "share", "usual"),
            (
                (m.name, tables.count_in_words(m), tables.share_in_words(m), tables.usual_in_words(m))
                for m in found.measures
            ),
        )
        if found.links:
            self._table(
                ("link", "clicks", "share", ""),
                ((f"{each.number}. {each.headline or each.url}", f"{each.clicks:,}", f"{each.share:.0%}", "")
                 for each in found.links if each.clicks),
            )  # fmt: skip
        for title, tallies in (("reason", found.reasons), ("device", found.devices), ("program", found.programs)):
            if tallies:
                self._table((title, "count", "", ""), ((each.name, f"{each.count:,}", "", "") for each in tallies))
        for title, groups in (("provider", found.providers), ("language", found.languages)):
            if groups:
                self._table(
                    (title, "recipients", "accepted", "rejected"),
                    ((g.name, f"{g.recipients:,}", f"{g.accepted:,}", f"{g.rejected:,}") for g in groups),
                )

    def _table(self, head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> None:
        """The first column left, numbers right."""
        lines = [head, *rows]
        widths = [max(len(line[at]) for line in lines) for at in range(len(head))]
        self.stdout.write("")
        for first, *others in lines:
            cells = [cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True)]
            self.stdout.write("  ".join([first.ljust(widths[0]), *cells]).rstrip())
