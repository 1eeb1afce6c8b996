"""A Django e-mail backend as a channel: every ESP of django-anymail, by its own settings.

An ESP that answers says what it took. A call that ends without an answer may have been taken: the mail is in doubt.
"""

from __future__ import annotations

import contextlib
import ssl

from anymail.exceptions import AnymailAPIError, AnymailConfigurationError, AnymailRecipientsRefused
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from newsletters.delivery.outcomes import Result
from newsletters.delivery.transports.base import Outgoing, Unreachable
from newsletters.models.deliveries import Outcome

_TAKEN = {"sent", "queued"}
_REFUSED = {"invalid", "rejected", "failed"}


# HTTP: a wrong key, no more credit, a wrong domain. No recipient's fault, and no other would fare better.
_OUR_ACCOUNT = {401, 402, 403, 404}
_REFUSING = {400, 406, 413, 422}  # this mail, for good


def _never_connected(error: BaseException | None) -> bool:
    """No connection was made, so nothing was said. Any other failure may have come after the service took the mail."""
    while error is not None:
        if isinstance(error, NewConnectionError | ConnectTimeoutError | ssl.SSLCertVerificationError):
            return True
        error = error.__cause__ or error.__context__
    return False


class BackendChannel:
    def __init__(self, backend: str) -> None:
        self._backend = backend
        self._connection: BaseEmailBackend | None = None

    def send(self, mail: Outgoing) -> Result:
        message = mail.message()
        if mail.envelope_from:
            message.from_email = message.from_email or mail.envelope_from
        connection = self._connection or self._open()
        try:
            taken = connection.send_messages([message])
        except AnymailRecipientsRefused as error:
            return Result(*mail.member, Outcome.REJECTED, reason="refused", reply=str(error)[:500], email=mail.email)
        except AnymailConfigurationError as error:
            raise Unreachable(f"The e-mail service is not set up: {error}", fatal=True) from None
        except AnymailAPIError as error:
            return self._api_error(mail, error)
        return self._status(mail, message, taken)

    def _api_error(self, mail: Outgoing, error: AnymailAPIError) -> Result:
        status = error.status_code
        reply = str(error)[:500]
        if _never_connected(error):
            raise Unreachable("The e-mail service cannot be reached.") from None
        if status in _OUR_ACCOUNT:
            raise Unreachable(f"The e-mail service refuses our account: {status}.", fatal=True) from None
        if status == 429:
            return Result(*mail.member, Outcome.DEFERRED, reason="service_429", smtp_code=429, reply=reply)
        if status in _REFUSING:
            return Result(*mail.member, Outcome.REJECTED, reason=f"service_{status}", smtp_code=status, reply=reply)
        # No answer, or an error of theirs: they may have taken it.
        return Result(*mail.member, Outcome.IN_DOUBT, reason="service_no_answer", smtp_code=status, reply=reply)

    def _status(self, mail: Outgoing, message: EmailMultiAlternatives, taken: int | None) -> Result:
        status = getattr(message, "anymail_status", None)
        statuses: set[str] = set(getattr(status, "status", None) or ())
        if statuses & _REFUSED:
            reply = ", ".join(sorted(statuses))
            return Result(*mail.member, Outcome.REJECTED, reason="refused", reply=reply, email=mail.email)
        if statuses and not statuses & _TAKEN:
            return Result(*mail.member, Outcome.IN_DOUBT, reason="service_unknown", reply=", ".join(sorted(statuses)))
        if not taken:
            return Result(*mail.member, Outcome.REJECTED, reason="refused", reply="The backend sent nothing.")
        return Result(*mail.member, Outcome.ACCEPTED, reply=str(getattr(status, "message_id", "") or "")[:500])

    def _open(self) -> BaseEmailBackend:
        try:
            connection: BaseEmailBackend = get_connection(self._backend, fail_silently=False)
            connection.open()
        except (ImproperlyConfigured, ImportError) as error:
            raise Unreachable(f"The e-mail backend {self._backend} is not set up: {error}", fatal=True) from None
        except OSError as error:
            raise Unreachable(f"The e-mail backend {self._backend} cannot be reached: {error}") from None
        self._connection = connection
        return connection

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(Exception):
                connection.close()

    def abort(self) -> None:
        """A call cannot be broken off; it ends by its own timeout."""
