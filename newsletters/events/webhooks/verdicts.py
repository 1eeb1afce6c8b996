"""What a mail service itself says of a mail that didn't arrive, in its own classes: tables, a function a service.

anymail's reasons are too coarse for what we do with them: a full mailbox, a dead one and a spam filter are all
“bounced”. Where the server's own words leave no doubt, they decide (`tracking`); these tables do where there are none,
and where only the service can know: that an address is on its list of those it doesn't send to.

A service whose list an address is on, without saying why, didn't ask the reader's server: that is a soft bounce, so
that some of them together suppress the address, and no domain is stopped for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from newsletters.events.feedback.mail_events import EventKind

HARD, SOFT, FULL, POLICY = EventKind.HARD, EventKind.SOFT, EventKind.FULL, EventKind.POLICY
LEFT, COMPLAINT = EventKind.UNSUBSCRIBE, EventKind.COMPLAINT


@dataclass(frozen=True, slots=True)
class ServiceVerdict:
    """`kind`: what the class means, None where it leaves it open. `lasting`: whether trying again would help (False) or
    not (True), as far as the service says. `listed`: the service didn't try, so no server's words are to be read."""

    name: str = ""
    kind: EventKind | None = None
    lasting: bool | None = None
    status: str = ""
    words: str = ""
    listed: bool = False


NOTHING = ServiceVerdict()
_LASTING = {"permanent": True, "transient": False, "hard": True, "soft": False, "temporary": False}
_AMAZON = {
    "NoEmail": HARD, "Suppressed": HARD, "OnAccountSuppressionList": HARD, "MailboxFull": FULL,
    "MessageTooLarge": SOFT, "ContentRejected": POLICY, "AttachmentRejected": POLICY,
}  # fmt: skip
_MAILGUN = {"suppress-bounce": HARD, "suppress-unsubscribe": LEFT, "suppress-complaint": COMPLAINT}
_MAILJET = {
    "user unknown": HARD, "mailbox inactive": HARD, "quota exceeded": FULL, "invalid domain": HARD,
    "no mail host": HARD, "relay/access denied": POLICY, "sender blocked": POLICY, "content blocked": POLICY,
    "policy issue": POLICY, "spam reporter": COMPLAINT, "preblocked": SOFT, "blacklisted": SOFT, "typofix": SOFT,
}  # fmt: skip
_MAILTRAP = {
    "bad_mailbox": HARD, "inactive_mailbox": HARD, "bad_domain": HARD, "quota_issues": FULL, "spam_related": POLICY,
    "policy_related": POLICY, "content_related": POLICY, "virus_related": POLICY, "relaying_issues": POLICY,
}  # fmt: skip
_MANDRILL = {
    "bad_mailbox": HARD, "inactive_mailbox": HARD, "invalid_domain": HARD, "mailbox_full": FULL, "spam": POLICY,
    "policy": POLICY, "message_size": SOFT,
}  # fmt: skip
_MANDRILL_LISTS = {
    "hard-bounce": HARD, "spam": COMPLAINT, "unsub": LEFT, "soft-bounce": SOFT, "custom": SOFT,
    "invalid": HARD, "invalid-sender": POLICY, "rule": POLICY, "test-mode-limit": POLICY, "unsigned": POLICY,
}  # fmt: skip
_POSTMARK = {
    "HardBounce": HARD, "SoftBounce": None, "BadEmailAddress": HARD, "ManuallyDeactivated": SOFT, "Blocked": POLICY,
    # Of what they call it: the mail was rejected as spam by a server, not reported by its reader.
    "SpamNotification": POLICY, "DMARCPolicy": POLICY, "VirusNotification": POLICY, "Unconfirmed": POLICY,
}  # fmt: skip
_SENDGRID = {
    "invalid address": HARD, "reputation": POLICY, "content": POLICY, "frequency or volume too high": SOFT,
    "technical failure": SOFT,
}  # fmt: skip
_SENDGRID_LISTS = {
    "bounced address": HARD, "unsubscribed address": LEFT, "spam reporting address": COMPLAINT, "invalid": HARD,
    "spam content": POLICY, "recipient list over package quota": POLICY,
}  # fmt: skip
_SPARKPOST = {
    "10": HARD, "30": HARD, "22": FULL, "23": SOFT, "25": SOFT, "50": POLICY, "51": POLICY, "52": POLICY, "53": POLICY,
    "54": POLICY, "90": LEFT,
}  # fmt: skip
_SPARKPOST_PASSING = {"20", "21", "23", "24", "40", "70"}
_UNISENDER = {
    "err_user_unknown": HARD, "err_user_inactive": HARD, "err_mailbox_discarded": HARD, "err_domain_inactive": HARD,
    "err_mailbox_full": FULL, "err_spam_rejected": POLICY, "err_blacklisted": POLICY, "err_spam_skipped": POLICY,
    "err_unsubscribed": LEFT, "err_too_large": SOFT, "err_unreachable": SOFT, "err_lost": SOFT,
    "err_skip_letter": SOFT, "err_destination_misconfigured": SOFT, "err_delivery_failed": SOFT,
}  # fmt: skip


def verdict_of(service: str, event: Any) -> ServiceVerdict:
    """What the service says of anymail's event. `NOTHING` for a service or a form without a table; never raises."""
    ask = _ASKED.get(service)
    told = event.esp_event
    return ask(told, str(event.recipient or "")) if ask is not None and isinstance(told, Mapping) else NOTHING


def _dict(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else "" if value is None or isinstance(value, Mapping | list) else str(value)


def _amazon_ses(told: Mapping[str, Any], recipient: str) -> ServiceVerdict:
    if "reject" in told:  # a virus in the mail
        return ServiceVerdict("reject", POLICY, listed=True)
    bounce = _dict(told.get("bounce"))
    kind, subtype = _text(bounce.get("bounceType")), _text(bounce.get("bounceSubType"))
    recipients = bounce.get("bouncedRecipients")
    own = next(
        (_dict(each) for each in (recipients if isinstance(recipients, list) else ())
         if _text(_dict(each).get("emailAddress")) == recipient),
        {},
    )  # fmt: skip
    return ServiceVerdict(
        f"{kind} {subtype}".strip(), _AMAZON.get(subtype), _LASTING.get(kind.lower()), _text(own.get("status")),
        listed=subtype in {"Suppressed", "OnAccountSuppressionList"},
    )  # fmt: skip


def _brevo(told: Mapping[str, Any], _recipient: str) -> ServiceVerdict:
    name = _text(told.get("event"))
    kinds = {"invalid_email": HARD, "blocked": SOFT}
    return ServiceVerdict(name, kinds.get(name), _LASTING.get(name.removesuffix("_bounce")), listed=name == "blocked")


def _mailersend(told: Mapping[str, Any], _recipient: str) -> ServiceVerdict:
    name = _text(_dict(told.get("data")).get("type"))
    return ServiceVerdict(name, None, _LASTING.get(name.removesuffix("_bounced")))


def _mailgun(told: Mapping[str, Any], _recipient: str) -> ServiceVerdict:
    data = _dict(told.get("event-data"))
    name, status = _text(data.get("reason")), _dict(data.get("delivery-status"))
    if data.get("event") == "rejected":
        return ServiceVerdict("rejected", POLICY, listed=True)
    kind = _MAILGUN.get(name)
    code = _text(status.get("code"))
    words = f"{code} {_text(status.get('message'))}" if len(code) == 3 else ""
    return ServiceVerdict(
        name, kind, _LASTING.get(_text(data.get("severity"))), _text(status.get("enhanced-code")), words,
        listed=kind is not None,
    )  # fmt: skip


def _mailjet(told: Mapping[str, Any], _recipient: str) -> ServiceVerdict:
    name, hard = _text(told.get("error")), told.get("hard_bounce")
    return ServiceVerdict(
        name, _MAILJET.get(name), bool(hard) if hard is not None else None, words=_text(told.get("comment")),
        listed=told.get("event") == "blocked",
    )  # fmt: skip


def _mailtrap(told: Mapping[str, Any], _recipient: str) -> ServiceVerdict:
    name, event = _text(told.get("bounce_category")), _text(told.get("event"))
    if event == "reject":
        return ServiceVerdict("reject", SOFT, listed=True)
    return ServiceVerdict(name or event, _MAILTRAP.get(name), True if event == "bounce" else None)


def _mandrill(told: Mapping[str, Any], _recipient: str) -> ServiceVerdict:
    mail, event = _dict(told.get("msg")), _text(told.get("event"))
    if event == "reject":
        reject = mail.get("reject") or told.get("reject")
        name = _text(_dict(reject).get("reason") if isinstance(reject, Mapping) else reject)
        return ServiceVerdict(f"reject {name}".strip(), _MANDRILL_LISTS.get(name, SOFT), listed=True)
    name = _text(mail.get("bounce_description"))
    return ServiceVerdict(name or event, _MANDRILL.get(name), _LASTING.get(event.removesuffix("_bounce")))


def _postal(told: Mapping[str, Any], _recipient: str) -> ServiceVerdict:
    status = _text(_dict(told.get("payload")).get("status"))
    return ServiceVerdict(status, None, {"HardFail": True, "SoftFail": False}.get(status))


def _postmark(told: Mapping[str, Any], _recipient: str) -> ServiceVerdict:
    name = _text(told.get("Type")) or _text(told.get("SuppressionReason"))
    return ServiceVerdict(name, _POSTMARK.get(name), {"HardBounce": True, "SoftBounce": False}.get(name))


def _resend(told: Mapping[str, Any], _recipient: str) -> ServiceVerdict:
    bounce = _dict(_dict(told.get("data")).get("bounce"))
    kind, subtype = _text(bounce.get("type")), _text(bounce.get("subType"))
    codes = bounce.get("diagnosticCode")
    words = " ".join(_text(each) for each in codes[:5]) if isinstance(codes, list) else _text(codes)
    # Where there is no diagnosis, its message is a sentence of Resend's own about the type.
    return ServiceVerdict(
        f"{kind} {subtype}".strip(), _AMAZON.get(subtype), _LASTING.get(kind.lower()), words=words, listed=not words
    )


def _sendgrid(told: Mapping[str, Any], _recipient: str) -> ServiceVerdict:
    if told.get("event") == "dropped":
        name = _text(told.get("reason")) or _text(told.get("type"))
        return ServiceVerdict(name, _SENDGRID_LISTS.get(name.lower(), SOFT), listed=True)
    kind, name = _text(told.get("type")), _text(told.get("bounce_classification"))
    return ServiceVerdict(
        name or kind, _SENDGRID.get(name.lower()), {"bounce": True, "blocked": False}.get(kind),
        _text(told.get("status")),
    )  # fmt: skip


def _sparkpost(told: Mapping[str, Any], _recipient: str) -> ServiceVerdict:
    events = [_dict(each) for each in _dict(told.get("msys")).values()]
    event = events[0] if events else {}
    if _text(event.get("type")) in {"policy_rejection", "generation_rejection"}:
        # On their list of those who get no mail, or not: it says so in words alone.
        return ServiceVerdict(_text(event.get("type")), SOFT, listed=True)
    name = _text(event.get("bounce_class"))
    return ServiceVerdict(
        f"class {name}" if name else "", _SPARKPOST.get(name), False if name in _SPARKPOST_PASSING else None,
        words=_text(event.get("raw_reason")), listed=name == "25",
    )  # fmt: skip


def _unisender_go(told: Mapping[str, Any], _recipient: str) -> ServiceVerdict:
    name = _text(_dict(told.get("delivery_info")).get("delivery_status"))
    return ServiceVerdict(name, _UNISENDER.get(name), _LASTING.get(_text(told.get("status")).removesuffix("_bounced")))


_ASKED: Mapping[str, Callable[[Mapping[str, Any], str], ServiceVerdict]] = {
    "amazon_ses": _amazon_ses, "brevo": _brevo, "mailersend": _mailersend, "mailgun": _mailgun, "mailjet": _mailjet,
    "mailtrap": _mailtrap, "mandrill": _mandrill, "postal": _postal, "postmark": _postmark, "resend": _resend,
    "sendgrid": _sendgrid, "sparkpost": _sparkpost, "unisender_go": _unisender_go,
}  # fmt: skip
