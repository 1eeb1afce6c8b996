"""`manage.py read_events_again`: judge what came in lately by today's rules, after an upgrade that reads better. What
could not be read at all, or take effect, is tried again by the worker."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from newsletters.events.feedback import dialogue
from newsletters.events.receiving import reading
from newsletters.events.receiving.reading_again import read_again
from newsletters.models import Feedback, RawEvent


class Command(BaseCommand):
    help = "Read the bounces and other events that are still kept once more, by today's rules."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        again = reading.try_again(RawEvent.objects.all()) + dialogue.try_again(Feedback.objects.all())
        if again:
            self.stdout.write(f"Could not be read or take effect, and will be tried again: {again:,}.")
        changes = read_again()
        self.stdout.write(
            f"Events read: {changes.read:,}. Something else than before: {changes.changed:,}."
            f" Addresses released: {changes.released:,}."
        )
        if changes.failed:
            self.stdout.write(
                f"Could not be read, and were left as they are: {changes.failed:,}. The log says why of each."
            )
