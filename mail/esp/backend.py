"""A Django email backend as a channel: every ESP of django-anymail, by its own settings.

An ESP that answers says what it took. A call that ends without an answer may have been taken: the mail is in doubt.
"""

from __future__ import annotations

import contextlib
import ssl
import time
import traceback
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from anymail.exceptions import (
    AnymailAPIError,
    AnymailConfigurationError,
    AnymailRecipientsRefused,
    AnymailSerializationError,
    AnymailUnsupportedFeature,
)
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.utils.http import parse_http_date_safe
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError

from lib.addresses import address_key
from mail.esp.references import refer_to
from mail.results import Result, Verdict
from mail.send_reasons import SendReason, answer_reason
from mail.transport import AskedToWait, NoAnswer, Outgoing, TransportError, Unbuildable

_TAKEN = {"sent", "queued"}
_REFUSED = {"invalid", "rejected", "failed"}


# HTTP: a wrong key, no more credit, a wrong domain. No recipient's fault, and no other would fare better.
_OUR_ACCOUNT = {401, 402, 403, 404}
_REFUSING = {400, 406, 413, 422}  # this mail, for good

# Of Retry-After, whatever it says. Less than a second is no wait; a day is most often a mistake, or a quota that a
# person raises meanwhile, and to ask again every five minutes costs one call.
SHORTEST_WAIT, LONGEST_WAIT = 1.0, 300.0
PROVIDER_ID_LENGTH = 255  # of the columns that keep it


class BackendChannel:
    def __init__(self, backend: str) -> None:
        self._backend = backend
        self._connection: BaseEmailBackend | None = None

    def send(self, mail: Outgoing) -> Result:
        message = mail.message()
        if mail.envelope_from:
            message.from_email = message.from_email or mail.envelope_from
        connection = self._connection or self._open()
        refer_to(message, connection, mail.reference)
        try:
            taken = connection.send_messages([message])
        except AnymailRecipientsRefused as error:
            return Result(
                mail.key, Verdict.REJECTED, reason=SendReason.REFUSED, reply=str(error)[:500], email=mail.email
            )
        except AnymailConfigurationError as error:
            raise TransportError(f"The email service is not set up: {error}", fatal=True) from None
        except (AnymailUnsupportedFeature, AnymailSerializationError) as error:  # while the call was being put together
            raise Unbuildable(f"{type(error).__name__}: {error}") from error
        except AnymailAPIError as error:
            return self._api_error(mail, error)
        return self._status(mail, message, taken)

    def _api_error(self, mail: Outgoing, error: AnymailAPIError) -> Result:
        """What became of the mail. Raises `TransportError`, `AskedToWait` and `NoAnswer`."""
        _raise_if_not_begun(error)
        status = error.status_code
        reply = str(error)[:500]
        seconds = _retry_after(error)
        if status == 429 or (status == 503 and seconds is not None):
            raise _asked_to_wait(seconds) from None
        if status in _OUR_ACCOUNT:
            raise TransportError(f"The email service refuses our account: {status}.", fatal=True) from None
        if status in _REFUSING:
            return Result(
                mail.key, Verdict.REJECTED, reason=answer_reason("service", status), smtp_code=status, reply=reply
            )
        # Silence, or an error of theirs: they may have taken it. Only a call with an idempotency key could be made
        # again, and we give none yet.
        sentence = f"fails to answer properly: {status}" if status else "does not answer"
        raise NoAnswer(f"The email service {sentence}.", code=status, reply=reply) from None

    def _status(self, mail: Outgoing, message: EmailMultiAlternatives, taken: int | None) -> Result:
        own = _own_statuses(message, mail.email)
        statuses = {status.status or "unknown" for status in own}
        if statuses & _REFUSED:
            reply = ", ".join(sorted(statuses))
            return Result(mail.key, Verdict.REJECTED, reason=SendReason.REFUSED, reply=reply, email=mail.email)
        if statuses and not statuses & _TAKEN:
            return Result(
                mail.key, Verdict.IN_DOUBT, reason=SendReason.SERVICE_UNKNOWN, reply=", ".join(sorted(statuses))
            )
        if not taken:
            return Result(mail.key, Verdict.REJECTED, reason=SendReason.REFUSED, reply="The backend sent nothing.")
        return Result(mail.key, Verdict.ACCEPTED, provider_id=_provider_id(own))

    def _open(self) -> BaseEmailBackend:
        try:
            connection: BaseEmailBackend = get_connection(self._backend, fail_silently=False)
            connection.open()
        except (ImproperlyConfigured, ImportError) as error:
            raise TransportError(f"The email backend {self._backend} is not set up: {error}", fatal=True) from None
        except OSError as error:
            raise TransportError(f"The email backend {self._backend} cannot be reached: {error}") from None
        self._connection = connection
        return connection

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(Exception):
                connection.close()

    def abort(self) -> None:
        """A call cannot be broken off; it ends by its own timeout."""


# --- what an error proves ---------------------------------------------------------------------------------------
def _raise_if_not_begun(error: BaseException) -> None:
    """Raises `TransportError` if there was no connection yet, so that nothing was said. Any other failure may have come
    after the service took the mail."""
    for cause in _causes(error):
        if isinstance(cause, NameResolutionError):
            raise TransportError("The email service's host name can't be found. Check its address.") from None
        if isinstance(cause, NewConnectionError | ConnectTimeoutError):
            raise TransportError("The email service cannot be reached.") from None
        if _is_of_handshake(cause):
            if isinstance(cause, ssl.SSLError):
                why = f"The email service: no secure connection ({cause.reason})."
                raise TransportError(why, fatal=True) from None
            raise TransportError("The email service cannot be reached.") from None


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _is_of_handshake(error: BaseException) -> bool:
    """By where it was raised: what TLS calls its reasons is the same before and after the request."""
    return isinstance(error, OSError) and any(
        frame.f_code is ssl.SSLSocket.do_handshake.__code__ for frame, _ in traceback.walk_tb(error.__traceback__)
    )


# --- being asked to wait ----------------------------------------------------------------------------------------
def _retry_after(error: AnymailAPIError) -> float | None:
    """The seconds of the answer's Retry-After (RFC 9110 §10.2.3: seconds, or a date); None if there is none to read."""
    headers = getattr(error.response, "headers", None) or {}  # boto3 gives a dictionary instead of a response
    value = headers.get("Retry-After", "").strip()
    if value.isascii() and value.isdigit():
        return float(value)
    date = parse_http_date_safe(value)
    return None if date is None else date - time.time()


def _asked_to_wait(seconds: float | None) -> AskedToWait:
    if seconds is None:
        return AskedToWait("The email service asks us to slow down.")
    wait = min(max(seconds, SHORTEST_WAIT), LONGEST_WAIT)
    until = datetime.fromtimestamp(round(time.time() + wait), UTC)
    sentence = "asks us to wait until" if wait >= seconds else "asks us to wait; it is asked again at"
    return AskedToWait(f"The email service {sentence} {until:%H:%M:%S} UTC.", seconds=wait)


# --- statuses ---------------------------------------------------------------------------------------------------
def _own_statuses(message: EmailMultiAlternatives, email: str) -> list[Any]:
    """What the service says of this address and not of another that got a copy (anymail: `anymail_status.recipients`).
    It may write an address in its own way; where none looks like ours, all are, since a call has one recipient."""
    recipients: dict[str, Any] = getattr(getattr(message, "anymail_status", None), "recipients", None) or {}
    own = address_key(email)
    return [status for address, status in recipients.items() if address_key(address) == own] or [*recipients.values()]


def _provider_id(statuses: Sequence[Any]) -> str:
    """What the service calls the mail, by which its events will name it. One recipient, so one ID."""
    return next((str(status.message_id)[:PROVIDER_ID_LENGTH] for status in statuses if status.message_id), "")
