"""`manage.py receive_lmtp`: listen at BOUNCE_LMTP for returned mail that a mail server delivers by LMTP."""

from __future__ import annotations

import asyncio
import signal
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from newsletters.events.mailboxes.lmtp import listen


class Command(BaseCommand):
    help = "Listen for returned email by LMTP, at the host and port of BOUNCE_LMTP, until it is stopped."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.BOUNCE_LMTP is None:
            raise CommandError("Set BOUNCE_LMTP to a host and a port, for example 127.0.0.1:2424.")
        host, port = settings.BOUNCE_LMTP
        try:
            asyncio.run(self._serve(host, port))
        except OSError as problem:
            raise CommandError(f"BOUNCE_LMTP: can't listen at {host}:{port}: {problem.strerror}.") from None

    async def _serve(self, host: str, port: int) -> None:
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        self.stdout.write(f"Listening at {host}:{port}")
        self.stdout.flush()
        await listen(host, port, stop)
