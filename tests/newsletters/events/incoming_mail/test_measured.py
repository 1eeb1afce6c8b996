"""Any bytes have an answer, at a cost that is known before: no exception, nothing that grows with the square."""

from __future__ import annotations

import encodings
import time
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletters.events.incoming_mail import kinds, statuses
from newsletters.events.incoming_mail.measured import LONGEST_LINE, LONGEST_MAIL, MOST_TEXT, take_apart
from newsletters.events.incoming_mail.reading import read_mail
from tests.newsletters.events.incoming_mail import mails
from tests.newsletters.events.incoming_mail.mails import ADA

GENEROUS = 8.0  # seconds; quadratic ways take minutes for these
MUCH = 400_000
HEADS = {
    "text": b"From: MAILER-DAEMON@x.example\nSubject: failure notice\n\nHi. This is the qmail-send program\n",
    "page": b"From: MAILER-DAEMON@x.example\nContent-Type: text/html\n\nundeliverable ",
    "report": b"From: MAILER-DAEMON@x.example\nContent-Type: multipart/report; boundary=b\n\n--b\n"
    b"Content-Type: message/delivery-status\n\nFinal-Recipient: rfc822; a@b.c\nAction: failed\nDiagnostic-Code: smtp; ",
    "subject": b"From: MAILER-DAEMON@x.example\nSubject: ",
    "type": b"From: MAILER-DAEMON@x.example\nContent-Type: multipart/mixed; boundary=x",
    "parts": b"From: MAILER-DAEMON@x.example\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\n",
    "nothing": b"",
}
BODIES = {
    "at": b"@", "angle": b"<", "words": b"user ", "dots": b"a.", "addresses": b"a@b.c\n", "letters": b"a", "blanks":
    b" ",
    "lines": b"\n", "parameters": b";a=b", "nested": b"Content-Type: multipart/mixed; boundary=b\n\n--b\n",
    "quotes": b'"', "backslashes": b'"\\', "brackets": b"(", "encoded": b"=?utf-8?q?a?= ", "tags": b"<div>",
    "fields": b"a: b\n", "groups": b"Final-Recipient: rfc822; a@b.c\nAction: failed\n\n", "carriage": b"\r",
    "wide": "é".encode(), "marks": "́".encode(), "zero": b"\0", "mailbox": b"mailbox a is ", "message":
    b"message could ",
}  # fmt: skip


@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize("body", BODIES)
def test_the_worst_mails_take_no_time(head: str, body: str) -> None:
    raw = HEADS[head] + BODIES[body] * (MUCH // len(BODIES[body]))
    began = time.process_time()
    read_mail(raw)
    assert time.process_time() - began < GENEROUS


@given(st.binary(max_size=2_000))
def test_any_bytes_have_an_answer(raw: bytes) -> None:
    reading = read_mail(raw)
    reading.address.encode()  # and no half of a character in it
    reading.rule.encode()


@given(
    st.sampled_from([mails.postfix, mails.exim, mails.google, mails.courier]),
    st.lists(st.tuples(st.integers(0, 4_000), st.binary(min_size=1, max_size=6)), max_size=12),
    st.integers(0, 4_000),
)
def test_a_damaged_bounce_has_an_answer(form: mails.Form, damage: list[tuple[int, bytes]], cut: int) -> None:
    raw = bytearray(form("550 5.1.1 User unknown", "5.1.1"))
    for at, octets in damage:
        raw[at : at + len(octets)] = octets
    read_mail(bytes(raw[cut:]))
    read_mail(bytes(raw[:cut]))


@pytest.mark.parametrize(
    "charset", ["punycode", "idna", "unicode_escape", "utf-7", "utf-16", "hex", "undefined", '"', "rot13"]
)
def test_any_character_set_is_read(charset: str) -> None:
    raw = f"Content-Type: text/plain; charset={charset}\n\n".encode() + b"a\\x\xff\xfe+2AA-" * 20_000
    began = time.process_time()
    (part,) = take_apart(raw).parts
    part.text.encode()
    assert time.process_time() - began < GENEROUS


def test_what_is_read_is_bounded() -> None:
    (part,) = take_apart(b"Subject: a\n\n" + b"word " * 1_000_000).parts
    assert len(part.text) <= MOST_TEXT + MOST_TEXT // LONGEST_LINE
    assert max(map(len, part.text.split("\n"))) <= LONGEST_LINE


def test_memory_is_bounded_however_many_parts_there_are() -> None:
    raw = b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\na\n" * 2_000_000
    tracemalloc.start()
    take_apart(raw)
    _size, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 200 * LONGEST_MAIL


def test_a_bounce_behind_which_a_huge_mail_is_returned_is_read() -> None:
    raw = mails.postfix("550 5.1.1 User unknown", "5.1.1")
    assert read_mail(raw + b"y\n" * 5_000_000).address == ADA


@pytest.mark.parametrize("codec", ["idna", "punycode", "undefined", "unicode_escape", "hex", "utf-16", "a\0b", "", "x"])
@pytest.mark.parametrize("parameter", ["boundary", "charset", "name", "report-type"])
def test_a_parameter_in_any_codec_is_read(codec: str, parameter: str) -> None:
    """RFC 2231: a parameter's value may name a character set of its own."""
    raw = f"Content-Type: multipart/mixed; {parameter}*={codec}'en'xyz%ff%00\n\n--xyz\n\nHello\n".encode()
    read_mail(raw)
    read_mail(b"Content-Type: multipart/report; boundary=b\n\n--b\n" + raw + b"\n--b--\n")


def test_lines_that_are_nearly_addresses_cost_no_more_than_their_length() -> None:
    nearly = ">" * 60 + "@" + ">" * 900 + "a\n"
    other = "a" * 64 + "@" + "b)" * 400 + "\n"
    said = "From: MAILER-DAEMON@x.example\nSubject: failure notice\n\nHi. This is the qmail-send program\n"
    recipients = "".join(f"<person{n}@gone.example>:\n550 5.1.1 User unknown\n{nearly}{other}" for n in range(150))
    began = time.process_time()
    read_mail((said + recipients).encode())
    assert time.process_time() - began < GENEROUS


@pytest.mark.parametrize("how", ["named in a field", "named in the text", "each with a report"])
def test_many_recipients_cost_no_more_than_few(how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is expensive is to look for each wording: no mail has more characters looked at than its limit."""
    looked_at: list[int] = []
    judge_words = statuses._kind

    def counted(words: str, status: str, code: str) -> tuple[kinds.MailKind, str, bool]:
        looked_at.append(len(words))
        return judge_words(words, status, code)

    monkeypatch.setattr(statuses, "_kind", counted)
    people = [f"u{number}@e.example" for number in range(200)]
    vague = "zz 5 " * 180
    head = "From: MAILER-DAEMON@x.example\nSubject: Undelivered Mail Returned to Sender\n"
    raw = {
        "named in a field": f"{head}X-Failed-Recipients: {','.join(people)}\n\nThis is the mail system at host x.\n"
        + f"{vague}\n" * 70,
        "named in the text": f"{head}\nThis is the mail system at host x.\n"
        + "".join(f"<{person}>: {person} {vague[:200]}\n" for person in people),
        "each with a report": f"{head}Content-Type: message/delivery-status\n\n"
        + "".join(
            f"Final-Recipient: rfc822; {person}\nDiagnostic-Code: smtp; {person} {vague}\n\n" for person in people
        ),
    }[how]
    assert len(read_mail(raw.encode()).failures) > 50
    assert 0 < sum(looked_at) <= statuses.MOST_OF_A_MAIL


@pytest.mark.parametrize(
    "form",
    [
        "Subject: =?{}?q?a?=\n\nHello\n",
        "Content-Type: text/plain; charset={}\n\nHello\n",
        "Content-Type: multipart/mixed; boundary*={}'en'xyz\n\n--xyz\n\nHello\n",
    ],
)
def test_no_name_of_a_character_set_is_remembered(form: str) -> None:
    """Python keeps each name that it was asked for, known or not: mails could fill the memory with them."""
    read_mail(form.format("utf-8").encode())
    before = len(encodings._cache)
    for number in range(20):
        read_mail(form.format(f"invented-{len(form)}-{number}").encode())
        read_mail(form.format(f"utf{'-' * number}_8").encode())
    assert len(encodings._cache) == before


@pytest.mark.parametrize(
    "charset", ["KOI8-U", "windows-1251", '"UTF-8"', "iso-8859-5", "cp866", "utf_8_sig", "GB18030"]
)
def test_character_sets_are_known_by_any_of_their_names(charset: str) -> None:
    name = charset.strip('"')
    (part,) = take_apart(f"Content-Type: text/plain; charset={charset}\n\n".encode() + "Привет".encode(name)).parts
    assert part.text == "Привет"
