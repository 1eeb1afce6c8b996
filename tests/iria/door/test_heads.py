"""What the door lets in by its head, and what Django then sees of it."""

from __future__ import annotations

import pytest

from tests.iria.door.conftest import OpenDoor, Opened

pytestmark = pytest.mark.slow
HOST = b"Host: iria.example\r\n"
CLOSING = HOST + b"Connection: close\r\n"


@pytest.fixture(scope="module")
def door(open_door: OpenDoor) -> Opened:
    return open_door()


def post(*headers: bytes, body: bytes = b"hello") -> bytes:
    return b"POST / HTTP/1.1\r\n" + HOST + b"".join(each + b"\r\n" for each in headers) + b"\r\n" + body


@pytest.mark.parametrize(
    "length",
    [b"+5", b"-1", b"5, 5", b"5,6", b"0x5", b"5.0", b"5e0", b"", b"five", b"5 5", b"\xd9\xa5", b"9" * 40, b"5\x00"],
)
def test_an_odd_content_length_is_refused_and_the_connection_closed(door: Opened, length: bytes) -> None:
    heard = door.say(post(b"Content-Length: " + length))
    assert (heard.status, heard.closed) == (400, True)


@pytest.mark.parametrize(
    "headers",
    [
        [b"Content-Length: 5", b"Content-Length: 6"],
        [b"Transfer-Encoding: gzip"],
        [b"Transfer-Encoding: xchunked", b"Content-Length: 5"],
        [b"Transfer-Encoding: chunked", b"Transfer-Encoding: identity"],
        [b"Transfer-Encoding: chunked, identity"],
        [b"Transfer-Encoding : chunked"],
        [b"Content-Length : 5"],
        [b"X-A: a\r\n b", b"Content-Length: 5"],
        [b"X-A: a\x00b", b"Content-Length: 5"],
        [b"X A: a", b"Content-Length: 5"],
    ],
)
def test_a_head_that_two_programs_could_read_in_two_ways_is_refused(door: Opened, headers: list[bytes]) -> None:
    heard = door.say(post(*headers))
    assert (heard.status, heard.closed) == (400, True)


def test_a_length_beside_chunks_is_not_believed_and_the_connection_ends(door: Opened) -> None:
    """RFC 9112, section 6.1: or the next request on the connection could be smuggled in."""
    smuggled = b"5\r\nhello\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: iria.example\r\n\r\n"
    heard = door.say(post(b"Content-Length: 4", b"Transfer-Encoding: chunked", body=smuggled))
    assert heard.closed
    assert b"smuggled" not in heard.raw
    assert heard.json()["length of body"] == 5


@pytest.mark.parametrize(
    ("raw", "status"),
    [
        (b"GET /a%00b HTTP/1.1\r\n" + CLOSING + b"\r\n", 400),
        (b"GET /?q=a%00b HTTP/1.1\r\n" + CLOSING + b"\r\n", 400),
        (b"GET * HTTP/1.1\r\n" + CLOSING + b"\r\n", 400),
        (b"GET / HTTP/1.1\r\n" + CLOSING + b"Host: other.example\r\n\r\n", 400),
        (b"GET http://other.example/ HTTP/1.1\r\n" + CLOSING + b"\r\n", 400),
        (b"GET /" + b"a" * 9_000 + b" HTTP/1.1\r\n" + CLOSING + b"\r\n", 414),
        (b"GET /?" + b"a" * 9_000 + b" HTTP/1.1\r\n" + CLOSING + b"\r\n", 414),
        (b"GET / HTTP/1.1\r\n" + CLOSING + b"X: " + b"a" * 17_000 + b"\r\n\r\n", 431),
        (b"GET / HTTP/1.1\r\n" + CLOSING + b"".join(b"X-%d: a\r\n" % n for n in range(150)) + b"\r\n", 431),
        (b"GET / HTTP/1.1\r\n" + CLOSING + b"X: " + b"a" * 3_000_000 + b"\r\n\r\n", 431),
        (b"CONNECT iria.example:443 HTTP/1.1\r\n" + CLOSING + b"\r\n", 405),
        (b"TRACE / HTTP/1.1\r\n" + CLOSING + b"\r\n", 405),
        (b"BREW / HTTP/1.1\r\n" + CLOSING + b"\r\n", 405),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01", 400),
    ],
)
def test_a_head_that_cannot_be_meant_is_refused(door: Opened, raw: bytes, status: int) -> None:
    assert door.say(raw).status == status


def test_no_header_sets_more_than_its_own_variable(door: Opened) -> None:
    headers = (
        "SCRIPT_NAME: /evil\r\nScript-Name: /evil\r\nPATH_INFO: /evil\r\nX_Forwarded_For: 203.0.113.9\r\n"
        "Remote-Addr: 203.0.113.9\r\nContent_Length: 7\r\nwsgi.url_scheme: https\r\nHTTP_HOST: evil.example\r\n"
    )
    said = door.get("/echo", headers).json()
    assert (said["SCRIPT_NAME"], said["PATH_INFO"], said["REMOTE_ADDR"]) == ("", "/echo", "127.0.0.1")
    assert (said["HTTP_HOST"], said["wsgi.url_scheme"], said["CONTENT_LENGTH"]) == ("iria.example", "http", "0")
    evil = {name: value for name, value in said.items() if "evil" in str(value) or "203.0.113" in str(value)}
    assert evil == {"HTTP_SCRIPT_NAME": "/evil", "HTTP_REMOTE_ADDR": "203.0.113.9"}


def test_what_django_sees_is_the_request_alone(door: Opened) -> None:
    said = door.get("/caf%C3%A9/a%20b/?q=%C3%A9&x=1", "Cookie: a=1\r\nCookie: b=2\r\nAccept: x\r\nAccept: y\r\n").json()
    assert said["PATH_INFO"].encode("latin-1").decode() == "/café/a b/"
    assert said["QUERY_STRING"] == "q=%C3%A9&x=1"
    assert (said["HTTP_COOKIE"], said["HTTP_ACCEPT"]) == ("a=1; b=2", "x,y")
    assert "PATH" not in said  # nothing of the process's own environment


def test_a_refusal_says_in_the_language_of_the_address_what_to_do(door: Opened) -> None:
    english = door.get("/" + "a" * 9_000)
    arabic = door.get("/ar/" + "a" * 9_000)
    assert b'<html lang="en" dir="ltr">' in english.body and b"This address is too long." in english.body
    assert b'<html lang="ar" dir="rtl">' in arabic.body and "هذا العنوان طويل جدًا".encode() in arabic.body


def test_answers_arrive_as_they_were_made(door: Opened, tmp_path_factory: pytest.TempPathFactory) -> None:
    file = tmp_path_factory.mktemp("files") / "article.txt"
    file.write_bytes(b"words " * 20_000)
    assert door.get(f"/file?name={file}").body == file.read_bytes()
    assert door.get("/empty").status == 204
    echoed = door.get("/echo")
    assert "x-twice: a\r\nx-twice: b" in echoed.head
    only_head = door.say(b"HEAD /echo HTTP/1.1\r\nHost: iria.example\r\nConnection: close\r\n\r\n")
    assert (only_head.status, only_head.body) == (200, b"")
    download = door.get("/download?pieces=20")
    assert download.raw.count(b"x" * 65_536) == 20
    broken = door.get("/raises")
    assert broken.status == 500 and b"Something went wrong on our side" in broken.body
