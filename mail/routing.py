"""Which way a mail takes: over SMTP connections that are kept, or through a Django email backend (any ESP of anymail).

A transport takes mails and gives back results, in any order, from threads of its own. `open_transport` gives this
process's one for a traffic; connections belong to the process, not to the task. Editions and messages have one each, so
that a confirmation never waits behind an edition; both are made here, so that TLS, log-in, classification, learned
limits and circuit breaker are the same.

There is one route, settings.EMAIL_ROUTE. Where there are to be several (a service for messages, a relay for editions; a
second one when the first is in trouble), `make_transport` chooses by traffic, and a transport that fails over is a
`Transport` made of others here.
"""

from __future__ import annotations

import os
from enum import StrEnum
from typing import NamedTuple

from django.conf import settings

from mail.esp.pool import Pool
from mail.results import Result
from mail.smtp.smtp_transport import SmtpTransport
from mail.transport import NO_RECORD, Outgoing, Recorder, Transport, TransportError


class Traffic(StrEnum):
    """What a transport is for."""

    EDITIONS = "editions"
    MESSAGES = "messages"


class _OpenTransport(NamedTuple):
    pid: int
    recorder: Recorder
    route: object
    transport: Transport


_open: dict[Traffic, _OpenTransport] = {}


def open_transport(recorder: Recorder, traffic: Traffic = Traffic.EDITIONS) -> Transport:
    """This process's transport, made on first use; a forked child makes its own, and so does another recorder."""
    known = _open.get(traffic)
    wanted = os.getpid(), id(recorder), settings.EMAIL_ROUTE
    if known is None or (known.pid, id(known.recorder), known.route) != wanted:
        _close(traffic)
        known = _open[traffic] = _OpenTransport(
            os.getpid(), recorder, settings.EMAIL_ROUTE, make_transport(recorder, traffic)
        )
    return known.transport


class _NoWay:
    """Takes nothing: mail that leaves this machine with links to it would be of no use to anybody, and its unsubscribe
    link, which cannot be called back, leads nowhere."""

    def send(self, _mail: Outgoing) -> Result:
        raise TransportError(
            f"No mail is sent: its links would start with {settings.SITE_URL}, which nobody else can open."
            " Set SITE_URL to your public address.",
            fatal=True,
        )

    def close(self) -> None: ...

    def abort(self) -> None: ...


def make_transport(recorder: Recorder = NO_RECORD, traffic: Traffic = Traffic.EDITIONS) -> Transport:
    route = settings.EMAIL_ROUTE
    if settings.SITE_IS_LOCAL and not settings.INBOX_ENABLED:
        return Pool(_NoWay, size=1, recorder=recorder)
    if route.is_smtp:
        return SmtpTransport(route, recorder, senders_differ=traffic is Traffic.MESSAGES)  # each list has its own
    from mail.esp.backend import BackendChannel

    return Pool(lambda: BackendChannel(route.backend), size=route.connections, recorder=recorder)


def close_transports() -> None:
    for traffic in Traffic:
        _close(traffic)


def _close(traffic: Traffic) -> None:
    known = _open.pop(traffic, None)
    if known is not None and known.pid == os.getpid():
        known.transport.close()
