"""Bounces in forms that only their server knows: whole texts, since what matters is where they name whom."""

from __future__ import annotations

import pytest

from newsletters.events.incoming_mail.kinds import MailKind
from newsletters.events.incoming_mail.reading import read_mail
from tests.newsletters.events.incoming_mail.mails import ADA, BODY, RETURNED, mail

HARD, SOFT, FULL, POLICY = MailKind.HARD, MailKind.SOFT, MailKind.FULL, MailKind.POLICY
DAEMON = "Mail Delivery Subsystem <MAILER-DAEMON@relay.example>"

# What it is called: the kind, the sender, the subject, the text.
TEXTS: dict[str, tuple[MailKind, str, str, str]] = {
    "OpenSMTPD": (
        FULL, "Mailer Daemon <MAILER-DAEMON@relay.example>", "Delivery status notification: error",
        "    Hi!\n\n    This is the MAILER-DAEMON, please DO NOT REPLY to this email.\n\n    An error has occurred "
        "while "
        "attempting to deliver a message for\n    the following list of recipients:\n\n"
        f"{ADA}: 550 5.2.2 <{ADA}>... Mailbox Full\n\n    Below is a copy of the original "
        f"message:\n\n{RETURNED}\n{BODY}",
    ),
    "OpenSMTPD, delayed": (
        SOFT, "Mailer Daemon <MAILER-DAEMON@relay.example>", "Delivery status notification: warning",
        "    Hi!\n\n    This is the MAILER-DAEMON, please DO NOT REPLY to this email.\n\n    A message is delayed "
        "for more "
        f"than 4 hours for the following\n    list of recipients:\n\n{ADA}: 421 Network error on destination MXs\n",
    ),
    "DragonFly": (
        HARD, "MAILER-DAEMON <>", "Mail delivery failed",
        f"This is the DragonFly Mail Agent v0.13 at relay.example.\n\nThere was an error delivering your mail to "
        f"<{ADA}>.\n\n"
        f"mx.reader.example [192.0.2.25] did not like our RCPT TO:\n550 5.1.1 <{ADA}>: Recipient address rejected: "
        f"User "
        f"unknown\n\nOriginal message follows.\n\n{RETURNED}",
    ),
    "IMail": (
        HARD, "Postmaster <postmaster@relay.example>", "Undeliverable Mail",
        f"Unknown user: {ADA}\n\nOriginal message follows.\n\n{RETURNED}",
    ),
    "McAfee": (
        HARD, "Postmaster <postmaster@gate.reader.example>", "Undeliverable Mail",
        f"--- The following addresses had delivery problems ---\n\n<{ADA}>   (User unknown {ADA})\n\n"
        f"--------------Returned Mail Header--------\n\n{RETURNED}",
    ),
    "SurfControl": (
        HARD, "Mail Administrator <admin@gate.reader.example>", "Message delivery has failed",
        "Your message could not be sent.\nA transcript of the attempts to send the message follows.\nThe number of "
        "attempts "
        f"made: 1\nAddressed To: {ADA}\n\nFri 27 Nov 2026\nFailed to send to identified host,\nmx.reader.example: "
        f"[192.0.2.25], 550 5.1.1 <{ADA}>... User Unknown\n--- Message non-deliverable.\n",
    ),
    "Notes, old": (
        HARD, "Postmaster@reader.example", "FAILURE REPORT",
        f"------- Failure Reasons  --------\n\nUser not listed in public Name & Address Book\n{ADA}\n\n"
        f"------- Returned Message --------\n\n{RETURNED}",
    ),
    "Sun Messaging Server": (
        HARD, "Internet Mail Delivery <postmaster@relay.example>", "Delivery Notification: Delivery has failed",
        "This report relates to a message you sent with the following header fields:\n\n  Message-id: "
        "<1.2@news.example>\n"
        "  Subject: News\n\nYour message cannot be delivered to the following recipients:\n\n"
        f"  Recipient address: {ADA}\n  Reason: Remote SMTP server has rejected address\n"
        f"  Diagnostic code: smtp;550 5.1.1 <{ADA}>... User Unknown\n",
    ),
    "Trouble": (
        HARD, "MDaemon at relay.example <MDaemon@relay.example>", "Permanent Delivery Failure",
        "We had trouble delivering your message. Full details follow:\n\nSubject: 'News'\n\n1 error(s):\n\n"
        f"SMTP Server <mx.reader.example> rejected recipient <{ADA}>\n  (Error following RCPT command). It responded "
        f"as "
        "follows: [550 5.1.1 User unknown]\n",
    ),
    "Zoho": (
        HARD, "mailer-daemon@mail.zoho.com", "Undelivered Mail Returned to Sender",
        "This message was created automatically by mail delivery software.\n A message that you sent could not be "
        "delivered "
        f"to one or more of its recipients. This is a permanent error.\n\n{ADA} Invalid Address, ERROR_CODE :550, "
        f"ERROR_CODE :5.1.1 <{ADA}>... User Unknown\n",
    ),
    "Biglobe": (
        FULL, "postmaster@biglobe.example", "Returned mail: Mailbox full",
        f"   ----- The following addresses had delivery problems -----\n{ADA}\n\n   ----- Non-delivered information "
        f"-----\n"
        "The number of messages in recipient's mailbox exceeded the local limit.\n",
    ),
    "KDDI": (
        FULL, "MAILER-DAEMON@relay.example", "Mail System Error - Returned Mail",
        f"Your mail sent on: Fri, 27 Nov 2026 08:00:02 +0900\n    Could not be delivered to:\n\n<<<< {ADA} >>>>\n\n"
        "    As their mailbox is full.\n",
    ),
    "AOL": (
        FULL, "Mail Delivery Subsystem <MAILER-DAEMON@aol.example>", "Mail Delivery Problem",
        f"Your mail to the following recipients could not be delivered because they are not accepting mail: their "
        f"mailbox "
        f"is full.\n\n\t{ADA}\n",
    ),
    "1&1": (
        HARD, '"Mail Delivery System" <mailer-daemon@kundenserver.example>',
            "Mail delivery failed: returning message to sender",
        "This message was created automatically by mail delivery software (TrexMailer).\n\nA message that you sent "
        "could not "
        "be delivered to one or more of its recipients.\nThis is a permanent error. The following address failed:\n\n"
        f"<{ADA}>:\n550 5.1.1 User unknown\n\n--- The header of the original message is following. ---\n\n{RETURNED}",
    ),
    "cPanel, a host that isn't there": (
        HARD, "Mail Delivery System <Mailer-Daemon@relay.example>", "Mail delivery failed: returning message to sender",
        "This message was created automatically by mail delivery software.\n\nA message that you sent could not be "
        "delivered "
        f"to one or more of its\nrecipients. The following address(es) failed:\n\n  {ADA}\n    The mail server could "
        f"not "
        f"deliver mail to {ADA}.  The account or domain may not exist, they may be blacklisted, or missing the "
        f"proper dns "
        "entries.\n",
    ),
    "Gmail, delayed": (
        SOFT, "Mail Delivery Subsystem <mailer-daemon@googlemail.com>", "Delivery Status Notification (Delay)",
        "This is an automatically generated Delivery Status Notification\n\nTHIS IS A WARNING MESSAGE ONLY.\n\nYOU "
        "DO NOT NEED "
        f"TO RESEND YOUR MESSAGE.\n\nDelivery to the following recipient has been delayed:\n\n     {ADA}\n\nMessage "
        f"will be "
        "retried for 2 more day(s)\n",
    ),
    "qmail, a list of those who are known": (
        HARD, "MAILER-DAEMON@relay.example", "failure notice",
        f"Hi. This is the qmail-send program at relay.example.\n\n<{ADA}>:\n192.0.2.25 does not like "
        f"recipient.\nRemote host "
        "said: 550 sorry, this recipient is not in my validrcptto list (#5.7.1)\nGiving up on 192.0.2.25.\n",
    ),
    "qmail, relaying": (
        POLICY, "MAILER-DAEMON@relay.example", "failure notice",
        f"Hi. This is the qmail-send program at relay.example.\n\n<{ADA}>:\n192.0.2.25 does not like "
        f"recipient.\nRemote host "
        "said: 553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)\nGiving up on 192.0.2.25.\n",
    ),
    "Sendmail 5": (
        HARD, "Mail Delivery Subsystem <MAILER-DAEMON@relay.example>", "Returned mail: User unknown",
        f"   ----- Transcript of session follows -----\nWhile talking to mx.reader.example:\n>>> RCPT "
        f"To:<{ADA}>\n<<< 550 "
        f"<{ADA}>, User Unknown\n550 {ADA}... User unknown\n\n   ----- Unsent message follows -----\n{RETURNED}",
    ),
    "InterScan": (
        HARD, "Mail Delivery Subsystem <postmaster@gate.example>", "Mail could not be delivered",
        f"****** Message from InterScan Messaging Security Suite ******\n\nUnable to deliver message to "
        f"<{ADA}>\n\nSent <<< RCPT "
        f"TO:<{ADA}>\nReceived >>> 550 5.1.1 <{ADA}>... user unknown\n",
    ),
    "Japanese": (
        HARD, "MAILER-DAEMON@relay.example", "メール配信エラー",
        f"送信できませんでした。\n\n{ADA}\n\n宛先のメールアドレスは存在しません。\n",
    ),
    "Chinese": (
        HARD, "PostMaster@qq.example", "系统退信",
        f"抱歉，您的邮件被退回来了……\n\n收件人邮件地址：{ADA}\n退信原因：收件人邮箱不存在\n",
    ),
    "Russian": (
        HARD, "mailer-daemon@corp.mail.example", "Mail failure.",
        f"Это письмо создано автоматически сервером, отвечать на него не нужно.\n\nК сожалению, ваше письмо не может "
        f"быть "
        f"доставлено:\n\n**********************\n\n{ADA}\nтакой пользователь не найден\n",
    ),
    "French": (
        FULL, "postmaster@relay.example", "Échec de la remise : News",
        f"Échec de la remise pour ces destinataires :\n\n{ADA}\n\nLa boîte aux lettres du destinataire est pleine.\n",
    ),
    "Spanish": (
        HARD, "postmaster@relay.example", "No se puede entregar: News",
        f"Error de entrega a los siguientes destinatarios:\n\n{ADA}\n\nEl usuario indicado no existe.\n",
    ),
    "HTML alone": (
        HARD, "postmaster@reader.example", "Undeliverable: News",
        "MIME-Version: 1.0",
    ),
}  # fmt: skip
HTML = f"<html><head><style>p {{}}</style></head><body><p>Your message to <b>{ADA}</b> couldn't be delivered.</p>" \
       f"<p>ada wasn't found at reader.example.</p><table><tr><td>{ADA}</td></tr></table></body></html>"  # fmt: skip


@pytest.mark.parametrize("name", TEXTS)
def test_it_is_read_rightly(name: str) -> None:
    kind, sender, subject, text = TEXTS[name]
    fields = ["Content-Type: text/plain; charset=utf-8"]
    if name == "HTML alone":
        fields, text = ["Content-Type: text/html; charset=utf-8"], HTML
    reading = read_mail(mail(sender, subject, text, *fields))
    assert (reading.kind, reading.address) == (kind, ADA)
