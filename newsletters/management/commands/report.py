"""`manage.py report`: the report of an edition or a newsletter, with the numbers that its page shows.

A newsletter's list is counted for it, where no worker has done so yet.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict
from typing import Any, TypeVar

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from lib import csv_download
from lib.dates import in_local_words, zone_named
from lib.percentages import percent
from lib.query_numbers import read_number
from newsletters.models import Edition, Institute, Newsletter
from newsletters.reports import tables
from newsletters.reports.edition_report import EditionReport, report_edition
from newsletters.reports.list_figures import CountedList, count_list, read_list_figures
from newsletters.reports.newsletter_report import NewsletterReport, report_newsletter

Found = TypeVar("Found", EditionReport, NewsletterReport)


class Command(BaseCommand):
    help = "Print the report of an edition (by its id) or of a newsletter (by its address, such as “weekly”)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "what", metavar="edition|newsletter",
            help="an edition's id, as `editions list` shows it; or a newsletter's address, such as “weekly”",
        )  # fmt: skip
        form = parser.add_mutually_exclusive_group()
        form.add_argument("--json", action="store_true", help="print JSON: times in ISO 8601, durations in seconds")
        form.add_argument("--csv", action="store_true", help="print CSV, as the page's download has it")

    def handle(self, *args: Any, what: str, **options: Any) -> None:
        newsletter = Newsletter.objects.select_related("mailing_list").filter(slug=what[:80]).first()
        with timezone.override(zone_named(Institute.current().zone)):
            if newsletter is not None:
                self._print(self._newsletter(newsletter), tables.newsletter_rows, self._print_newsletter, options)
            else:
                self._print(self._edition(what), tables.edition_rows, self._print_edition, options)

    def _print(
        self, found: Found, rows: Callable[[Found], Iterable[tuple[Any, ...]]], in_words: Callable[[Found], None],
        options: dict[str, Any],
    ) -> None:  # fmt: skip
        if options["json"]:
            self.stdout.write(tables.as_json(found))
        elif options["csv"]:
            for line in csv_download.lines(rows(found)):
                self.stdout.write(line, ending="")
        else:
            in_words(found)

    def _newsletter(self, newsletter: Newsletter) -> NewsletterReport:
        if read_list_figures(newsletter.mailing_list) is None:
            count_list(newsletter.mailing_list)
        return report_newsletter(newsletter)

    def _edition(self, what: str) -> EditionReport:
        edition = Edition.objects.select_related("newsletter").filter(pk=read_number(what) or 0).first()
        if edition is None:
            raise CommandError(
                f"There is no newsletter with the address “{what[:80]}”, and no edition with that id. "
                "`editions list` shows the editions."
            )
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

    def _print_newsletter(self, found: NewsletterReport) -> None:
        self.stdout.write(f"{found.name}, which goes to {found.list_name}")
        weeks = [
            (f"{w.begins:%Y-%m-%d}", f"{w.confirmed:,}", f"{w.unsubscribed:,}", f"{w.net:+,}") for w in found.weeks
        ]
        self._table(("week of", "joined", "unsubscribed", "net"), weeks)
        self._table(
            ("edition", "recipients", "accepted", "clicks", "unsubscribed", "bounced", "complaints"),
            (
                (e.name, f"{e.recipients:,}", percent(e.accepted), tables.rate_in_words(e.clicks),
                 percent(e.unsubscribed), tables.share_or_unknown(e.bounced), tables.share_or_unknown(e.complaints))
                for e in found.editions
            ),
        )  # fmt: skip
        if found.counts_clicks:
            self._table(
                ("article", "clicks", "per recipient", "edition"),
                ((a.title, f"{a.clicks:,}", tables.rate_in_words(a.rate), a.edition) for a in found.articles),
            )
            self._table(
                ("topic", "articles", "clicks", "per recipient"),
                ((t.name, f"{t.articles:,}", f"{t.clicks:,}", tables.rate_in_words(t.rate)) for t in found.topics),
            )
            hours = ((f"{hour:02}:00", f"{clicks:,}") for hour, clicks in enumerate(found.hours))
            self._table((f"hour ({found.zone})", "clicks"), hours)
        else:
            self.stdout.write("\nClicks: off. They weren't counted in the last 90 days.")
        if found.counted_list is not None:
            self._print_list(found.counted_list)

    def _print_list(self, counted: CountedList) -> None:
        self._table(("subscriptions", "count"), ((key, f"{n:,}") for key, n in asdict(counted.health).items()))
        self._table(
            ("source of sign-up", "asked", "confirmed", "still there"),
            ((s.name or "(the form alone)", f"{s.asked:,}", f"{s.confirmed:,}", f"{s.still_there:,}")
             for s in counted.sources),
        )  # fmt: skip
        most = max((len(cohort.stayed) for cohort in counted.cohorts), default=0)
        self._table(
            ("joined in", "people", *(f"+{months}" for months in range(most))),
            (
                (c.month, f"{c.joined:,}",
                 *(f"{n / c.joined:.0%}" if c.joined else "–" for n in c.stayed), *[""] * (most - len(c.stayed)))
                for c in counted.cohorts
            ),
        )  # fmt: skip

    def _table(self, head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> None:
        """The first column left, numbers right."""
        lines = [head, *rows]
        widths = [max(len(line[at]) for line in lines) for at in range(len(head))]
        self.stdout.write("")
        for first, *others in lines:
            cells = [cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True)]
            self.stdout.write("  ".join([first.ljust(widths[0]), *cells]).rstrip())
