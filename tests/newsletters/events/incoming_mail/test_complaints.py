"""Complaints: RFC 5965, what providers leave out of it, and what isn't one."""

from __future__ import annotations

import pytest

from newsletters.events.incoming_mail.kinds import MailKind
from newsletters.events.incoming_mail.reading import read_mail
from tests.newsletters.events.incoming_mail.mails import ADA, BODY, RETURNED, mail


def feedback(fields: str, returned: str = RETURNED, kind: str = "message/feedback-report") -> bytes:
    body = (
        "--b\nContent-Type: text/plain\n\nThis is an email abuse report.\n\n"
        f"--b\nContent-Type: {kind}\n\n{fields}\n\n--b\nContent-Type: message/rfc822\n\n{returned}\n{BODY}\n--b--\n"
    )
    report = "Content-Type: multipart/report; report-type=feedback-report; boundary=b"
    return mail("feedbackloop@provider.example", "FW: News", body, report)


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ("Feedback-Type: abuse\nUser-Agent: X/1\nVersion: 1", MailKind.COMPLAINT),
        ("feedback-type: Fraud\nVersion: 0.1\n\nSource-IP: 192.0.2.9", MailKind.COMPLAINT),
        ("Feedback-Type: virus", MailKind.COMPLAINT),
        ("User-Agent: X/1\nVersion: 1", MailKind.COMPLAINT),
        ("Feedback-Type: opt-out", MailKind.UNSUBSCRIBE),
        ("Feedback-Type: not-spam", MailKind.OTHER),
        ("Feedback-Type: auth-failure\nAuth-Failure: dmarc", MailKind.OTHER),
    ],
)
def test_the_type_decides(fields: str, kind: MailKind) -> None:
    reading = read_mail(feedback(fields))
    assert (reading.kind, reading.address) == (kind, ADA)


def test_the_report_names_who_complains_before_our_mail_does() -> None:
    raw = feedback("Feedback-Type: abuse\nOriginal-Rcpt-To: <bob@reader.example>")
    assert read_mail(raw).address == "bob@reader.example"


def test_the_wrong_kind_of_part_is_read_as_well() -> None:
    assert read_mail(feedback("Feedback-Type: abuse", kind="text/plain")).kind is MailKind.COMPLAINT


def test_a_report_whose_recipient_is_redacted_names_nobody() -> None:
    reading = read_mail(feedback("Feedback-Type: abuse", RETURNED.replace(ADA, "[redacted]")))
    assert (reading.kind, reading.address) == (MailKind.COMPLAINT, "")


def test_microsoft_s_junk_mail_reports_are_complaints() -> None:
    body = (
        f"--b\nContent-Type: message/rfc822\n\nX-HmXmrOriginalRecipient: bob@hotmail.com\n{RETURNED}\n{BODY}\n--b--\n"
    )
    raw = mail(
        "staff@hotmail.com", "complaint about message from 192.0.2.9", body, "Content-Type: multipart/mixed; boundary=b"
    )
    assert (read_mail(raw).kind, read_mail(raw).address) == (MailKind.COMPLAINT, "bob@hotmail.com")


def test_a_reader_who_speaks_of_abuse_does_not_complain() -> None:
    raw = mail(f"Ada <{ADA}>", "Abuse report", "Your article on the abuse report was good.")
    assert read_mail(raw).kind is MailKind.OTHER


def test_a_report_on_a_domain_is_about_nobody() -> None:
    raw = mail(
        "noreply-dmarc@provider.example", "Report domain: news.example Submitter: provider.example Report-ID: 1", ""
    )
    assert (read_mail(raw).kind, read_mail(raw).rule) == (MailKind.OTHER, "dmarc-report")
