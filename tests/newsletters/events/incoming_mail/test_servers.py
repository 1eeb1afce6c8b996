"""What the largest servers say is read as they mean it; what they send back of ours isn't read at all."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from newsletters.events.incoming_mail.kinds import MailKind
from newsletters.events.incoming_mail.reading import read_mail
from tests.newsletters.events.incoming_mail import mails
from tests.newsletters.events.incoming_mail.mails import ADA, Form
from tests.newsletters.events.incoming_mail.servers import SERVERS

CASES = [
    pytest.param(*row, id=f"{server}-{number}") for server, rows in SERVERS.items() for number, row in enumerate(rows)
]


@pytest.mark.parametrize(("form", "kind", "status", "said"), CASES)
def test_a_server_is_understood(form: Form, kind: MailKind, status: str, said: str) -> None:
    reading = read_mail(form(said, status))
    assert (reading.kind, reading.address) == (kind, ADA)
    assert reading.rule


@pytest.mark.parametrize(("form", "kind", "status", "said"), CASES)
def test_line_ends_of_the_wire_and_a_mailbox_s_first_line_change_nothing(
    form: Form, kind: MailKind, status: str, said: str
) -> None:
    raw = b"From MAILER-DAEMON Fri Nov 27 08:00:05 2026\n" + form(said, status)
    assert read_mail(raw.replace(b"\n", b"\r\n")) == read_mail(form(said, status))


def test_there_are_enough_of_them() -> None:
    kinds = Counter(row[1] for rows in SERVERS.values() for row in rows)
    assert len(CASES) >= 120
    assert min(kinds[kind] for kind in (MailKind.HARD, MailKind.SOFT, MailKind.FULL, MailKind.POLICY)) >= 15


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ("550 5.1.1 User unknown", "5.1.1"),
        ("5.2.2 over quota", "5.2.2"),
        ("Sorry. (#5.1.1)", "5.1.1"),
        ("550 mailbox unavailable (10.1.1.5)", ""),
        ("550 rejected by version 4.90.1.2", ""),
    ],
)
def test_a_status_is_found_in_the_words_and_an_ip_address_is_none(said: str, status: str) -> None:
    assert read_mail(mails.qmail(said, "")).status == status


@pytest.mark.parametrize("form", [mails.qmail, mails.exim, mails.sendmail_in_words, mails.google_in_words, mails.yahoo])
def test_what_we_wrote_ourselves_decides_nothing(form: Form) -> None:
    """Our own mail, which comes back with the bounce, speaks of spam, of full mailboxes and of users unknown."""
    reading = read_mail(form("Something went wrong here.", ""))
    assert not re.search("full|spam|unknown", reading.rule)


def test_a_host_s_name_decides_nothing() -> None:
    said = "host mx.spam-filter.quota.example[192.0.2.1] said: 550 5.1.1 User unknown"
    assert read_mail(mails.postfix(said, "5.1.1")).kind is MailKind.HARD


def test_what_only_flufl_bounce_knows_is_a_bounce_as_well() -> None:
    text = f"""The destination mailbox couldn't take it.

------ Failed Recipients ------
<{ADA}>

-------- Returned Mail --------
"""
    reading = read_mail(mails.mail("SMTP Mail Service <mail@relay.example>", "Oops", text))
    assert reading.address == ADA
    assert reading.kind is MailKind.HARD
