"""One kept SMTP connection. Its whole job is to say truly what became of a mail.

Until the final dot nothing was taken, whatever happens; a connection that breaks after it leaves the mail in doubt.
Timeouts are those of RFC 5321 §4.5.3.2: connect 30 s, commands 300 s, the answer to the final dot 600 s.
"""

from __future__ import annotations

import contextlib
import smtplib
import socket
import ssl
from typing import Protocol

from newsletters.delivery.outcomes import Result, from_reply
from newsletters.delivery.transports.base import Outgoing, Stale, Unreachable
from newsletters.models.deliveries import Outcome
from subscribers.addresses import with_ascii_domain

CONNECT_SECONDS, COMMAND_SECONDS, FINAL_SECONDS = 30, 300, 600
_BROKEN = (OSError, smtplib.SMTPServerDisconnected)


class Route(Protocol):
    """What is needed of settings.EMAIL_ROUTE."""

    @property
    def host(self) -> str: ...
    @property
    def port(self) -> int: ...
    @property
    def username(self) -> str: ...
    @property
    def password(self) -> str: ...
    @property
    def tls(self) -> str: ...


class _ServerLeft(Exception):
    """The server said 421 or went away before it could have taken the mail."""


class SmtpChannel:
    def __init__(self, route: Route) -> None:
        self._route = route
        self._server: smtplib.SMTP | None = None

    def send(self, mail: Outgoing) -> Result:
        data = mail.data()
        for attempt in (1, 2, 3):
            server = self._server or self._connect()
            if mail.is_stale:
                raise Stale
            try:
                return self._transact(server, mail, data)
            except _ServerLeft as left:
                # Nothing was taken. A kept connection may have timed out, so a fresh one is tried at once, twice.
                self.close()
                if attempt == 3:
                    raise Unreachable(f"{self._name()} ends the connection: {left}") from None
        raise AssertionError("unreachable")

    # --- a mail -----------------------------------------------------------------------------------------------
    def _transact(self, server: smtplib.SMTP, mail: Outgoing, data: bytes) -> Result:
        options = []
        address = with_ascii_domain(mail.email)
        if not address.isascii():
            if not server.has_extn("smtputf8"):
                return Result(
                    *mail.member, Outcome.REJECTED, reason="no_smtputf8", email=mail.email,
                    reply=f"{self._name()} takes no addresses beyond ASCII (SMTPUTF8, RFC 6531)",
                )  # fmt: skip
            options = ["SMTPUTF8"]
        code, reply = self._say(server, lambda: server.mail(with_ascii_domain(mail.envelope_from), options))
        if code // 100 == 5:
            self._reset(server)
            raise Unreachable(f"{self._name()} refuses the sender {mail.envelope_from}: {code} {reply}", fatal=True)
        stage = "mail"
        if code // 100 == 2:
            stage = "rcpt"
            code, reply = self._say(server, lambda: server.rcpt(address))
        if code // 100 == 2 and stage == "rcpt":
            stage = "data"
            code, reply = self._say(server, lambda: server.docmd("DATA"))
        if code // 100 in {2, 3} and code != 354:
            raise _ServerLeft(f"{code} {reply} is no answer to DATA")
        if code != 354:
            self._reset(server)
            return from_reply(*mail.member, code, reply, stage=stage, email=mail.email)
        return self._body(server, mail, data)

    def _body(self, server: smtplib.SMTP, mail: Outgoing, data: bytes) -> Result:
        try:
            _patience(server, FINAL_SECONDS)
            server.send(data + (b".\r\n" if data.endswith(b"\r\n") else b"\r\n.\r\n"))
            code, raw = server.getreply()
            _patience(server, COMMAND_SECONDS)
        except _BROKEN as error:
            self.close()
            return Result(*mail.member, Outcome.IN_DOUBT, reason="connection_lost", reply=str(error)[:500])
        reply = raw.decode("utf-8", "replace")
        if code == -1:  # smtplib's way to say that the line was no SMTP reply
            self.close()
            return Result(*mail.member, Outcome.IN_DOUBT, reason="no_reply", reply=reply[:500])
        if code == 421:
            self.close()
        return from_reply(*mail.member, code, reply, stage="final", email=mail.email)

    def _say(self, server: smtplib.SMTP, command: Command) -> tuple[int, str]:
        """A command before the final dot. Raises `_ServerLeft` for 421 and for a connection that is gone."""
        try:
            code, reply = command()
        except _BROKEN as error:
            raise _ServerLeft(str(error) or type(error).__name__) from None
        text = reply.decode("utf-8", "replace")
        if code in {421, -1}:
            raise _ServerLeft(text)
        return code, text

    def _reset(self, server: smtplib.SMTP) -> None:
        """Ready for the next mail; a server that cannot even do that is left."""
        try:
            server.rset()
        except _BROKEN:
            self.close()

    # --- the connection ---------------------------------------------------------------------------------------
    def _connect(self) -> smtplib.SMTP:
        route = self._route
        context = ssl.create_default_context()
        server: smtplib.SMTP
        try:
            if route.tls == "implicit":
                server = smtplib.SMTP_SSL(route.host, route.port, timeout=CONNECT_SECONDS, context=context)
            else:
                server = smtplib.SMTP(route.host, route.port, timeout=CONNECT_SECONDS)
            server.ehlo_or_helo_if_needed()
        except ssl.SSLError as error:
            raise Unreachable(f"{self._name()}: no secure connection ({error.reason}).", fatal=True) from None
        except socket.gaierror:
            raise Unreachable(f"The mail server “{route.host}” is not known: check EMAIL_URL.") from None
        except (OSError, smtplib.SMTPException) as error:
            raise Unreachable(f"{self._name()} cannot be reached: {_words(error)}.") from None
        try:
            self._secure_and_log_in(server, context)
            _patience(server, COMMAND_SECONDS)
        except BaseException:
            server.close()
            raise
        self._server = server
        return server

    def _secure_and_log_in(self, server: smtplib.SMTP, context: ssl.SSLContext) -> None:
        route = self._route
        try:
            if route.tls == "starttls":
                if not server.has_extn("starttls"):
                    # Never in plain text instead: whoever sits between would only have to hide the offer.
                    raise Unreachable(f"{self._name()} offers no STARTTLS, but EMAIL_URL asks for it.", fatal=True)
                server.starttls(context=context)
                server.ehlo()
            if route.username:
                server.login(route.username, route.password)
        except ssl.SSLError as error:
            raise Unreachable(f"{self._name()}: no secure connection ({error.reason}).", fatal=True) from None
        except smtplib.SMTPAuthenticationError as error:
            raise Unreachable(
                f"{self._name()} refuses the user name or password: {error.smtp_code}.",
                fatal=error.smtp_code // 100 == 5,
            ) from None
        except (OSError, smtplib.SMTPException) as error:
            raise Unreachable(f"{self._name()} cannot be used: {_words(error)}.") from None

    def close(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            with contextlib.suppress(OSError):
                server.close()

    def abort(self) -> None:
        server = self._server
        if server is not None and server.sock is not None:
            with contextlib.suppress(OSError):
                server.sock.shutdown(socket.SHUT_RDWR)

    def _name(self) -> str:
        return f"The mail server {self._route.host}:{self._route.port}"


class Command(Protocol):
    def __call__(self) -> tuple[int, bytes]: ...


def _patience(server: smtplib.SMTP, seconds: float) -> None:
    if server.sock is not None:
        server.sock.settimeout(seconds)


def _words(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "it does not answer"
    if isinstance(error, ConnectionRefusedError):
        return "nothing listens there"
    return (getattr(error, "strerror", None) or str(error) or type(error).__name__).rstrip(".")
