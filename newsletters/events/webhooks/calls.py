"""The answer to a call of a mail service: checked, kept, answered. A worker reads it later.

The service hears 200 once the call is in the database, also for one that was kept before, so it has no reason to try
again whatever we make of it. A service that isn't set up is a page that isn't there (404); a call that isn't the
service's own is refused, in few words to its caller, and with the reason and the setting in our log.
"""

from __future__ import annotations

import logging
import time

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from newsletters.events.receiving.keeping import keep_once
from newsletters.events.webhooks import services
from newsletters.events.webhooks.service import CallAgain, Direction, NotSetUp, RefusedCall, Service

logger = logging.getLogger(__name__)
SAID_EVERY = 60.0  # seconds: anybody can make a call that is refused
MOST_SAID = 100
RETRY_AFTER = 60  # seconds
_said_at: dict[tuple[str, str], float] = {}


class WebhookAnswer(HttpResponse):
    """Django has nothing to log of it: what is to be said of a refused call is said here, at most once a minute."""

    _has_been_logged = True


def receive_call(request: HttpRequest, service: str, direction: str) -> HttpResponse:
    """At “/webhooks/<service>/tracking/” and “…/inbound/”, whatever the method."""
    to = Direction(direction.removesuffix("_mime"))
    try:
        found = services.service_named(service, to)
    except NotSetUp as problem:
        if request.method == "HEAD" and services.may_ask_before_set_up(service, to):
            return HttpResponse()
        _tell(service, to, f"isn't set up, so its calls are answered with 404: {problem}")
        found = None
    return _text("There is nothing here.", 404) if found is None else _answer(found, request)


def _answer(service: Service, request: HttpRequest) -> HttpResponse:
    if request.method == "HEAD" or (request.method == "GET" and service.takes_get):
        return HttpResponse()
    if request.method != "POST":
        answer = _text("A mail service calls this address by POST.", 405)
        answer["Allow"] = "POST, HEAD"
        return answer
    try:
        return _take(service, request)
    except RefusedCall as problem:
        _tell(service.name, service.direction, f"made a call that was refused: {problem}")
        return _refusal(problem)
    except CallAgain as problem:
        _tell(service.name, service.direction, f"made a call that can't be checked at present: {problem}")
        answer = _text("Not now.", 503)
        answer["Retry-After"] = str(RETRY_AFTER)
        return answer


def _take(service: Service, request: HttpRequest) -> HttpResponse:
    """Raises `RefusedCall`, `CallAgain` and DatabaseError: the service is to try again then."""
    body = _read(request, service)
    service.check(request, body)
    answer = service.answer(body)
    if answer is None:
        keep_once(
            service.source, service.kept(request, body), content_type=request.headers.get("Content-Type", ""),
            identity=service.identity(request, body), or_of=service.or_of,
        )  # fmt: skip
        answer = _text("Kept.", 200)
    return answer


def _read(request: HttpRequest, service: Service) -> bytes:
    """Measured before it is read. Raises `RefusedCall`."""
    try:
        length = int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        raise RefusedCall("It doesn't say its length in digits.", status=400) from None
    most = min(service.most_bytes(request), settings.WEBHOOK_BYTES)
    if length > most:
        raise RefusedCall(f"It has {length:,} bytes, more than {most:,}.", status=413)
    if len(request.headers.get("Content-Type", "")) > 200:  # a boundary has 70 characters at most (RFC 2046 §5.1.1)
        raise RefusedCall("Its Content-Type is too long.", status=400)
    return request.body


def _refusal(problem: RefusedCall) -> HttpResponse:
    answer = _text("Refused: the log of Iria says why.", problem.status)
    if problem.status == 401:  # Amazon SNS gives its password only when it is asked for it
        answer["WWW-Authenticate"] = 'Basic realm="webhooks"'
    return answer


def _text(words: str, status: int) -> HttpResponse:
    return WebhookAnswer(f"{words}\n", status=status, content_type="text/plain; charset=utf-8")


def _tell(service: str, direction: Direction, what: str) -> None:
    """In the log, at most once a minute for a service and a reason; of the rest nobody would read it."""
    now = time.monotonic()
    for each, at in list(_said_at.items()):
        if now - at >= SAID_EVERY:
            _said_at.pop(each, None)
    key = (service, what.partition(":")[0])
    if key not in _said_at and len(_said_at) < MOST_SAID:
        _said_at[key] = now
        logger.warning("Webhooks: %s (%s) %s", service, direction, what)
