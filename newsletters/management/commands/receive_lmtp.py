"""`manage.py receive_lmtp`: listen at BOUNCE_LMTP for returned mail that a mail server delivers by LMTP, and at
BOUNCE_SMTP for what anybody delivers by SMTP."""

from __future__ import annotations

import asyncio
import signal
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from newsletters.events.mailboxes.lmtp import listen


class Command(BaseCommand):
    help = "Listen for returned email by LMTP at BOUNCE_LMTP and by SMTP at BOUNCE_SMTP, until it is stopped."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        places = {"BOUNCE_LMTP": settings.BOUNCE_LMTP, "BOUNCE_SMTP": settings.BOUNCE_SMTP}
        wanted = {name: place for name, place in places.items() if place is not None}
        if not wanted:
            raise CommandError(
                "Set BOUNCE_LMTP to a host and a port, for example 127.0.0.1:2424; or BOUNCE_SMTP, such as 0.0.0.0:25."
            )
        asyncio.run(self._serve(wanted))

    async def _serve(self, wanted: dict[str, tuple[str, int]]) -> None:
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        await asyncio.gather(*(self._listen(name, place, stop) for name, place in wanted.items()))

    async def _listen(self, name: str, place: tuple[str, int], stop: asyncio.Event) -> None:
        host, port = place
        self.stdout.write(f"Listening at {host}:{port}")
        self.stdout.flush()
        try:
            await listen(host, port, stop, by_smtp=name == "BOUNCE_SMTP")
        except OSError as problem:
            raise CommandError(f"{name}: can't listen at {host}:{port}: {problem.strerror}.") from None
