"""Get a connection to the mail server: connect, TLS, log in. Blocking, so it happens in a thread of its own.

Never in plain text where TLS was asked for: an attacker would only have to hide the offer. What goes wrong is
one sentence for the people who watch the edition.
"""

from __future__ import annotations

import smtplib
import socket
import ssl
from dataclasses import dataclass
from typing import Protocol

from lib import hosts, tls
from mail.transport import TransportError

CONNECT_SECONDS = 30  # RFC 5321 §4.5.3.2 leaves connecting open; a server that is there answers sooner
COMMAND_SECONDS = 300.0  # RFC 5321 §4.5.3.2
BUFFER_BYTES = 256 * 1024  # so that a whole mail is given out by one call


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
    @property
    def connections(self) -> int: ...
    @property
    def ehlo(self) -> str: ...


@dataclass(frozen=True, slots=True)
class OpenConnection:
    """An open connection, logged in and ready for MAIL, and what the server said it can do."""

    socket: socket.socket
    pipelining: bool  # RFC 2920
    smtputf8: bool  # RFC 6531
    eight_bits: bool  # 8BITMIME, RFC 6152
    size: int | None  # the most bytes of a mail (RFC 1870); 0: it does not say; None: it does not know SIZE


def server_name(route: Route) -> str:
    return f"The mail server {route.host}:{route.port}"


def dial(route: Route) -> OpenConnection:
    """Raises `TransportError`."""
    name = server_name(route)
    server: smtplib.SMTP
    try:
        if route.tls == "implicit":
            server = smtplib.SMTP_SSL(
                route.host, route.port, local_hostname=route.ehlo or None, timeout=CONNECT_SECONDS,
                context=tls.client_context(),
            )  # fmt: skip
        else:
            server = smtplib.SMTP(route.host, route.port, local_hostname=route.ehlo or None, timeout=CONNECT_SECONDS)
    except ssl.SSLError as error:
        raise TransportError(f"{name}: no secure connection ({error.reason}).", fatal=True) from None
    except socket.gaierror:
        raise TransportError(f"The mail server “{route.host}” can't be found. Check EMAIL_URL.") from None
    except (OSError, smtplib.SMTPException) as error:
        raise TransportError(f"{name} cannot be reached: {_words(error)}.") from None
    try:
        if server.sock is not None:
            server.sock.settimeout(COMMAND_SECONDS)
            if not route.ehlo and server.local_hostname.startswith("[127."):  # of a machine without a full name
                server.local_hostname = hosts.address_literal(server.sock.getsockname()[0]) or server.local_hostname
        _secure_and_log_in(server, route)
    except BaseException:
        server.close()
        raise
    if server.sock is None:
        raise TransportError(f"{name} ended the connection.")
    line, server.sock = server.sock, None  # ours from here on; smtplib must not close it
    if server.file is not None:
        server.file.close()  # it would keep the socket open when we close it
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # or the end of a mail waits for an acknowledgement
    line.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER_BYTES)
    return OpenConnection(
        line,
        pipelining=server.has_extn("pipelining"),
        smtputf8=server.has_extn("smtputf8"),
        eight_bits=server.has_extn("8bitmime"),
        size=_size(server),
    )


def _size(server: smtplib.SMTP) -> int | None:
    if not server.has_extn("size"):
        return None
    most = server.esmtp_features["size"].strip()
    return int(most) if most.isascii() and most.isdigit() else 0


def _secure_and_log_in(server: smtplib.SMTP, route: Route) -> None:
    name = server_name(route)
    try:
        _introduce(server, name)
        if route.tls == "starttls":
            if not server.has_extn("starttls"):
                raise TransportError(f"{name} {_NO_STARTTLS}", fatal=True)
            server.starttls(context=tls.client_context())
            _introduce(server, name)  # what was offered before TLS does not count any more (RFC 3207 §4.2)
        if route.username:
            server.login(route.username, route.password)
    except ssl.SSLError as error:
        raise TransportError(f"{name}: no secure connection ({error.reason}).", fatal=True) from None
    except smtplib.SMTPAuthenticationError as error:
        sentence = f"{name} refuses the user name or password: {_reply(error)}".rstrip()
        raise TransportError(sentence, fatal=error.smtp_code // 100 == 5) from None
    except smtplib.SMTPNotSupportedError:
        if route.tls == "none" and server.has_extn("starttls"):
            sentence = f"{name} lets nobody log in without TLS. Add tls=starttls to EMAIL_URL."
        else:
            sentence = f"{name} offers no way to log in that we know, but EMAIL_URL has a user name and a password."
        raise TransportError(sentence, fatal=True) from None
    except (OSError, smtplib.SMTPException) as error:
        raise TransportError(f"{name} cannot be used: {_words(error)}.") from None


_NO_STARTTLS = "offers no STARTTLS, but EMAIL_URL asks for it or has a password. Only tls=none goes without encryption."


def _introduce(server: smtplib.SMTP, name: str) -> None:
    """EHLO, or HELO where the server does not know it; its own words when it wants neither.

    421 means that the server closes the connection (RFC 5321 §3.8): smtplib would go on to HELO, and report that.
    """
    refused: list[str] = []
    for say in (server.ehlo, server.helo):
        code, words = say()
        if code // 100 == 2:
            return
        refused.append(f"{code} {_text(words)}".rstrip())
        if code // 100 == 4 or code < 0:
            break
    raise TransportError(
        f"{name} doesn't accept us under the name “{server.local_hostname}”: {refused[0]}. EHLO_NAME sets another name."
    )


def _reply(error: smtplib.SMTPResponseException) -> str:
    return f"{error.smtp_code} {_text(error.smtp_error)}".rstrip()


def _text(words: bytes | str) -> str:
    return words.decode("utf-8", "replace") if isinstance(words, bytes) else words


def _words(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return "it does not answer"
    if isinstance(error, ConnectionRefusedError):
        return "nothing listens there"
    if isinstance(error, smtplib.SMTPResponseException):
        return _reply(error).rstrip(".")
    if isinstance(error, smtplib.SMTPServerDisconnected):
        return "it ended the connection without a word"
    return (getattr(error, "strerror", None) or str(error) or type(error).__name__).rstrip(".")
