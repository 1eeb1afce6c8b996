"""`manage.py editions`: see editions and move them from a terminal or a script.

The same verbs as the admin's buttons, through the same transitions. What cannot be done is one sentence on standard
error and exit status 1; `--json` prints what a script needs and nothing else.
"""

from __future__ import annotations

import getpass
import json
from collections.abc import Iterable
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from lib import csv_download
from lib.dates import in_local_words, zone_named
from lib.nudging import nudge
from newsletters import tasks
from newsletters.delivery import resolving_actions
from newsletters.delivery.engine import halting
from newsletters.delivery.ledger import dead_addresses, missed
from newsletters.delivery.ledger.entries import list_entries
from newsletters.delivery.ledger.reasons import reason_in_words
from newsletters.delivery.ledger.recipient_states import OF_RECIPIENTS, SKIPPED
from newsletters.delivery.ledger.totals import count_outcomes
from newsletters.editions import transitions
from newsletters.editions.loading import LoadedEdition
from newsletters.editions.subjects import subject_in_words, subject_parts_of
from newsletters.models import Edition, Institute
from newsletters.models.deliveries import Totals
from subscribers.models import Subscriber

# Promise 1: candidates is the sum of all the others.
LEDGER_KEYS = (
    "candidates", "waiting", "handed_out", "accepted", "deferred", "retrying", "rejected", "skipped", "cancelled",
    "in_doubt",
)  # fmt: skip
ACTIONS = {
    "list": "list editions with their ids and statuses",
    "show": "show one edition: its content and status",
    "send": "send a draft now",
    "pause": "stop sending until you resume it",
    "resume": "resume a paused edition",
    "cancel": "cancel it for good: recipients who haven't been sent it get nothing",
    "ledger": "count recipients by outcome",
    "retry": "retry rejected emails, once you have fixed what the server objected to",
    "resolve": "resolve emails in doubt: mark them as sent (--mark-as-sent) or resend them (--resend)",
    "dead-addresses": "decide about addresses that the mail server says don't exist: --suppress them, or --keep them",
    "missed": "export everyone who should have got it but didn't, with the reason, as CSV",
    "resume-sending": "(no edition) resume sending after it was stopped, for example because a backup was restored",
}


def ledger_of(sums: Totals) -> dict[str, Any]:
    """The ledger's keys, each a number, so that a script can add them up; and why the skipped were skipped."""
    return {key: getattr(sums, key) for key in LEDGER_KEYS} | {"skipped_reasons": sums.skipped_reasons}


class Command(BaseCommand):
    help = "List, show, send, pause, resume or cancel editions, report on them, and resolve emails in doubt."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = "; ".join(f"{name}: {what}" for name, what in ACTIONS.items())
        parser.add_argument("action", choices=list(ACTIONS), metavar="action", help=actions)
        parser.add_argument("edition", nargs="?", type=int, help="the edition's id, as `editions list` shows it")
        parser.add_argument("--json", action="store_true", help="print JSON")
        decision = parser.add_mutually_exclusive_group()
        decision.add_argument(
            "--mark-as-sent",
            action="store_true",
            help="resolve: mark as sent, because the server's log shows that it took them",
        )
        decision.add_argument(
            "--resend", action="store_true",
            help="resolve: resend, although recipients who already have the edition get it twice",
        )  # fmt: skip
        decision.add_argument("--suppress", action="store_true", help="dead-addresses: the addresses are dead")
        decision.add_argument(
            "--keep", action="store_true", help="dead-addresses: the server is wrong; release those who were suppressed"
        )
        parser.add_argument(
            "--repeat", action="store_true", help="send: although readers have had some of the articles"
        )
        parser.add_argument(
            "--address", nargs="+", action="extend", default=[], metavar="a@b",
            help="resolve, retry: only these recipients. If one of them doesn't match, nothing is changed",
        )  # fmt: skip

    def handle(self, *args: Any, action: str, edition: int | None, **options: Any) -> None:
        as_json: bool = options["json"]
        _refuse_options_of_others(action, options)
        if action == "list":
            self._list(as_json)
        elif action == "resume-sending":
            self._resume_sending(as_json)
        elif edition is None:
            raise CommandError(f"Say which edition: manage.py editions {action} <id>. `editions list` shows them.")
        else:
            found = Edition.objects.select_related("newsletter__mailing_list").filter(pk=edition).first()
            if found is None:
                raise CommandError(f"There is no edition with the id {edition}. `editions list` shows those there are.")
            self._with(found, action, options, as_json)

    def _with(self, edition: Edition, action: str, options: dict[str, Any], as_json: bool) -> None:
        match action:
            case "ledger":
                self._ledger(edition, as_json)
            case "show":
                self._show(edition, as_json)
            case "missed":
                self._missed(edition, as_json)
            case "dead-addresses":
                self._dead_addresses(edition, options, as_json)
            case "retry" | "resolve":
                self._resolve(edition, _resolution(action, options), options["address"], as_json)
            case _:
                self._move(action, edition, as_json, repeat=options["repeat"])

    # --- Look ---------------------------------------------------------------------------------------------------
    def _list(self, as_json: bool) -> None:
        editions = Edition.objects.select_related("newsletter").defer("introduction").iterator(chunk_size=500)
        if as_json:
            return self._print_json([self._summary(edition) for edition in editions])
        rows = [(str(edition.pk), edition.status, str(edition), _subject(edition)) for edition in editions]
        if not rows:
            self.stdout.write("There are no editions yet.")
            return None
        return self._table([("id", "status", "edition", "subject"), *rows])

    def _show(self, edition: Edition, as_json: bool) -> None:
        items = [
            {"article": item.article_id, "headline": item.headline or item.article.title}
            for item in edition.items.select_related("article")
            if item.article
        ]
        if as_json:
            more = {"preheader": edition.preheader, "articles": items, "ledger": ledger_of(count_outcomes(edition))}
            return self._print_json(self._summary(edition) | more)
        moments = {"send_at": edition.send_at, "finished_at": edition.finished_at}
        with timezone.override(zone_named(Institute.current().zone)):
            said = {name: in_local_words(moment) for name, moment in moments.items() if moment}
        for name, value in (self._summary(edition) | said).items():
            self.stdout.write(f"{name + ':':<16}{'' if value is None else value}".rstrip())
        self.stdout.write("articles:")
        for number, item in enumerate(items, 1):
            self.stdout.write(f"  {number}. {item['headline']}")
        return None

    def _ledger(self, edition: Edition, as_json: bool) -> None:
        sums = count_outcomes(edition)
        if as_json:
            return self._print_json(ledger_of(sums))
        of_all = sums.of_recipients
        rows = [(str(state.name).lower(), f"{state.count_in(of_all):,}") for state in OF_RECIPIENTS]
        rows = [("recipients", f"{of_all.candidates:,}"), *rows, (str(SKIPPED.name).lower(), f"{sums.never_due:,}")]
        width = max(len(count) for _key, count in rows)
        for key, count in rows:
            self.stdout.write(f"{key:<12}{count:>{width}}")
        for reason, number in sums.skipped_reasons.items():
            self.stdout.write(f"  {number:,}: {reason_in_words(reason)}")
        return None

    def _missed(self, edition: Edition, as_json: bool) -> None:
        if not as_json:
            for line in csv_download.lines(missed.csv_rows(edition)):
                self.stdout.write(line, ending="")
            return
        entries = (
            json.dumps(
                {
                    "address": reader.email, "number": reader.subscriber_id, "outcome": reader.outcome.value,
                    "in_doubt": reader.in_doubt, "reason": reader.reason, "why": reader.why,
                    "last_reply": reader.reply, "at": reader.at.isoformat() if reader.at else None,
                },
                ensure_ascii=False,
            )
            for reader in missed.everybody(edition)
        )  # fmt: skip
        self._stream_array(entries)

    # --- Move ---------------------------------------------------------------------------------------------------
    def _move(self, action: str, edition: Edition, as_json: bool, *, repeat: bool) -> None:
        by = _by()
        try:
            match action:
                case "send":
                    repeats = LoadedEdition(edition).repeats.token if repeat else ""
                    moved = transitions.queue(edition.pk, revision=edition.revision, by=by, repeats=repeats)
                    nudge(tasks.start_edition, moved.pk)
                case "pause":
                    moved = transitions.pause(edition.pk, by=by)
                case "resume":
                    moved = transitions.resume(edition.pk, by=by)
                    nudge(tasks.send_slice)
                case _:
                    moved = transitions.cancel(edition.pk, by=by)
        except transitions.RepeatsNotConfirmed as refused:
            raise CommandError(f"{refused} Add --repeat to do so.") from None
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
            "subject": _subject(edition),
            "revision": edition.revision,
            "candidates": edition.candidates,
            "recipients": edition.recipients,
            "send_at": edition.send_at.isoformat() if edition.send_at else None,
            "sent_by": edition.queued_by,
            "finished_at": edition.finished_at.isoformat() if edition.finished_at else None,
            "paused_why": edition.paused_why,
            "trouble": edition.trouble,
        }

    # --- Resolve ------------------------------------------------------------------------------------------------
    def _resolve(
        self, edition: Edition, resolution: resolving_actions.Resolution, addresses: list[str], as_json: bool
    ) -> None:
        chosen = _chosen(edition, resolution, addresses) if addresses else None
        try:
            decided = resolution.carry_out(edition.pk, by=_by(), subscriber_ids=chosen)
        except transitions.Refused as refused:
            raise CommandError(str(refused)) from None
        if decided.changed and resolution.sends:
            nudge(tasks.send_slice)
        if as_json:
            sums = ledger_of(count_outcomes(edition))
            answer = {"id": edition.pk, "changed": decided.changed, "left_out": decided.left_out, "ledger": sums}
            return self._print_json(answer)
        self.stdout.write(f"{edition}: {resolution.in_words(decided)}")
        return None

    def _dead_addresses(self, edition: Edition, options: dict[str, Any], as_json: bool) -> None:
        """Without a decision: how many are held, suppressed and kept."""
        by = _by()
        if options["suppress"]:
            changed = dead_addresses.suppress_held(edition.pk, by=by)
        else:
            changed = dead_addresses.keep_all(edition.pk, by=by) if options["keep"] else 0
        counts = dead_addresses.count_by_state(edition.pk)
        if as_json:
            return self._print_json({"id": edition.pk, "changed": changed, **counts})
        numbers = ", ".join(f"{count:,} {state}" for state, count in counts.items()) or "none"
        self.stdout.write(f"{edition}: {numbers}.")
        return None

    def _resume_sending(self, as_json: bool) -> None:
        why = halting.halted()
        if not why:
            raise CommandError("Sending isn't stopped, so there is nothing to resume.")
        halting.confirm(_by())
        nudge(tasks.send_slice)
        if as_json:
            return self._print_json({"was_halted": why})
        self.stdout.write(f"Sending resumes. It was stopped: {why}")
        return None

    # --- Print --------------------------------------------------------------------------------------------------
    def _print_json(self, value: Any) -> None:
        self.stdout.write(json.dumps(value, ensure_ascii=False, indent=2))

    def _stream_array(self, entries: Iterable[str]) -> None:
        """A JSON array of any length, an entry a line."""
        between = "[\n"
        for entry in entries:
            self.stdout.write(between + entry, ending="")
            between = ",\n"
        self.stdout.write("[]" if between == "[\n" else "\n]")

    def _table(self, rows: list[tuple[str, ...]]) -> None:
        widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
        for row in rows:
            self.stdout.write("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _refuse_options_of_others(action: str, options: dict[str, Any]) -> None:
    """“cancel 7 --address a@b” must not cancel it for everybody."""
    if options["address"] and action not in {"retry", "resolve"}:
        raise CommandError("--address is for retry and resolve only. Nothing was changed.")
    if options["repeat"] and action != "send":
        raise CommandError("--repeat is for send only. Nothing was changed.")
    if (options["suppress"] or options["keep"]) and action != "dead-addresses":
        raise CommandError("--suppress and --keep are for dead-addresses only. Nothing was changed.")
    if (options["mark_as_sent"] or options["resend"]) and action != "resolve":
        raise CommandError("--mark-as-sent and --resend are for resolve only. Nothing was changed.")


def _resolution(action: str, options: dict[str, Any]) -> resolving_actions.Resolution:
    if action == "retry":
        return resolving_actions.RETRY_FAILED
    if options["mark_as_sent"]:
        return resolving_actions.MARK_AS_SENT
    if options["resend"]:
        return resolving_actions.RESEND
    raise CommandError("Say what became of them: manage.py editions resolve <id> --mark-as-sent, or --resend.")


def _chosen(edition: Edition, resolution: resolving_actions.Resolution, addresses: list[str]) -> list[int]:
    """The numbers of these recipients. Raises `CommandError` that names those whom it is not about."""
    rows = list_entries(edition, resolution.outcome)
    chosen, unknown = [], []
    for address in addresses:
        person = Subscriber.objects.with_address(address).first()
        if person is not None and rows.filter(subscriber_id=person.pk).exists():
            chosen.append(person.pk)
        else:
            unknown.append(address)
    if unknown:
        what = str(resolution.outcome.label).lower()
        raise CommandError(f"Not {what} in this edition: {', '.join(unknown)}. Nothing was changed.")
    return chosen


def _subject(edition: Edition) -> str:
    """With its merge fields filled once it has its content; of a draft as it was typed."""
    return subject_in_words(subject_parts_of([edition])[edition.pk]) if edition.snapshot else edition.subject


def _by() -> str:
    return f"{_operator()} (command line)"


def _operator() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container whose user has no name
        return "Someone"
