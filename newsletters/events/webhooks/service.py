"""One way for every service: is it set up, is this call its own, and what does it say?

anymail reads the calls and checks most signatures. Where it would only warn that a service is open to everybody, the
service isn't served at all: it counts as set up when its calls are signed, or when ANYMAIL_WEBHOOK_SECRET protects
them. A subclass says where a service differs.
"""

from __future__ import annotations

import json
import threading
import warnings
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from io import BytesIO
from typing import Any

from anymail.exceptions import (
    AnymailConfigurationError,
    AnymailError,
    AnymailImproperlyInstalled,
    AnymailWebhookValidationFailure,
)
from anymail.utils import get_anymail_setting
from anymail.webhooks.base import AnymailBasicAuthMixin
from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.utils import timezone

from lib.characters import one_line
from newsletters.events.webhooks.kept_mails import CannotFetch, KeptMail

# What a parser may meet in a body that isn't what it takes it for.
UNREADABLE = (
    AnymailError, SuspiciousOperation, MultiPartParserError, ValueError, TypeError, KeyError, IndexError,
    AttributeError, AssertionError, RecursionError,
)  # fmt: skip
OLDEST = timedelta(days=1)  # of a signature that says its time: services try again for some hours
# Of a call in which the signature stands, so that the call is parsed before anybody knows who made it. A message of
# Amazon SNS has 256 KB at most; Mailgun tells of one event in a call.
MOST_UNSIGNED_BYTES = 512 * 1024
AHEAD = timedelta(minutes=5)  # of our clock
SHORTEST_PASSWORD = 16  # characters of ANYMAIL_WEBHOOK_SECRET, half of them different
GUESSABLE = (
    "ANYMAIL_WEBHOOK_SECRET is easily guessed: it needs a user name, a colon and a random password of"
    f" {SHORTEST_PASSWORD} characters or more."
)
_warnings = threading.Lock()  # to ignore one is not for a thread alone


class Direction(StrEnum):
    TRACKING = "tracking"  # what became of our mails
    INBOUND = "inbound"  # mails to us


class NotSetUp(Exception):
    """Nothing protects this address yet. The message names the setting."""


class RefusedCall(Exception):
    """The call isn't the service's own, or can't be read. The message is for the operator's log."""

    def __init__(self, message: str, *, status: int = 403) -> None:
        super().__init__(one_line(message)[:500])
        self.status = status


class CallAgain(Exception):
    """We can't tell at present whether the call is the service's own: it is to come again."""


class Service:
    """One address of a service. Raises `NotSetUp`."""

    head_before_set_up = False  # it asks for the address before it gives the key

    def __init__(self, name: str, direction: Direction, view_class: type[Any]) -> None:
        self.name = name
        self.direction = direction
        self._view_class = view_class
        self._view = self._make_view()
        if not self.is_protected():
            raise NotSetUp(self.needs())
        if any(map(is_guessable, self._view.basic_auth or [])):
            raise NotSetUp(GUESSABLE)

    @property
    def source(self) -> str:
        """Of its raw events and feedback."""
        return source_name(self.name, self.direction)

    # --- Set-up ---------------------------------------------------------------------------------------------------
    def make_view(self) -> Any:
        """anymail's, by its settings. Raises what anymail does, and ValueError for a key that is none."""
        return self._view_class()

    def is_protected(self) -> bool:
        return bool(self._view.basic_auth) or not self._view.warn_if_no_basic_auth

    def needs(self) -> str:
        return "Set ANYMAIL_WEBHOOK_SECRET to a user name and a password with a colon between them."

    def setting(self, name: str) -> str | None:
        """One of anymail's own for this service; an empty one is none."""
        return get_anymail_setting(name, esp_name=self._view_class.esp_name, kwargs={}, default=None) or None

    def _make_view(self) -> Any:
        with _warnings, warnings.catch_warnings():
            # anymail warns of addresses without protection, which we don't serve, and of services that it can no
            # longer try out itself.
            warnings.simplefilter("ignore")
            try:
                return self.make_view()
            except (AnymailConfigurationError, AnymailImproperlyInstalled) as problem:
                raise NotSetUp(one_line(str(problem))[:500]) from None
            except ValueError:  # of a key that is none; what it says may hold parts of it
                raise NotSetUp(f"A key of {self._view_class.esp_name} in ANYMAIL_… isn't valid.") from None

    # --- A call ---------------------------------------------------------------------------------------------------
    @property
    def takes_get(self) -> bool:
        """It makes sure by GET that there is somebody."""
        return "get" in self._view.http_method_names

    def check(self, request: HttpRequest, body: bytes) -> None:
        """Raises `RefusedCall` unless the service made the call, and `CallAgain`."""
        if self._view.basic_auth and "Authorization" not in request.headers:
            raise RefusedCall("It has no user name and password (ANYMAIL_WEBHOOK_SECRET).", status=401)
        try:
            if self._view.basic_auth:
                AnymailBasicAuthMixin.validate_request(self._view, request)  # anymail may parse the call before it
            self.check_unparsed(body)
            self._view.run_validators(request)
            self.check_further(request, body)
            signed_at = self.signed_at(request, body)
        except AnymailWebhookValidationFailure as problem:
            raise RefusedCall(str(problem)) from None
        except UNREADABLE as problem:
            raise RefusedCall(f"It can't be read: {type(problem).__name__}.", status=400) from None
        if signed_at is not None and not timezone.now() - OLDEST <= signed_at <= timezone.now() + AHEAD:
            raise RefusedCall(f"It was signed at {signed_at:%Y-%m-%d %H:%M} UTC, too far from now.")

    def most_bytes(self, request: HttpRequest) -> int:
        """Longer calls aren't read."""
        return int(settings.WEBHOOK_BYTES)

    def check_unparsed(self, body: bytes) -> None:
        """What can be said before the call is parsed. Raises `RefusedCall`."""

    def check_further(self, request: HttpRequest, body: bytes) -> None:
        """What anymail doesn't check. Raises as `check`, and what is `UNREADABLE`."""

    def signed_at(self, request: HttpRequest, body: bytes) -> datetime | None:
        """When the call was signed, where that is part of what is signed. Raises what is `UNREADABLE`."""
        return None

    def identity(self, request: HttpRequest, body: bytes) -> bytes:
        """What is the same when a call comes again, and of no other call."""
        return body

    @property
    def or_of(self) -> tuple[str, ...]:
        """Other sources of which a call with the same identity may not have come either."""
        return ()

    def kept(self, request: HttpRequest, body: bytes) -> bytes:
        """The call, without what would let its reader act in the service's or our name."""
        return body

    def answer(self, body: bytes) -> HttpResponse | None:
        """The answer to a call that is no event; None for all others. Raises `RefusedCall` and `CallAgain`."""
        return None

    # --- What it says ---------------------------------------------------------------------------------------------
    def parse(self, body: bytes, content_type: str) -> list[Any]:
        """anymail's events. Of a list that can't be read as a whole, what can be read. Raises what is `UNREADABLE`."""
        try:
            return list(self._parse(body, content_type))
        except UNREADABLE:
            parts = self.split(body)
            if len(parts) < 2:
                raise
        events: list[Any] = []
        problem: Exception | None = None
        for part in parts:
            try:
                events += self._parse(part, content_type)
            except UNREADABLE as error:
                problem = error
        if problem is not None and not events:
            raise problem
        return events

    def split(self, body: bytes) -> list[bytes]:
        """A call with several events, as calls with one each; empty where it isn't a list."""
        try:
            found = json.loads(body)
        except (ValueError, RecursionError):
            return []
        return [json.dumps([each]).encode() for each in found] if isinstance(found, list) else []

    def kept_mails(self, body: bytes) -> list[KeptMail]:
        """Mails that came in and that the service keeps on its own side; empty where the call holds them. Raises what
        is `UNREADABLE`."""
        return []

    def fetch(self, mail: KeptMail) -> bytes:
        """At most the first `LONGEST_KEPT` octets of it. Asks the service, within some seconds and never within a
        transaction. Raises `CannotFetch`."""
        raise CannotFetch(f"{self._view_class.esp_name} keeps no mail.")

    def _parse(self, body: bytes, content_type: str) -> Any:
        return self._make_view().parse_events(stored_request(body, content_type))  # it may keep a state: one a call


def is_guessable(secret: str) -> bool:
    """Of a user name and a password: anybody may try as often as they like, and then say of readers what they like."""
    _user, colon, password = secret.partition(":")
    return not colon or len(password) < SHORTEST_PASSWORD or len(set(password)) < SHORTEST_PASSWORD // 2


def stored_request(body: bytes, content_type: str) -> HttpRequest:
    """As the service called; signature and password are not kept."""
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "POST", "PATH_INFO": "/", "SERVER_NAME": "localhost", "SERVER_PORT": "443",
        "CONTENT_TYPE": content_type, "CONTENT_LENGTH": str(len(body)), "wsgi.input": BytesIO(body),
    }  # fmt: skip
    request = WSGIRequest(environ)
    len(request.body)  # some parsers want it after they have asked for the fields
    return request


def source_name(name: str, direction: Direction) -> str:
    return f"{name}-in" if direction is Direction.INBOUND else name


def name_and_direction(source: str) -> tuple[str, Direction]:
    """The name of the service and the direction, as `source_name` put them together."""
    name = source.removesuffix("-in")
    return name, Direction.TRACKING if name == source else Direction.INBOUND


def from_epoch(seconds: Any) -> datetime:
    """Raises ValueError for what is no time."""
    try:
        return datetime.fromtimestamp(float(seconds), tz=UTC)
    except (OverflowError, OSError):
        raise ValueError("no time") from None
