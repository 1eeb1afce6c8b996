"""How we introduce ourselves to a mail server, and what it says when it wants none of that."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from iria.env import EmailRoute
from mail.smtp.connecting import dial
from mail.transport import TransportError

OFFERS = b"250-mx.example.net\r\n250-STARTTLS\r\n250 8BITMIME\r\n"


@contextmanager
def scripted(
    answer: Callable[[bytes], bytes], *, greeting: bytes = b"220 mx ready\r\n"
) -> Iterator[tuple[int, list[bytes]]]:
    """A server for one connection, which closes after a 421; the port, and the lines it got."""
    heard: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(10)

        def serve() -> None:
            connection, _ = listener.accept()
            with connection, connection.makefile("rb") as lines:
                connection.sendall(greeting)
                if not greeting.startswith(b"220"):
                    return
                for line in lines:
                    verb, space, rest = line.strip().partition(b" ")
                    heard.append(verb.upper() + space + rest)
                    said = answer(heard[-1])
                    connection.sendall(said)
                    if not said or said.startswith(b"421"):
                        return

        thread = threading.Thread(target=serve)
        thread.start()
        yield listener.getsockname()[1], heard
        thread.join(timeout=10)


def full_names_only(line: bytes) -> bytes:
    verb, _, name = line.strip().partition(b" ")
    if verb == b"EHLO" and (name.startswith(b"[127.") or b"." not in name):
        return b"421-4.7.0 Try again later, closing connection. (EHLO)\r\n421 4.7.0 see the help page\r\n"
    return OFFERS


def test_the_given_name_is_said_at_ehlo() -> None:
    with scripted(full_names_only) as (port, heard):
        dial(EmailRoute(host="127.0.0.1", port=port, ehlo="news.example.org")).socket.close()
    assert heard == [b"EHLO news.example.org"]


def test_the_servers_own_words_are_passed_on_when_it_refuses_the_name() -> None:
    with scripted(full_names_only) as (port, heard), pytest.raises(TransportError) as trouble:
        dial(EmailRoute(host="127.0.0.1", port=port, ehlo="web-1"))
    assert "421 4.7.0 Try again later, closing connection. (EHLO)" in str(trouble.value)
    assert "see the help page" in str(trouble.value)
    assert "“web-1”" in str(trouble.value) and "EHLO_NAME" in str(trouble.value)
    assert heard == [b"EHLO web-1"], "a server that closes is asked nothing more"


def test_a_server_that_knows_no_ehlo_is_told_helo() -> None:
    with scripted(lambda line: b"250 mx\r\n" if line.startswith(b"HELO") else b"502 5.5.2 unknown\r\n") as (
        port,
        heard,
    ):
        opened = dial(EmailRoute(host="127.0.0.1", port=port, ehlo="news.example.org"))
        opened.socket.close()
    assert heard == [b"EHLO news.example.org", b"HELO news.example.org"]
    assert not opened.pipelining


@pytest.mark.parametrize(
    ("greeting", "words"),
    [
        (b"554 5.7.1 Service unavailable; blocked using a list\r\n", "554 5.7.1 Service unavailable; blocked"),
        (b"421 4.3.2 too many connections\r\n", "421 4.3.2 too many connections"),
        (b"", "ended the connection without a word"),
    ],
)
def test_a_refusal_in_the_greeting_is_told_in_the_servers_words(greeting: bytes, words: str) -> None:
    with scripted(lambda _line: b"", greeting=greeting) as (port, _), pytest.raises(TransportError) as trouble:
        dial(EmailRoute(host="127.0.0.1", port=port))
    assert words in str(trouble.value)
    assert "b'" not in str(trouble.value)


def test_a_refused_starttls_is_told_in_the_servers_words() -> None:
    def answer(line: bytes) -> bytes:
        return b"454 4.7.0 TLS not available due to local trouble\r\n" if b"STARTTLS" in line else OFFERS

    route = EmailRoute(host="127.0.0.1", tls="starttls", username="u", password="geheim")
    with scripted(answer) as (port, heard), pytest.raises(TransportError, match=r"454 4\.7\.0 TLS not available"):
        dial(EmailRoute(host=route.host, port=port, tls=route.tls, username=route.username, password=route.password))
    assert not any(line.startswith(b"AUTH") for line in heard), "the password went out in the clear"


@pytest.mark.parametrize(
    ("offers", "words"), [(OFFERS, "Add tls=starttls to EMAIL_URL"), (b"250 mx\r\n", "no way to log in that we know")]
)
def test_a_server_without_a_login_is_named_with_what_would_help(offers: bytes, words: str) -> None:
    with scripted(lambda _line: offers) as (port, heard), pytest.raises(TransportError, match=words) as trouble:
        dial(EmailRoute(host="127.0.0.1", port=port, username="u", password="geheim"))
    assert trouble.value.fatal
    assert "geheim" not in str(trouble.value)
    assert [line[:4] for line in heard] == [b"EHLO"]
