"""`manage.py receive_mail < mail`: let one mail that came to a return path take effect. For a pipe from a mail server.

Exit status as servers expect it of a program that they deliver to (sysexits.h): 0 when the mail is kept, was received
before, or isn't ours and so isn't kept; 75 when it couldn't be kept, so that the server tries again later.
"""

from __future__ import annotations

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError

from newsletters.events.receiving import mail

TEMPORARY_FAILURE = 75  # EX_TEMPFAIL


class Command(BaseCommand):
    help = "Receive one email from standard input: a bounce, a complaint, a request to unsubscribe, or an answer."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--recipient",
            default="",
            metavar="ADDRESS",
            help="the envelope's recipient, if the email doesn't say it",
        )

    def handle(self, *args: Any, recipient: str, **options: Any) -> None:
        raw = sys.stdin.buffer.read(mail.LONGEST_KEPT)
        while sys.stdin.buffer.read(1 << 20):
            continue  # the server would take a closed pipe for a failure
        if not raw.strip():
            self.stderr.write("There is no email on standard input.")
            sys.exit(65)  # EX_DATAERR
        try:
            event = mail.receive(raw, recipient=(recipient := recipient[:320]))
        except DatabaseError as problem:
            self.stderr.write(f"The database failed; deliver this email again later: {problem}")
            sys.exit(TEMPORARY_FAILURE)
        if event is None:
            is_ours = mail.is_ours(raw, recipient=recipient)
            self.stdout.write("Received before." if is_ours else "Nothing of ours, and not kept.")
            return
        event.refresh_from_db(fields=["kind", "state", "error"])
        effects = ", ".join(filter(None, (row.get_effect_display() for row in event.feedback.all())))
        self.stdout.write(f"{event.kind or event.get_state_display()}: {effects or event.error or 'nothing to do'}")
