"""Mails that come back, in the forms that servers give them: made from what one server said of one address."""

from __future__ import annotations

from collections.abc import Callable

ADA = "ada@reader.example"
OURS = "bounces@news.example"
# What comes back with a bounce is ours, and says things that servers say: none of it may count.
RETURNED = f"""Return-Path: <{OURS}>
Received: from mail.news.example (mail.news.example [192.0.2.9])
\tby mx.relay.example with ESMTPS id 4Xk2; Fri, 27 Nov 2026 08:00:02 +0000
From: News <news@news.example>
To: {ADA}
Subject: Mailbox full of spam? User unknown!
Message-ID: <1.2@news.example>
List-Id: <news.news.example>
"""
BODY = "Why your mailbox is full, who is blocked by blocklists, and what a user unknown is.\n"


def mail(sender: str, subject: str, body: str, *fields: str) -> bytes:
    head = [
        "Return-Path: <>", f"From: {sender}", f"To: {OURS}", f"Subject: {subject}",
        "Date: Fri, 27 Nov 2026 08:00:05 +0000", *fields,
    ]  # fmt: skip
    return ("\n".join(head) + "\n\n" + body).encode()


def report(sender: str, subject: str, text: str, groups: str, *fields: str) -> bytes:
    """RFC 3462 and 3464: what a person reads, what a machine reads, and our own mail."""
    body = f"""--=_b
Content-Type: text/plain; charset=utf-8

{text}

--=_b
Content-Description: Delivery report
Content-Type: message/delivery-status

{groups}

--=_b
Content-Type: message/rfc822

{RETURNED}
{BODY}
--=_b--
"""
    kind = 'Content-Type: multipart/report; report-type=delivery-status;\n\tboundary="=_b"'
    return mail(sender, subject, body, "MIME-Version: 1.0", kind, *fields)


def group(said: str, status: str, action: str = "failed", address: str = ADA) -> str:
    return (
        "Reporting-MTA: dns; mail.relay.example\nArrival-Date: Fri, 27 Nov 2026 08:00:02 +0000\n\n"
        f"Final-Recipient: rfc822; {address}\nAction: {action}\nStatus: {status}\n"
        f"Remote-MTA: dns; mx.reader.example\nDiagnostic-Code: smtp; {said}"
    )


def postfix(said: str, status: str) -> bytes:
    text = f"""This is the mail system at host mail.relay.example.

I'm sorry to have to inform you that your message could not
be delivered to one or more recipients. It's attached below.

For further assistance, please send mail to postmaster.

If you do so, please include this problem report. You can
delete your own text from the attached returned message.

                   The mail system

<{ADA}>: host mx.reader.example[192.0.2.25] said: {said} (in reply to RCPT TO command)"""
    return report("MAILER-DAEMON@relay.example (Mail Delivery System)", "Undelivered Mail Returned to Sender", text,
                  group(said, status), "Auto-Submitted: auto-replied")  # fmt: skip


def exim(said: str, _status: str) -> bytes:
    text = f"""This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  {ADA}
    host mx.reader.example [192.0.2.25]
    SMTP error from remote mail server after RCPT TO:<{ADA}>:
    {said}

------ This is a copy of the message, including all the headers. ------

{RETURNED}
{BODY}"""
    return mail("Mail Delivery System <Mailer-Daemon@relay.example>",
                "Mail delivery failed: returning message to sender", text, f"X-Failed-Recipients: {ADA}",
                "Auto-Submitted: auto-replied")  # fmt: skip


def exim_locally(said: str, _status: str) -> bytes:
    return (
        exim("", "")
        .replace(
            f"""    host mx.reader.example [192.0.2.25]
    SMTP error from remote mail server after RCPT TO:<{ADA}>:
    """.encode(),
            b"    ",
            1,
        )
        .replace(b"  " + ADA.encode() + b"\n    \n", f"  {ADA}\n    {said}\n".encode(), 1)
    )


def qmail(said: str, _status: str) -> bytes:
    text = f"""Hi. This is the qmail-send program at relay.example.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<{ADA}>:
{said}

--- Below this line is a copy of the message.

{RETURNED}
{BODY}"""
    return mail("MAILER-DAEMON@relay.example", "failure notice", text)


def sendmail(said: str, status: str) -> bytes:
    text = f"""The original message was received at Fri, 27 Nov 2026 08:00:02 GMT
from mail.news.example [192.0.2.9]

   ----- The following addresses had permanent fatal errors -----
<{ADA}>
    (reason: {said})

   ----- Transcript of session follows -----
... while talking to mx.reader.example.:
>>> DATA
<<< {said}"""
    return report("Mail Delivery Subsystem <MAILER-DAEMON@relay.example>", "Returned mail: see transcript for details",
                  text, group(said, status), "Auto-Submitted: auto-generated (failure)")  # fmt: skip


def sendmail_in_words(said: str, _status: str) -> bytes:
    text = f"""   ----- The following addresses had permanent fatal errors -----
<{ADA}>

   ----- Transcript of session follows -----
<<< {said}

   ----- Original message follows -----

{RETURNED}
{BODY}"""
    return mail("MAILER-DAEMON@relay.example (Mail Delivery Subsystem)", "Returned mail: User unknown", text)


def google(said: str, status: str) -> bytes:
    text = f"""** Message not delivered **

There was a problem delivering your message to {ADA}. See the technical details below.

The response was:

{said}"""
    return report("Mail Delivery Subsystem <mailer-daemon@googlemail.com>", "Delivery Status Notification (Failure)",
                  text, group(said, status), f"X-Failed-Recipients: {ADA}", "Auto-Submitted: auto-replied")  # fmt: skip


def google_in_words(said: str, _status: str) -> bytes:
    text = f"""Delivery to the following recipient failed permanently:

     {ADA}

Technical details of permanent failure:
{said}

----- Original message -----

{RETURNED}
{BODY}"""
    return mail("Mail Delivery Subsystem <mailer-daemon@googlemail.com>", "Delivery Status Notification (Failure)",
                text, f"X-Failed-Recipients: {ADA}")  # fmt: skip


def exchange(said: str, status: str) -> bytes:
    text = f"""Delivery has failed to these recipients or groups:

{ADA}<mailto:{ADA}>
Your message couldn't be delivered. The recipient's mailbox may be full, or the message may look like spam.

Diagnostic information for administrators:

Generating server: MX01.reader.example

{ADA}
{said}"""
    return report("Microsoft Outlook <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@reader.example>",
                  "Undeliverable: News", text, group(said, status), "X-MS-Exchange-Message-Is-Ndr:",
                  "X-Auto-Response-Suppress: All")  # fmt: skip


def exchange_in_words(said: str, _status: str) -> bytes:
    text = f"""Your message did not reach some or all of the intended recipients.

      Subject:  News
      Sent:     27.11.2026 08:00

The following recipient(s) cannot be reached:

      {ADA} on 27.11.2026 08:00
            {said}
"""
    return mail("System Administrator <postmaster@reader.example>", "Undeliverable: News", text)


def courier(said: str, _status: str) -> bytes:
    text = f"""This is a delivery status notification from relay.example,
running the Courier mail server, version 0.75.

The original message was received on Fri, 27 Nov 2026 08:00:02 +0000
from mail.news.example (mail.news.example [192.0.2.9])

---------------------------------------------------------------------------

                           UNDELIVERABLE MAIL

Your message to the following recipients cannot be delivered:

<{ADA}>:
    mx.reader.example [192.0.2.25]:
>>> RCPT TO:<{ADA}>
<<< {said}

---------------------------------------------------------------------------

{RETURNED}"""
    return mail('"Courier mail server at relay.example" <@relay.example>', "NOTICE: mail delivery status.", text)


def domino(said: str, _status: str) -> bytes:
    text = f"""Your message

  Subject: News

was not delivered to:

  {ADA}

because:

  {said}
"""
    return mail("Postmaster@reader.example", "DELIVERY FAILURE: News", text, "X-Mailer: Lotus Domino Release 9.0")


def groupwise(said: str, _status: str) -> bytes:
    text = f"""The message that you sent was undeliverable to the following:
\t{ADA} ({said})

Possibly truncated original message follows:

{RETURNED}
{BODY}"""
    return mail("Mailer-Daemon@reader.example", "Message status - undeliverable", text, "X-Mailer: Novell GroupWise 8")


def yahoo(said: str, _status: str) -> bytes:
    text = f"""Sorry, we were unable to deliver your message to the following address.

<{ADA}>:
Remote host said: {said}

--- Below this line is a copy of the message.

{RETURNED}
{BODY}"""
    return mail("MAILER-DAEMON@yahoo.com", "Failure Notice", text)


def ironport(said: str, _status: str) -> bytes:
    text = f"""The following message to <{ADA}> was undeliverable.
The reason for the problem:
{said}
"""
    return mail("MAILER-DAEMON@gate.reader.example", "Delivery Status Notification (Failure)", text)


def mailenable(said: str, _status: str) -> bytes:
    text = f"""MailEnable: Message Delivery Failure.

Message could not be delivered to some recipients.
The following recipient(s) could not be reached:

\tRecipient: [SMTP:{ADA}]
\tReason: {said}

Message headers follow:

{RETURNED}"""
    return mail('"Postmaster" <Postmaster@relay.example>', "Message Delivery Failure", text)


def translated(said: str, _status: str) -> bytes:
    """German, as GMX, web.de and T-Online write for their own customers."""
    text = f"""Diese Nachricht wurde automatisch erzeugt.

Ihre E-Mail konnte nicht zugestellt werden an:

{ADA}:
{said}

--- Ursprüngliche Nachricht ---

{RETURNED}"""
    return mail("Mail Delivery System <mailer-daemon@relay.example>", "Mail delivery failed", text,
                "Content-Type: text/plain; charset=utf-8")  # fmt: skip


Form = Callable[[str, str], bytes]
