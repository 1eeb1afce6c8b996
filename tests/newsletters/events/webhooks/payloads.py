"""What each mail service says of a mail, in the shape that anymail's source reads and as far as the formats are known:
one function a service. No call of a real account is among them.

`tell(service, what, mail)` is a call's body and content type; None where the service has no such event. What isn't
looked at is left out only where it is long and of no kind of its own.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode
from zlib import crc32

JSON, FORM = "application/json", "application/x-www-form-urlencoded"
AT = 1_795_780_800  # 2026-11-27 12:00 UTC
ISO = "2026-11-27T12:00:00"
UNKNOWN_USER = "550 5.1.1 The email account that you tried to reach does not exist."
BLOCKED = "550 5.7.1 Service unavailable; client host [192.0.2.25] blocked using Spamhaus"
FULL = "452 4.2.2 The email account that you tried to reach is over quota"
TOPIC = "arn:aws:sns:eu-west-1:123456789012:mail-events"
WORDS = {"hard": UNKNOWN_USER, "policy": BLOCKED, "full": FULL, "soft": "421 4.3.2 Service shutting down",
         "delivered": "250 2.0.0 OK 1795780800 a1-20020a1", "deferred": "451 4.7.1 Greylisted, try again"}  # fmt: skip
# What Amazon SES calls them, and Resend after it.
AMAZON = {
    "hard": ("Permanent", "General"), "full": ("Transient", "MailboxFull"), "policy": ("Transient", "ContentRejected"),
    "soft": ("Transient", "General"),
}  # fmt: skip


@dataclass(frozen=True)
class Mail:
    """A mail of ours at the service: its number there, what we call it, and where it went. `number` tells events of the
    same mail apart."""

    provider_id: str
    reference: str = ""
    address: str = "anna@readers.example"
    number: int = 1

    @property
    def metadata(self) -> dict[str, str]:
        return {"iria": self.reference} if self.reference else {}


def amazon_ses(what: str, mail: Mail) -> Any:
    kinds = {"delivered": "Delivery", "complaint": "Complaint", "opened": "Open"}
    event: dict[str, Any] = {
        "eventType": kinds.get(what, "Bounce"),
        "mail": {
            "timestamp": f"{ISO}.000Z", "source": "news@iria.example", "messageId": mail.provider_id,
            "destination": [mail.address],
            "headers": [{"name": "X-Metadata", "value": json.dumps(mail.metadata)}, {"name": "Subject", "value": "Hi"}],
        },
    }  # fmt: skip
    if what in AMAZON:
        kind, subtype = AMAZON[what]
        status = WORDS[what].split()[1]
        event["bounce"] = {
            "feedbackId": f"0102-{mail.number}", "bounceType": kind, "bounceSubType": subtype,
            "bouncedRecipients": [{"emailAddress": mail.address, "action": "failed", "status": status,
                                   "diagnosticCode": f"smtp; {WORDS[what]}"}],
            "timestamp": f"{ISO}.000Z", "reportingMTA": "dns; a1.eu-west-1.amazonses.com",
        }  # fmt: skip
    elif what == "complaint":
        event["complaint"] = {
            "complainedRecipients": [{"emailAddress": mail.address}], "feedbackId": "0102",
            "complaintFeedbackType": "abuse", "userAgent": "Amazon SES Mailbox Simulator",
        }  # fmt: skip
    elif what == "delivered":
        event["delivery"] = {"recipients": [mail.address], "smtpResponse": WORDS[what], "processingTimeMillis": 546}
    elif what == "opened":
        event["open"] = {"userAgent": "Mozilla/5.0", "ipAddress": "192.0.2.1"}
    else:
        return None
    return {
        "Type": "Notification", "MessageId": f"{mail.provider_id}-{what}-{mail.number}", "TopicArn": TOPIC,
        "Message": json.dumps(event), "Timestamp": f"{ISO}.000Z",
    }  # fmt: skip


def brevo(what: str, mail: Mail) -> Any:
    names = {"delivered": "delivered", "hard": "hard_bounce", "full": "soft_bounce", "policy": "soft_bounce",
             "soft": "soft_bounce", "complaint": "spam", "unsubscribe": "unsubscribe", "opened": "unique_opened",
             "deferred": "deferred"}  # fmt: skip
    event = {
        "event": names[what], "email": mail.address, "id": 1, "date": "2026-11-27 13:00:00", "ts": AT,
        "ts_epoch": AT * 1000 + mail.number, "message-id": mail.provider_id, "subject": "Hi", "tag": "[]",
        "sending_ip": "192.0.2.25", "X-Mailin-custom": json.dumps(mail.metadata),
    }  # fmt: skip
    return event | ({"reason": WORDS[what]} if what in WORDS else {})


def mailersend(what: str, mail: Mail) -> Any:
    names = {
        "delivered": "delivered", "hard": "hard_bounced", "full": "soft_bounced", "policy": "soft_bounced",
        "soft": "soft_bounced", "complaint": "spam_complaint", "unsubscribe": "unsubscribed", "opened": "opened",
    }  # fmt: skip
    if what not in names:
        return None
    morph = {"object": "recipient_bounce", "reason": WORDS[what]} if "bounced" in names[what] else None
    return {
        "type": f"activity.{names[what]}", "created_at": f"{ISO}.000000Z", "webhook_id": "7z3m5jgrogdpyo6n",
        "data": {
            "object": "activity", "id": f"{mail.provider_id}-{what}-{mail.number}", "type": names[what],
            "created_at": f"{ISO}.000000Z", "morph": morph,
            "email": {"object": "email", "id": "62f114f8165fe0d8db0288e5", "from": "news@iria.example", "tags": None,
                      "message": {"object": "message", "id": mail.provider_id},
                      "recipient": {"object": "recipient", "id": "62c69be10", "email": mail.address}},
        },
    }  # fmt: skip


def mailgun(what: str, mail: Mail) -> Any:
    names = {"delivered": "delivered", "complaint": "complained", "unsubscribe": "unsubscribed", "opened": "opened"}
    data: dict[str, Any] = {
        "event": names.get(what, "failed"), "id": f"ev-{mail.number}", "timestamp": AT + mail.number / 1000,
        "recipient": mail.address, "recipient-domain": "readers.example", "log-level": "info", "tags": [],
        "message": {"headers": {"to": mail.address, "message-id": mail.provider_id.strip("<>"), "from": "news"}},
        "user-variables": mail.metadata,
    }  # fmt: skip
    if what in WORDS:
        code, _, words = WORDS[what].partition(" ")
        data["delivery-status"] = {"code": int(code), "message": words, "description": "", "attempt-no": 1}
    if data["event"] == "failed":
        data |= {"severity": "temporary" if what == "deferred" else "permanent",
                 "reason": "bounce" if what == "hard" else "generic"}  # fmt: skip
    return {"signature": {"token": f"{mail.provider_id}-{what}-{mail.number}"}, "event-data": data}


def mailjet(what: str, mail: Mail) -> Any:
    names = {"delivered": "sent", "complaint": "spam", "unsubscribe": "unsub", "opened": "open"}
    errors = {"hard": ("user unknown", True), "full": ("quota exceeded", False), "policy": ("policy issue", False),
              "soft": ("connection issue", False), "deferred": ("greylisted", False)}  # fmt: skip
    event: dict[str, Any] = {
        "event": names.get(what, "bounce"), "time": AT + mail.number, "MessageID": int(mail.provider_id),
        "Message_GUID": "1ab23cd4", "email": mail.address, "mj_campaign_id": 0, "CustomID": "",
        "Payload": json.dumps(mail.metadata),
    }  # fmt: skip
    if what in errors:
        error, hard = errors[what]
        event |= {"blocked": False, "hard_bounce": hard, "error_related_to": "recipient", "error": error, "comment": ""}
    return [event]


def mandrill(what: str, mail: Mail) -> Any:
    names = {"delivered": "send", "hard": "hard_bounce", "full": "soft_bounce", "policy": "soft_bounce",
             "soft": "soft_bounce", "complaint": "spam", "unsubscribe": "unsub", "opened": "open",
             "deferred": "deferral"}  # fmt: skip
    if what == "delivered":
        return None  # “send” says that Mandrill sent it, not that it arrived
    bounces = {"hard": "bad_mailbox", "full": "mailbox_full", "policy": "spam", "soft": "general"}
    msg: dict[str, Any] = {
        "ts": AT, "_id": mail.provider_id, "_version": "exampleaaaa", "email": mail.address, "subject": "Hi",
        "sender": "news@iria.example", "metadata": mail.metadata, "tags": [], "state": "bounced",
    }  # fmt: skip
    if what in bounces:
        msg |= {"bounce_description": bounces[what], "diag": f"smtp;{WORDS[what]}"}
    return [{"event": names[what], "ts": AT + mail.number, "_id": mail.provider_id, "msg": msg}]


def postmark(what: str, mail: Mail) -> Any:
    common = {"MessageID": mail.provider_id, "Metadata": mail.metadata, "ServerID": 23, "MessageStream": "broadcast",
              "Tag": ""}  # fmt: skip
    if what == "delivered":
        return common | {"RecordType": "Delivery", "Recipient": mail.address, "DeliveredAt": f"{ISO}.0000000Z",
                         "Details": WORDS[what]}  # fmt: skip
    if what == "unsubscribe":
        return common | {
            "RecordType": "SubscriptionChange", "Recipient": mail.address, "ChangedAt": f"{ISO}Z",
            "Origin": "Recipient", "SuppressSending": True, "SuppressionReason": "ManualSuppression",
        }  # fmt: skip
    if what == "opened":
        return common | {"RecordType": "Open", "Recipient": mail.address, "ReceivedAt": f"{ISO}Z", "FirstOpen": True}
    types = {"hard": "HardBounce", "full": "SoftBounce", "policy": "Blocked", "soft": "SoftBounce",
             "complaint": "SpamComplaint", "deferred": "Transient"}  # fmt: skip
    return common | {
        "RecordType": "SpamComplaint" if what == "complaint" else "Bounce", "Type": types[what], "Email": mail.address,
        "ID": crc32(f"{mail.provider_id} {what} {mail.number}".encode()), "TypeCode": 1, "BouncedAt": f"{ISO}.0000000Z",
        "Description": "The server was unable to deliver your message", "Details": f"smtp;{WORDS.get(what, '')}",
        "From": "news@iria.example", "DumpAvailable": True, "Inactive": what == "hard", "CanActivate": True,
    }  # fmt: skip


def resend(what: str, mail: Mail) -> Any:
    names = {"delivered": "email.delivered", "complaint": "email.complained", "opened": "email.opened",
             "deferred": "email.delivery_delayed", "hard": "email.bounced", "full": "email.bounced",
             "policy": "email.bounced", "soft": "email.bounced"}  # fmt: skip
    if what not in names:
        return None
    data: dict[str, Any] = {
        "email_id": mail.provider_id, "created_at": f"{ISO}.000Z", "from": "news@iria.example", "to": [mail.address],
        "subject": "Hi", "headers": [{"name": "X-Metadata", "value": json.dumps(mail.metadata)}],
    }  # fmt: skip
    if what in AMAZON:
        kind, subtype = AMAZON[what]
        data["bounce"] = {"type": kind, "subType": subtype, "message": "The recipient's email provider sent a bounce"}
    return {"type": names[what], "created_at": f"{ISO}.{mail.number % 1000:03d}Z", "data": data}


def sendgrid(what: str, mail: Mail) -> Any:
    names = {"delivered": "delivered", "complaint": "spamreport", "unsubscribe": "unsubscribe", "opened": "open",
             "deferred": "deferred"}  # fmt: skip
    event: dict[str, Any] = {
        "event": names.get(what, "bounce"), "email": mail.address, "timestamp": AT + mail.number,
        "smtp-id": "<14c5d75ce93.dfd.64b469@ismtpd-555>", "anymail_id": mail.provider_id, "category": [],
        "sg_event_id": f"{mail.provider_id}-{what}-{mail.number}", "sg_message_id": "14c5d75ce93.filter0001.16648",
    }  # fmt: skip
    if what in {"delivered", "deferred"}:
        event["response"] = WORDS[what]
    elif what in WORDS:
        event |= {"reason": WORDS[what], "status": WORDS[what].split()[1],
                  "type": "bounce" if what == "hard" else "blocked"}  # fmt: skip
    return [event | mail.metadata]


def sparkpost(what: str, mail: Mail) -> Any:
    kinds = {"delivered": ("message_event", "delivery"), "complaint": ("message_event", "spam_complaint"),
             "unsubscribe": ("unsubscribe_event", "link_unsubscribe"), "opened": ("track_event", "open"),
             "deferred": ("message_event", "delay")}  # fmt: skip
    group, kind = kinds.get(what, ("message_event", "bounce"))
    classes = {"hard": "10", "full": "22", "policy": "51", "soft": "20", "deferred": "20"}
    event: dict[str, Any] = {
        "type": kind, "event_id": f"{mail.provider_id}-{what}-{mail.number}", "timestamp": str(AT), "subject": "Hi",
        "transmission_id": mail.provider_id, "message_id": "0e0d94b7", "rcpt_to": mail.address,
        "raw_rcpt_to": mail.address, "rcpt_meta": mail.metadata, "campaign_id": "", "customer_id": "1",
    }  # fmt: skip
    if what in classes:
        event |= {"bounce_class": classes[what], "raw_reason": WORDS[what], "error_code": WORDS[what][:3]}
    return [{"msys": {group: event}}]


def mailtrap(what: str, mail: Mail) -> Any:
    names = {
        "delivered": "delivery",
        "complaint": "spam",
        "unsubscribe": "unsubscribe",
        "opened": "open",
        "deferred": "soft bounce",
    }
    categories = {"hard": "bad_mailbox", "full": "quota_issues", "policy": "spam_related", "soft": "bad_connection"}
    event: dict[str, Any] = {
        "event": names.get(what, "bounce"), "message_id": mail.provider_id, "sending_stream": "bulk",
        "email": mail.address, "timestamp": AT, "event_id": f"{mail.provider_id}-{what}-{mail.number}",
        "custom_variables": mail.metadata,
    }  # fmt: skip
    if what in categories:
        event |= {"response": WORDS[what], "response_code": int(WORDS[what][:3]), "bounce_category": categories[what]}
    return {"events": [event]}


def postal(what: str, mail: Mail) -> Any:
    statuses = {"delivered": "Sent", "hard": "HardFail", "policy": "HardFail", "deferred": "SoftFail"}
    if what not in statuses:
        return None
    return {
        "event": "MessageDeliveryFailed", "timestamp": AT, "uuid": f"{mail.provider_id}-{what}-{mail.number}",
        "payload": {"status": statuses[what], "details": "", "output": WORDS[what], "time": 0.22, "sent_with_ssl": True,
                    "timestamp": AT, "message": {"id": int(mail.provider_id), "token": "hcMTHnZVSDRuWyQa",
                                                 "direction": "outgoing", "to": mail.address, "tag": None}},
    }  # fmt: skip


def unisender_go(what: str, mail: Mail) -> Any:
    names = {"delivered": "delivered", "hard": "hard_bounced", "full": "hard_bounced", "policy": "hard_bounced",
             "complaint": "spam", "unsubscribe": "unsubscribed", "opened": "opened", "deferred": "soft_bounced",
             "soft": "soft_bounced"}  # fmt: skip
    statuses = {"hard": "err_user_unknown", "full": "err_mailbox_full", "policy": "err_spam_rejected",
                "soft": "err_unreachable", "deferred": "err_will_retry"}  # fmt: skip
    event: dict[str, Any] = {
        "job_id": "1a3Q2V", "email": mail.address, "status": names[what],
        "event_time": f"2026-11-27 12:00:{mail.number % 60:02d}",
        "metadata": mail.metadata | {"anymail_id": mail.provider_id},
    }  # fmt: skip
    if what in statuses:
        event["delivery_info"] = {"delivery_status": statuses[what], "destination_response": WORDS[what]}
    return {"auth": "", "events_by_user": [
        {"user_id": 1, "events": [{"event_name": "transactional_email_status", "event_data": event}]},
    ]}  # fmt: skip


TELLERS: Mapping[str, Callable[[str, Mail], Any]] = {
    "amazon_ses": amazon_ses, "brevo": brevo, "mailersend": mailersend, "mailgun": mailgun, "mailjet": mailjet,
    "mandrill": mandrill, "postmark": postmark, "resend": resend, "sendgrid": sendgrid, "sparkpost": sparkpost,
    "mailtrap": mailtrap, "postal": postal, "unisender_go": unisender_go,
}  # fmt: skip
KEEP_NO_METADATA = {"mailersend", "postal"}
NUMBERED = {"mailjet", "postal"}  # their numbers of mails are numbers


def provider_id(service: str, number: int) -> str:
    """As the service writes them, and anymail's backend hands them on."""
    if service in NUMBERED:
        return str(19_421_777_835_146_000 + number)
    if service in {"mailgun", "brevo"}:
        return f"<2026{number:08d}.1.BD6C@mail.iria.example>"
    return f"8f2a-{number:08d}"


def tell(service: str, what: str, mail: Mail) -> tuple[Any, str] | None:
    """What is called, unsigned and not yet written down, and its content type."""
    told = TELLERS[service](what, mail)
    return None if told is None else (told, FORM if service == "mandrill" else JSON)


def written(service: str, told: Any) -> bytes:
    text = json.dumps(told)
    return urlencode({"mandrill_events": text}).encode() if service == "mandrill" else text.encode()
