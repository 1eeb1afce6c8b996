"""What the answers of real servers mean, in their own words as their operators and documentation give them.

RFC 3463 leaves 4.7.x to “security or policy”, and large servers say three things with it: that we send too fast, that
something about our host isn't as they want it, and that this recipient is to be tried later.
"""

from __future__ import annotations

import time

import pytest

from mail.results import REPLY_LENGTH, About, Verdict, from_reply, is_about, names_our_setup

SPEED, US, SETUP, RECIPIENT, SIZE = About.SPEED, About.US, About.SETUP, About.RECIPIENT, About.SIZE

# By who says it: what it is about, the code, the stage, the words.
REPLIES: dict[str, list[tuple[About, int, str, str]]] = {
    "Microsoft": [
        (SPEED, 421, "mail", "RP-001 (SNT004-MC2F40) Unfortunately, some messages from 192.0.2.1 weren't sent. "
         "Please try again. We have limits for how many messages can be sent per hour and per day."),
        (SPEED, 421, "mail", "RP-002 The mail server IP connecting to Outlook.com server has exceeded the rate "
         "limit allowed"),
        (SPEED, 421, "mail", "RP-003 The mail server IP connecting to Outlook.com has exceeded the connection "
         "limit allowed."),
        (SPEED, 451, "rcpt", "4.7.500 Server busy. Please try again later from [192.0.2.1]. (S77719)"),
        (SPEED, 451, "rcpt", "4.7.650 The mail server [192.0.2.1] has been temporarily rate limited due to IP "
         "reputation."),
        (SPEED, 432, "final", "4.3.2 STOREDRV.ClientSubmit; sender thread limit exceeded"),
        (SPEED, 421, "mail", "4.3.2 The maximum number of concurrent server connections has exceeded a limit, closing"),
        (RECIPIENT, 452, "rcpt", "4.2.2 Mailbox full"),
        (RECIPIENT, 451, "final", "4.4.62 Mail sent to the wrong Office 365 region. ATTR35"),
    ],
    "Google": [
        (SPEED, 421, "final", "4.7.0 Our system has detected an unusual rate of unsolicited mail originating "
         "from your IP"),
        (SPEED, 421, "final", "4.7.28 Gmail has detected an unusual rate of email originating from your DKIM domain."),
        (SPEED, 421, "final", "4.7.26 Your email has been rate limited because it is unauthenticated. Gmail "
         "requires all senders to authenticate with either SPF or DKIM."),
        (SPEED, 421, "mail", "4.7.0 Try again later, closing connection. (MAIL) ab12-20020a05.1 - gsmtp"),
        (SPEED, 421, "mail", "4.4.5 Server busy, try again later."),
        (SPEED, 550, "final", "5.4.5 Daily user sending limit exceeded."),
        (SETUP, 421, "rcpt", "4.7.0 TLS required for RCPT domain, closing connection."),
        (SETUP, 421, "rcpt", "4.7.0 IP not in whitelist for RCPT domain, closing connection."),
        (RECIPIENT, 450, "rcpt", "4.2.1 The user you are trying to contact is receiving mail too quickly."),
        (RECIPIENT, 452, "rcpt", "4.2.2 The recipient's inbox is out of storage space and inactive."),
        (RECIPIENT, 421, "final", "4.7.0 This message does not pass authentication checks (SPF and DKIM both do "
         "not pass)."),
    ],
    "Yahoo": [
        (SPEED, 421, "mail", "4.7.0 [TSS04] Messages from 192.0.2.1 temporarily deferred due to unexpected "
         "volume or user complaints - 4.16.55.1; see https://postmaster.yahooinc.com/error-codes"),
        (SPEED, 421, "mail", "4.7.0 [TSS09] Messages from 192.0.2.1 temporarily deferred"),
        (US, 421, "mail", "4.7.1 [TS03] All messages from 192.0.2.1 will be permanently deferred; Retrying will "
         "NOT succeed."),
        (US, 451, "mail", "Resources temporarily unavailable. Please try again later [#4.16.5]."),
    ],
    "Amazon SES": [
        (SPEED, 454, "final", "Throttling failure: Maximum sending rate exceeded."),
        (SPEED, 454, "final", "Throttling failure: Daily message quota exceeded."),
        (RECIPIENT, 451, "final", "4.4.2 Timeout waiting for data from client."),
    ],
    "Postfix": [
        (SETUP, 450, "rcpt", "4.7.1 Client host rejected: cannot find your reverse hostname, [192.0.2.1]"),
        (SETUP, 450, "rcpt", "4.7.25 Client host rejected: cannot find your hostname, [192.0.2.1]"),
        (SETUP, 450, "rcpt", "4.7.1 <a>: Helo command rejected: Host not found"),
        (SETUP, 454, "rcpt", "4.7.1 <anna@readers.example>: Relay access denied"),
        (SETUP, 450, "rcpt", "4.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org"),
        (SETUP, 450, "rcpt", "4.7.0 Session encryption is required"),
        (US, 450, "mail", "4.7.1 Client host rejected: cannot find your reverse hostname, [192.0.2.1]"),
        (US, 454, "mail", "4.7.0 TLS not available due to local problem"),
        (US, 450, "mail", "4.7.1 <news@iria.example>: Sender address rejected: not logged in, authenticate first"),
        (SPEED, 450, "mail", "4.7.1 Error: too much mail from 192.0.2.1"),
        (SPEED, 450, "rcpt", "4.7.1 Error: too many recipients from 192.0.2.1"),
        (SPEED, 421, "mail", "4.7.0 mx.example Error: too many connections from 192.0.2.1"),
        (SPEED, 421, "mail", "4.7.0 mx.example Error: too many new TLS sessions from 192.0.2.1"),
        (RECIPIENT, 421, "rcpt", "4.7.0 mx.example Error: too many errors"),
        (RECIPIENT, 450, "rcpt", "4.3.2 Service currently unavailable"),
        (RECIPIENT, 450, "rcpt", "4.1.1 <anna@readers.example>: Recipient address rejected: unverified address"),
        (RECIPIENT, 450, "rcpt", "4.7.1 <anna@readers.example>: Recipient address rejected: Access denied for now"),
        (RECIPIENT, 451, "rcpt", "4.7.1 Service unavailable - try again later"),
    ],
    "policy servers": [
        (RECIPIENT, 450, "rcpt", "4.7.1 <anna@readers.example>: Recipient address rejected: Greylisted, see "
         "postgrey.example"),
        (SPEED, 450, "rcpt", "4.7.1 <anna@readers.example>: Recipient address rejected: Policy rejection: quota "
         "exceeded"),
        (SPEED, 450, "rcpt", "4.7.1 Sender rate-limited by policyd"),
        (SETUP, 451, "rcpt", "4.7.24 SPF record could not be evaluated: temporary DNS error"),
    ],
    "Exim": [
        (SPEED, 421, "mail", "mx.example: Too many concurrent SMTP connections; please try again later."),
        (SPEED, 450, "rcpt", "Sender ratelimit exceeded: 120 an hour"),
        (US, 451, "mail", "Temporary local problem - please try later"),
        (RECIPIENT, 451, "rcpt", "Could not complete recipient verify callout"),
        (SETUP, 450, "rcpt", "Host 192.0.2.1 has no reverse DNS"),
    ],
    "GMX": [
        (US, 421, "mail", "gmx.net (mxgmx011) Nemesis ESMTP Service not available. Bad DNS PTR resource record."),
        (SPEED, 421, "mail", "gmx.net (mxgmx011) Nemesis ESMTP Service not available. Too many connections"),
        (RECIPIENT, 450, "rcpt", "Requested mail action not taken: mailbox unavailable"),
    ],
    "Orange": [
        (SPEED, 421, "mail", "mwinf5c04 ME Trop de connexions, veuillez verifier votre configuration. Too many "
         "connections, slow down. OFR004_104 [104]"),
        (US, 421, "mail", "mwinf5c04 ME Service refuse. Veuillez essayer plus tard. Service refused, please try "
         "later."),
    ],
    "Apple": [
        (SPEED, 421, "mail", "4.7.0 [HM01] Messages from 192.0.2.1 temporarily deferred due to excessive volume."),
        (RECIPIENT, 452, "rcpt", "4.2.2 <anna@icloud.example>: user is overquota"),
    ],
    "Comcast, Free and QQ": [
        (SPEED, 421, "mail", "4.1.0 192.0.2.1 Throttled - try again later. RL000001"),
        (US, 421, "mail", "Too many spams from your IP (192.0.2.1), please visit http://postmaster.free.example/"),
        (SPEED, 451, "rcpt", "Ip frequency limited"),
        (US, 421, "mail", "resimta requires that all mail servers must have a PTR record with a valid Reverse "
         "DNS entry"),
    ],
    "Proofpoint": [
        (SETUP, 450, "rcpt", "4.7.1 Blocked - see https://ipcheck.proofpoint.example/?ip=192.0.2.1 (listed by PDR)"),
        (SPEED, 452, "mail", "4.7.1 Too many messages from 192.0.2.1"),
        (SPEED, 421, "mail", "4.7.0 Try again later"),
    ],
    "Mimecast": [
        (SETUP, 451, "rcpt", "IP temporarily blacklisted - https://community.mimecast.example/docs/DOC-1369#451 "
         "[Ab12]"),
        (RECIPIENT, 451, "rcpt", "Recipient temporarily unavailable - [Ab12] [uk]"),
        (RECIPIENT, 451, "rcpt", "Internal resources are temporarily unavailable - "
         "https://community.mimecast.example#451"),
    ],
    "Barracuda": [
        (SPEED, 421, "mail", "4.7.0 esg.example Rate limit reached (192.0.2.1); slow down"),
        (SPEED, 450, "rcpt", "4.7.1 Too many SMTP sessions for this host"),
        (SIZE, 552, "final", "5.3.4 Message size exceeds fixed limit"),
    ],
    "servers that say only a code": [
        (SPEED, 450, "mail", "4.7.1 Not now"),
        (SPEED, 450, "rcpt", "4.7.0"),
        (SPEED, 421, "mail", "4.7.0 Closing"),
        (SPEED, 454, "mail", "Not now"),
        (US, 450, "mail", "Not now"),
        (RECIPIENT, 450, "rcpt", "Not now"),
    ],
}  # fmt: skip


@pytest.mark.parametrize(
    ("about", "code", "stage", "words"), [reply for replies in REPLIES.values() for reply in replies], ids=str
)
def test_an_answer_of_a_real_server_is_about_what_it_says(about: About, code: int, stage: str, words: str) -> None:
    assert is_about(code, words, stage=stage) is about


def test_at_the_end_of_a_mail_what_is_said_of_our_setup_defers_its_recipient() -> None:
    words = "4.7.1 DKIM signature could not be verified"
    assert is_about(450, words, stage="final") is About.RECIPIENT
    assert from_reply(1, 450, words, stage="final", email="a@b.example").outcome is Verdict.DEFERRED


@pytest.mark.parametrize(
    "words",
    [
        "4.7.1 <tls@dkim.example>: not now",
        "4.7.0 relay-spf.example said: come back later",
        "4.7.0 see https://help.example/authentication/ptr",
        "4.7.1 Message held for the subtlest of reasons",
    ],
)
def test_names_of_hosts_mailboxes_and_pages_say_nothing_of_our_setup(words: str) -> None:
    assert not names_our_setup(words)
    assert is_about(450, words, stage="mail") is About.SPEED


@pytest.mark.parametrize("piece", ["a.a", "@", "<", "exceeded ", "too many a ", "-", "relay "])
def test_long_words_take_no_time(piece: str) -> None:
    words = piece * (2**20 // len(piece))
    began = time.process_time()
    for code in (421, 450, 454, 550):
        for stage in ("mail", "rcpt", "final"):
            is_about(code, words, stage=stage)
    assert time.process_time() - began < 2
    assert len(from_reply(1, 450, words, stage="rcpt", email="").reply) == REPLY_LENGTH
