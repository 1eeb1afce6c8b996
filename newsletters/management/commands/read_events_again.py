"""`manage.py read_events_again`: judge what came in lately by today's rules, after an upgrade that reads better."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from newsletters.events.receiving.reading_again import read_again


class Command(BaseCommand):
    help = "Read the bounces and other events that are still kept once more, by today's rules."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        changes = read_again()
        self.stdout.write(
            f"Events read: {changes.read:,}. Something else than before: {changes.changed:,}."
            f" Addresses released: {changes.released:,}."
        )
        if changes.failed:
            self.stdout.write(
                f"Could not be read, and were left as they are: {changes.failed:,}. The log says why of each."
            )
