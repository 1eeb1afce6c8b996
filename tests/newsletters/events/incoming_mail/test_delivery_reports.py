"""RFC 3464 and RFC 6533 as servers write them: fields missing, in the wrong case, in the wrong place."""

from __future__ import annotations

import base64

import pytest

from newsletters.events.incoming_mail.kinds import MailKind
from newsletters.events.incoming_mail.reading import read_mail
from tests.newsletters.events.incoming_mail.mails import ADA, RETURNED, group, mail, report

DAEMON = "MAILER-DAEMON@relay.example"
SUBJECT = "Undelivered Mail Returned to Sender"


def of_groups(groups: str, text: str = "It didn't arrive.") -> bytes:
    return report(DAEMON, SUBJECT, text, groups)


def test_several_recipients_each_get_their_own_reading_and_the_worst_names_the_mail() -> None:
    groups = f"""Reporting-MTA: dns; relay.example

Final-Recipient: rfc822; delayed@reader.example
Action: delayed
Status: 4.4.1
Diagnostic-Code: smtp; connect: Connection timed out

Final-Recipient: rfc822; full@reader.example
Action: failed
Status: 5.2.2

Final-Recipient: rfc822; {ADA}
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 User unknown

Final-Recipient: rfc822; there@reader.example
Action: delivered
Status: 2.0.0"""
    reading = read_mail(of_groups(groups))
    assert (reading.kind, reading.address, reading.status) == (MailKind.HARD, ADA, "5.1.1")
    assert [(each.address.partition("@")[0], each.kind) for each in reading.failures] == [
        ("delayed", MailKind.SOFT), ("full", MailKind.FULL), ("ada", MailKind.HARD), ("there", MailKind.OTHER),
    ]  # fmt: skip


def test_recipients_without_a_blank_line_between_them_are_told_apart() -> None:
    groups = (
        "Reporting-MTA: dns; relay.example\nFinal-Recipient: rfc822; one@reader.example\nAction: failed\n"
        "Status: 5.1.1\nFinal-Recipient: rfc822; two@reader.example\nAction: failed\nStatus: 5.2.2"
    )
    assert [(each.address, each.kind) for each in read_mail(of_groups(groups)).failures] == [
        ("one@reader.example", MailKind.HARD),
        ("two@reader.example", MailKind.FULL),
    ]


@pytest.mark.parametrize(
    ("field", "address"),
    [
        ("Final-Recipient: rfc822; ada@reader.example", ADA),
        ("FINAL-RECIPIENT: RFC822;<ada@reader.example>", ADA),
        ("final-recipient:ada@reader.example", ADA),
        ("Final-Recipient: rfc822;\n ada@reader.example", ADA),
        ('Final-Recipient: rfc822; "ada lovelace"@reader.example', '"ada lovelace"@reader.example'),
        ("Final-Recipient: rfc822; o'hara@reader.example", "o'hara@reader.example"),
        ("Final-Recipient: LOCAL; ada@reader.example.", ADA),
        ("Final-Recipient: rfc822; bob@forward.example\nOriginal-Recipient: rfc822; ada@reader.example", ADA),
        ("Final-Recipient: rfc822; ada@reader.example\nOriginal-Recipient: rfc822; /var/mail/ada", ADA),
        ("Original-Recipient: rfc822; ada+2Bnews@reader.example", "ada+news@reader.example"),
        ("Final-Recipient: utf-8; \\x{3B1}\\x{3B2}@reader.example", "αβ@reader.example"),
        ("Final-Recipient: utf-8; δοκιμή@παράδειγμα.example", "δοκιμή@παράδειγμα.example"),
        ("Final-Recipient: rfc822; ada@xn--fa-hia.example", "ada@xn--fa-hia.example"),
        ("X-Actual-Recipient: rfc822; ada@reader.example", ADA),
    ],
)
def test_an_address_is_found_however_it_is_written(field: str, address: str) -> None:
    reading = read_mail(of_groups(f"Reporting-MTA: dns; relay.example\n\n{field}\nAction: failed\nStatus: 5.1.1"))
    assert (reading.kind, reading.address) == (MailKind.HARD, address)


def test_a_report_of_nobody_is_about_the_one_our_mail_was_sent_to() -> None:
    reading = read_mail(of_groups("Reporting-MTA: dns; relay.example\n\nAction: failed\nStatus: 5.1.1"))
    assert (reading.kind, reading.address) == (MailKind.HARD, ADA)


@pytest.mark.parametrize(
    ("action", "status", "said", "kind"),
    [
        ("delayed", "4.4.1", "Connection timed out", MailKind.SOFT),
        ("delayed", "4.7.1", "blocked using zen.spamhaus.org", MailKind.SOFT),
        ("delayed", "4.2.2", "452 4.2.2 Mailbox full", MailKind.FULL),
        ("delayed", "5.1.1", "550 5.1.1 User unknown", MailKind.SOFT),
        ("delivered", "2.0.0", "250 OK", MailKind.OTHER),
        ("relayed", "2.0.0", "250 OK", MailKind.OTHER),
        ("expanded (to multi-recipient alias)", "2.0.0", "250 OK", MailKind.OTHER),
        ("failed", "4.4.7", "Message expired", MailKind.SOFT),
        ("failed", "4.1.1", "450 4.1.1 User unknown", MailKind.SOFT),
        ("Failed (permanently)", "5.0.0", "User unknown", MailKind.HARD),
        ("error", "5.1.1", "550 no", MailKind.HARD),
        ("failed", "5.7.1", "550 5.7.1 No such user", MailKind.HARD),
        ("failed", "5.1.1", "550 5.1.1 mailbox is over quota", MailKind.FULL),
        ("failed", "5.1.1", "550 5.1.1 rejected as spam", MailKind.POLICY),
        ("failed", "5.0.0", "X-Unix; 67", MailKind.HARD),
        ("failed", "5.0.0", "X-Unix; 75", MailKind.SOFT),
        ("", "5.1.1", "550 5.1.1 User unknown", MailKind.HARD),
        ("", "4.2.1", "450 try later", MailKind.SOFT),
        ("", "2.1.5", "250 delivered", MailKind.OTHER),
        ("failed", "", "550 5.1.1 User unknown", MailKind.HARD),
        ("failed", "5.3.1", "452 Insufficient system storage", MailKind.SOFT),
        ("failed", "5.6.1", "554 body type", MailKind.POLICY),
    ],
)
def test_action_status_and_words_decide_together(action: str, status: str, said: str, kind: MailKind) -> None:
    lines = [
        line
        for line in group(said, status, action).split("\n")
        if line not in {"Action: ", "Status: "}
    ]  # fmt: skip
    assert read_mail(of_groups("\n".join(lines))).kind is kind


def test_a_vague_report_is_read_by_its_text() -> None:
    text = f"<{ADA}>: The mailbox of this reader is full."
    assert (
        read_mail(of_groups(f"Final-Recipient: rfc822; {ADA}\nAction: failed\nStatus: 5.0.0", text)).kind
        is MailKind.FULL
    )


def test_a_report_in_base64_and_as_message_global_is_read() -> None:
    said = base64.encodebytes(group("550 5.1.1 User unknown", "5.1.1").encode()).decode()
    raw = of_groups("PLACE").replace(b"Content-Type: message/delivery-status", (
        b"Content-Type: message/global-delivery-status; charset=utf-8\nContent-Transfer-Encoding: base64"
    )).replace(b"PLACE", said.encode())  # fmt: skip
    assert (read_mail(raw).kind, read_mail(raw).address) == (MailKind.HARD, ADA)


def test_fields_in_the_text_of_a_mail_that_lost_its_parts_are_read() -> None:
    text = f"This is a report.\n\n{group('550 5.1.1 User unknown', '5.1.1')}\n\n{RETURNED}"
    assert read_mail(mail(DAEMON, SUBJECT, text)).kind is MailKind.HARD


def test_a_boundary_that_never_ends_hides_nothing() -> None:
    raw = of_groups(group("550 5.1.1 User unknown", "5.1.1"))
    for end in (b"--=_b--", b"--=_b\nContent-Type: message/rfc822"):
        cut = raw[: raw.index(end)]
        assert (read_mail(cut).kind, read_mail(cut).address) == (MailKind.HARD, ADA)


def test_a_character_set_that_does_not_exist_is_read_anyway() -> None:
    raw = of_groups(group("550 5.1.1 User unknown", "5.1.1")).replace(b"utf-8", b"x-\xff-nothing")
    assert read_mail(raw).kind is MailKind.HARD
