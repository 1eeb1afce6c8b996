"""`manage.py editions`: see editions and move them from a terminal or a script.

The same verbs as the admin's buttons, through the same transitions. What cannot be done is one sentence on standard
error and exit status 1; `--json` prints what a script needs and nothing else.
"""

from __future__ import annotations

import getpass
import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from newsletters import tasks
from newsletters.admin.reasons import reason_in_words
from newsletters.delivery import ledger
from newsletters.delivery.ledger import Sums
from newsletters.editions import transitions
from newsletters.editions.snapshot import shown_subject
from newsletters.models import Edition
from subscribers.nudging import nudge

# Promise 1: candidates is the sum of all the others.
LEDGER_KEYS = (
    "candidates", "waiting", "handed_out", "accepted", "deferred", "retrying", "rejected", "skipped", "cancelled",
    "in_doubt",
)  # fmt: skip
ACTIONS = ("list", "show", "send", "pause", "resume", "cancel", "ledger")


def ledger_of(sums: Sums) -> dict[str, Any]:
    """The ledger's keys, each a number, so that a script can add them up; and why the skipped were skipped."""
    return {key: getattr(sums, key) for key in LEDGER_KEYS} | {"skipped_reasons": sums.skipped_reasons}


class Command(BaseCommand):
    help = "List editions, show one, send, pause, resume or cancel it, or print the sums of its ledger."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("action", choices=ACTIONS)
        parser.add_argument("edition", nargs="?", type=int, help="the edition's id, as `editions list` shows it")
        parser.add_argument("--json", action="store_true", help="print JSON")

    def handle(self, *args: Any, action: str, edition: int | None, **options: Any) -> None:
        as_json: bool = options["json"]
        if action == "list":
            return self._list(as_json)
        if edition is None:
            raise CommandError(f"Say which edition: manage.py editions {action} <id>. `editions list` shows them.")
        found = Edition.objects.select_related("newsletter__mailing_list").filter(pk=edition).first()
        if found is None:
            raise CommandError(f"There is no edition with the id {edition}. `editions list` shows those there are.")
        if action == "ledger":
            return self._ledger(found, as_json)
        if action == "show":
            return self._show(found, as_json)
        return self._move(action, found, as_json)

    # --- Look ---------------------------------------------------------------------------------------------------
    def _list(self, as_json: bool) -> None:
        editions = Edition.objects.select_related("newsletter").defer("introduction")
        if as_json:
            return self._print_json([self._summary(edition) for edition in editions.iterator(chunk_size=500)])
        rows = [
            (str(edition.pk), edition.status, str(edition), shown_subject(edition))
            for edition in editions.iterator(chunk_size=500)
        ]
        if not rows:
            self.stdout.write("There is no edition yet.")
            return None
        return self._table([("id", "status", "edition", "subject"), *rows])

    def _show(self, edition: Edition, as_json: bool) -> None:
        items = [
            {"article": item.article_id, "headline": item.headline or item.article.title}
            for item in edition.items.select_related("article")
        ]
        if as_json:
            more = {"preheader": edition.preheader, "articles": items, "ledger": ledger_of(ledger.sums(edition))}
            return self._print_json(self._summary(edition) | more)
        for name, value in self._summary(edition).items():
            self.stdout.write(f"{name + ':':<16}{'' if value is None else value}".rstrip())
        self.stdout.write("articles:")
        for number, item in enumerate(items, 1):
            self.stdout.write(f"  {number}. {item['headline']}")
        return None

    def _ledger(self, edition: Edition, as_json: bool) -> None:
        sums = ledger.sums(edition)
        if as_json:
            return self._print_json(ledger_of(sums))
        rows = [(key.replace("_", " "), f"{getattr(sums, key):,}") for key in LEDGER_KEYS]
        width = max(len(count) for _key, count in rows)
        for key, count in rows:
            self.stdout.write(f"{key:<12}{count:>{width}}")
            if key == "skipped":
                for reason, number in sums.skipped_reasons.items():
                    self.stdout.write(f"  {number:,}: {reason_in_words(reason)}")
        return None

    # --- Move ---------------------------------------------------------------------------------------------------
    def _move(self, action: str, edition: Edition, as_json: bool) -> None:
        by = f"{_operator()} (command line)"
        try:
            match action:
                case "send":
                    moved = transitions.queue(edition.pk, revision=edition.revision, by=by)
                    nudge(tasks.start_edition, moved.pk)
                case "pause":
                    moved = transitions.pause(edition.pk, by=by)
                case "resume":
                    moved = transitions.resume(edition.pk, by=by)
                    nudge(tasks.send_slice)
                case _:
                    moved = transitions.cancel(edition.pk, by=by)
        except transitions.Refused as refused:
            raise CommandError(str(refused)) from None
        if as_json:
            return self._print_json(self._summary(moved))
        self.stdout.write(f"{moved}: {moved.get_status_display()}.")
        return None

    @staticmethod
    def _summary(edition: Edition) -> dict[str, Any]:
        return {
            "id": edition.pk,
            "edition": str(edition),
            "newsletter": edition.newsletter.slug,
            "number": edition.number,
            "slug": edition.slug,
            "status": edition.status,
            "subject": shown_subject(edition),
            "revision": edition.revision,
            "candidates": edition.candidates,
            "send_at": edition.send_at.isoformat() if edition.send_at else None,
            "sent_by": edition.queued_by,
            "finished_at": edition.finished_at.isoformat() if edition.finished_at else None,
            "paused_why": edition.paused_why,
            "trouble": edition.trouble,
        }

    # --- Print --------------------------------------------------------------------------------------------------
    def _print_json(self, value: Any) -> None:
        self.stdout.write(json.dumps(value, ensure_ascii=False, indent=2))

    def _table(self, rows: list[tuple[str, ...]]) -> None:
        widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
        for row in rows:
            self.stdout.write("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _operator() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container whose user has no name
        return "Somebody"
