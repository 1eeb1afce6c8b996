"""The inbox of a development machine: what is caught, how it is kept, what its pages show."""

from __future__ import annotations

import smtplib
import socket
import time
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

from iria.inbox import views
from iria.inbox.catcher import Catcher
from iria.inbox.headers import brief
from iria.inbox.reading import take_apart, with_links
from iria.inbox.store import Caught, Store

RAW = (
    b"From: IRIA News <news@iria.example>\r\nTo: =?utf-8?q?Zo=C3=AB?= <zoe@example.org>\r\n"
    b"Subject: =?utf-8?q?Caf=C3=A9?= and\r\n more\r\nMIME-Version: 1.0\r\n"
    b'Content-Type: multipart/alternative; boundary="b"\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n'
    b"See https://news.example.org/a?b=1&c=2.\r\n<script>\r\n--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"
    b"<html><head><title>x</title></head><body><a href='https://news.example.org/a'>read</a></body></html>\r\n--b--\r\n"
)
pytestmark = pytest.mark.either_database  # mails that are caught lie in a file of their own


def caught(number: int = 1, raw: bytes = RAW) -> Caught:
    return Caught("bounces@iria.example", f"reader{number}@example.org", raw)


@pytest.fixture
def client(client: Client, settings: Settings) -> Client:
    """A browser on this machine."""
    settings.SITE_URL, settings.SITE_IS_LOCAL = "http://localhost:8000", True
    client.defaults["HTTP_HOST"] = "localhost"
    return client


@pytest.fixture
def store(tmp_path: Path, settings: Settings) -> Iterator[Store]:
    settings.INBOX_ENABLED = True
    settings.INBOX_FILE = tmp_path / "inbox.sqlite3"
    yield views.store()
    views.store().close()
    views.opened.cache_clear()


@pytest.fixture
def catcher(store: Store) -> Iterator[Catcher]:
    running = Catcher(store, port=0)
    running.start()
    yield running
    running.stop()


# --- the store


def test_the_newest_come_first_and_old_ones_go(tmp_path: Path) -> None:
    store = Store(tmp_path / "inbox.sqlite3", keep=100)
    store.add([caught(number) for number in range(1, 601)])
    mails = store.newest()
    assert [mail.envelope_to for mail in mails[:2]] == ["reader600@example.org", "reader599@example.org"]
    assert len(mails) == store.count() == 100
    assert store.raw(mails[-1].id - 1) is None
    store.close()


def test_the_search_finds_recipients_and_subjects_in_any_case_and_takes_signs_as_they_are(store: Store) -> None:
    store.add([caught(1), caught(2, b"Subject: 100% sure\r\n\r\n")])
    assert [mail.envelope_to for mail in store.newest(search="CAFÉ reader1@")] == ["reader1@example.org"]
    assert store.count("100%") == 1
    assert store.count("%") == 1
    assert store.count("reader_@") == 0


def test_a_transaction_that_fails_keeps_nothing_of_it(store: Store) -> None:
    with pytest.raises(AttributeError):
        store.add([caught(), None])  # type: ignore[list-item]
    assert store.count() == 0
    store.add([caught()])
    assert store.count() == 1


def test_headers_are_decoded_and_broken_ones_shown_as_they_came() -> None:
    assert brief(RAW) == ("IRIA News <news@iria.example>", "Zoë <zoe@example.org>", "Café and more")
    assert brief(b"Subject: =?nobody-knows?q?x?=\r\n\r\n")[2] == "=?nobody-knows?q?x?="
    assert brief(b"Subject: \xff\r\n\r\n")[2] == "\ufffd"
    assert brief(b"no header at all") == ("", "", "")


# --- the catcher


def test_a_mail_is_kept_byte_for_byte(catcher: Catcher, store: Store) -> None:
    body = b"Subject: dots\r\n\r\n.\r\n..two\r\n" + b"x" * 5000 + b"\r\nend\r\n"
    with smtplib.SMTP("127.0.0.1", catcher.port) as client:
        client.sendmail("a@iria.example", ["b@example.org", "c@example.org"], body)
    assert [mail.envelope_to for mail in store.newest()] == ["c@example.org", "b@example.org"]
    assert store.raw(store.newest()[0].id) == body


def test_pipelined_mails_in_one_write_are_all_answered_in_order(catcher: Catcher, store: Store) -> None:
    one = b"MAIL FROM:<a@iria.example> SIZE=10\r\nRCPT TO:<r%d@example.org>\r\nDATA\r\nSubject: %d\r\n\r\n..x\r\n.\r\n"
    conversation = b"EHLO x\r\n" + b"".join(one % (number, number) for number in range(50)) + b"QUIT\r\n"
    with socket.create_connection(("127.0.0.1", catcher.port), timeout=10) as connection:
        connection.sendall(conversation)
        answers = b"".join(iter(lambda: connection.recv(65536), b""))
    assert answers.count(b"250 2.0.0 Caught") == 50
    assert answers.endswith(b"221 2.0.0 Bye\r\n")
    assert [mail.subject for mail in store.newest()] == [str(number) for number in reversed(range(50))]
    assert (store.raw(store.newest()[0].id) or b"").endswith(b"\r\n\r\n.x\r\n")


def test_addresses_and_headers_in_any_script_are_taken(catcher: Catcher, store: Store) -> None:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "news@iria.example", "ольга@пример.example", "Новости"
    mail.set_content("…")
    with smtplib.SMTP("127.0.0.1", catcher.port) as client:
        client.ehlo()
        assert client.has_extn("8bitmime")
        assert client.has_extn("smtputf8")
        assert client.has_extn("pipelining")
        client.send_message(mail)
    assert store.newest()[0].envelope_to == "ольга@пример.example"
    assert store.newest()[0].subject == "Новости"


@pytest.mark.parametrize(
    ("commands", "answer"),
    [
        (b"DATA\r\n", b"503"),
        (b"RCPT TO:<a@example.org>\r\n", b"503"),
        (b"MAIL FROM:nobody\r\n", b"501"),
        (b"MAIL FROM:<>\r\nRCPT TO:<>\r\n", b"501"),
        (b"EXPN all\r\n", b"500"),
    ],
)
def test_commands_out_of_order_are_refused(commands: bytes, answer: bytes, catcher: Catcher) -> None:
    with socket.create_connection(("127.0.0.1", catcher.port), timeout=10) as connection:
        connection.sendall(commands + b"QUIT\r\n")
        answers = b"".join(iter(lambda: connection.recv(65536), b"")).splitlines()
    assert answers[-2].startswith(answer)


def test_a_store_that_cannot_keep_a_mail_is_not_hidden_from_the_sender(
    catcher: Catcher, store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    store._connection.execute("DROP TABLE raw")
    with smtplib.SMTP("127.0.0.1", catcher.port) as client, pytest.raises(smtplib.SMTPDataError) as refused:
        client.sendmail("a@iria.example", "b@example.org", b"Subject: x\r\n\r\n")
    assert refused.value.smtp_code == 451
    assert "inbox can't store mail" in caplog.text


def test_a_taken_port_is_said_by_start(catcher: Catcher, store: Store) -> None:
    with pytest.raises(OSError, match="in use"):
        Catcher(store, port=catcher.port).start()


# --- the pages


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["", "messages.json", "1/", "1/text", "1/html", "1/raw"])
def test_where_mail_is_not_caught_there_is_no_inbox(
    path: str, client: Client, settings: Settings, store: Store
) -> None:
    store.add([caught()])
    settings.INBOX_ENABLED = False
    assert client.get(f"/inbox/{path}").status_code == 404


def test_the_list_shows_recipient_and_subject_and_can_be_searched(client: Client, store: Store) -> None:
    assert "No mail yet" in client.get("/inbox/").content.decode()
    store.add([caught(number) for number in range(1, 62)])
    page = client.get("/inbox/").content.decode()
    assert "reader61@example.org" in page
    assert "Café and more" in page
    assert "1–50 of 61" in page
    assert "reader1@example.org" in client.get("/inbox/?page=2").content.decode()
    assert "1–1 of 1" in client.get("/inbox/?q=reader7@").content.decode()
    assert "No mail matches “nowhere”" in client.get("/inbox/?q=nowhere").content.decode()
    assert client.get("/inbox/?page=x").status_code == 200


def test_the_json_is_an_array_newest_first_with_the_pinned_names(client: Client, store: Store) -> None:
    store.add([caught(1)])
    store.add([caught(2)])
    newest, oldest = client.get("/inbox/messages.json").json()
    assert newest["id"] > oldest["id"]
    received = newest.pop("received_at")
    assert received.endswith("Z")
    assert newest == {
        "id": 2,
        "envelope_from": "bounces@iria.example",
        "envelope_to": "reader2@example.org",
        "from": "IRIA News <news@iria.example>",
        "to": "Zoë <zoe@example.org>",
        "subject": "Café and more",
    }


def test_raw_is_the_bytes_as_received(client: Client, store: Store) -> None:
    store.add([caught()])
    answer = client.get("/inbox/1/raw")
    assert answer["Content-Type"] == "message/rfc822"
    assert answer.content == RAW


def test_a_mail_lies_in_a_sandboxed_frame_under_a_policy_of_its_own(client: Client, store: Store) -> None:
    store.add([caught()])
    page = client.get("/inbox/1/").content.decode()
    assert 'src="/inbox/1/html"' in page
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in page
    part = client.get("/inbox/1/html")
    policy = part["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'; img-src 'self'")
    assert "allow-scripts" not in policy
    assert "script-src" not in policy
    assert '<head><base target="_blank"><title>' in part.content.decode()


def test_the_text_part_has_links_and_nothing_else_of_it_is_markup(client: Client, store: Store) -> None:
    store.add([caught()])
    page = client.get("/inbox/1/text").content.decode()
    assert 'href="https://news.example.org/a?b=1&amp;c=2"' in page
    assert "&lt;script&gt;" in page
    assert with_links("<https://a.example/x>") == (
        '&lt;<a href="https://a.example/x" target="_blank" rel="noopener">https://a.example/x</a>&gt;'
    )


@pytest.mark.django_db  # the page of a 404 is the site's
def test_headers_and_source_are_shown(client: Client, store: Store) -> None:
    store.add([caught()])
    assert "Café and more" in client.get("/inbox/1/headers").content.decode()
    assert "--b--" in client.get("/inbox/1/source").content.decode()
    assert client.get("/inbox/99/").status_code == 404


def test_clearing_takes_a_post(client: Client, store: Store) -> None:
    store.add([caught()])
    assert client.get("/inbox/clear").status_code == 405
    assert store.count() == 1
    assert client.post("/inbox/clear").status_code == 302
    assert store.count() == 0


def test_broken_mail_is_shown_and_not_refused() -> None:
    parts = take_apart(b"Content-Type: text/plain; charset=klingon\r\n\r\nn\xc3\xa4\xff")
    assert parts.text == "nä\ufffd"


LONG = 300_000
NESTED = b"".join(
    b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (depth, depth) for depth in range(3000)
)


@pytest.mark.parametrize(
    "raw",
    [
        b"Content-Type: text/html\r\n\r\n" + b"<head " * (LONG // 6),
        b"Subject: " + b"=?a?q?" * (LONG // 6) + b"\r\n\r\nx",
        b"Subject: " + b"=?" * 90 + b"x" * 3_000_000 + b"\r\n\r\nx",
        b"Content-Type: text/plain" + b"; a=b" * (LONG // 5) + b"\r\n\r\nx",
        b"Content-Type: text/plain;" + b" (" * (LONG // 2) + b"\r\n\r\nx",
        b"Content-Type: text/plain" + b";\r\n a*0*=utf-8''%41" * (LONG // 20) + b"\r\n\r\nx",
        b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\nContent-Disposition: attachment'
        + b"; filename*0=x" * (LONG // 15)
        + b"\r\n\r\nx\r\n--b--\r\n",
        b"X: y\r\n" * (LONG // 6) + b"\r\nx",
        b"X:\r\n" + b" \r\n" * (LONG // 3) + b"\r\nx",
        NESTED,
        b"Content-Type: text/plain\r\n\r\n" + b"http://" * (LONG // 7),
        b"Content-Type: text/plain\r\n\r\n" + b"mailto:." * (LONG // 8),
        b"Content-Type: text/plain\r\n\r\nhttp://" + b"." * LONG,
        b"Content-Type: text/plain\r\n\r\n" + b"http:// " * (LONG // 8),
        b"Content-Transfer-Encoding: base64\r\nContent-Type: text/plain\r\n\r\n" + b"=" * LONG,
    ],
    ids=lambda raw: repr(raw[:40]),
)
@pytest.mark.django_db  # the page of a 404 is the site's
def test_no_mail_hangs_a_page_or_the_catcher(client: Client, store: Store, raw: bytes) -> None:
    began = time.process_time()
    store.add([caught(raw=raw)])
    for path in ("", "1/", "1/text", "1/headers", "1/source", "1/html", "1/raw"):
        assert client.get(f"/inbox/{path}").status_code in {200, 404}
    assert time.process_time() - began < 15  # what took the square of the length took a minute


def test_a_long_head_still_says_what_the_mail_is_made_of() -> None:
    for end in (b"\r\n", b"\n"):
        head = b"X-Long: " + b"x" * LONG + end + b"Content-Type: text/html; charset=utf-8" + end
        assert take_apart(head + end + "<p>Bücher</p>".encode()).html == "<p>Bücher</p>"
