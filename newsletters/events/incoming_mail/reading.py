"""What a mail that came back is, from its bytes alone: no database, no network, the same answer every time.

The order matters. Reports that machines write for machines come first. Then what a person's program answers beyond
doubt, so that no vacation note is taken for a bounce, whatever it says of mailboxes. Then bounces written for people,
requests to unsubscribe, and what else a program sent.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from newsletters.events.incoming_mail.automatic_replies import read_certain_reply, read_likely_reply
from newsletters.events.incoming_mail.complaints import read_complaint
from newsletters.events.incoming_mail.delivery_reports import read_reports
from newsletters.events.incoming_mail.kinds import Failure, MailKind, Reading, reading_of
from newsletters.events.incoming_mail.measured import Fields, MeasuredMail, take_apart
from newsletters.events.incoming_mail.recipients import address_in, addresses_in
from newsletters.events.incoming_mail.senders import from_a_server
from newsletters.events.incoming_mail.texts import ServerWords, told_by
from newsletters.events.incoming_mail.written_bounces import read_written_bounce

_UNSUBSCRIBES = re.compile(
    r"^\s*(?:re:\s*)?(?:please )?(?:unsubscribe|unsubscribe me|remove(?: me)?|opt[ -]?out|abmelden|abbestellen"
    r"|d[ée]sabonn\w+|d[ée]sinscri\w+|cancelar suscripci[oó]n|darse de baja|baja|disiscri\w+|cancellami|отписаться"
    r"|إلغاء الاشتراك)\b.{0,40}$",
    re.IGNORECASE,
)
_UNSUBSCRIBING_BOX = re.compile(
    r"(?:^|[<\s+._=-])(?:unsubscribe|unsub|list-unsubscribe|leave|optout|opt-out)(?:[+._=-][^\s@]*)?@", re.IGNORECASE
)
_CAME_TO = ("x-original-to", "delivered-to", "envelope-to", "x-envelope-to", "x-rcpt-to", "to")
MOST_ADDRESSES = 20  # that a mail may have come to
_ABOUT_DOMAINS = re.compile(r"report domain:.{0,200}submitter:", re.IGNORECASE)


def read_mail(raw: bytes) -> Reading:
    """What these bytes are, for any bytes: `MailKind.OTHER` where nothing is known. Never raises; what lies beyond the
    limits of `measured` isn't looked at."""
    mail = take_apart(raw)
    told = told_by(mail)
    for read in _READERS:
        if found := read(mail, told):
            return reading_of(found, _came_to(mail.fields))
    rule = "from-a-server" if from_a_server(mail.fields) else ""
    return Reading(MailKind.OTHER, rule=rule, came_to=_came_to(mail.fields))


def _came_to(fields: Fields) -> tuple[str, ...]:
    """What the last server says of the envelope, then the header's own."""
    values = [value for name in _CAME_TO for value in fields.every(name)[:5]]
    return tuple(dict.fromkeys(address for value in values for address in addresses_in(value)))[:MOST_ADDRESSES]


def _read_domain_report(mail: MeasuredMail, _told: ServerWords) -> list[Failure]:
    """DMARC's (RFC 7489 §7.2.1.1) say nothing of anybody."""
    is_one = _ABOUT_DOMAINS.search(mail.fields["subject"]) is not None
    return [Failure(MailKind.OTHER, rule="dmarc-report")] if is_one else []


def _read_unsubscribing(mail: MeasuredMail, _told: ServerWords) -> list[Failure]:
    """Somebody, or their mail program, wrote to an address for unsubscribing, or nothing but that word."""
    if mail.fields["auto-submitted"].lower().startswith("auto-"):
        return []
    whose = address_in(mail.fields["from"])
    boxes = " ".join(value for name in ("to", "delivered-to", "x-original-to") for value in mail.fields.every(name)[:5])
    if _UNSUBSCRIBING_BOX.search(boxes):
        return [Failure(MailKind.UNSUBSCRIBE, whose, "", "unsubscribing-address")]
    if _UNSUBSCRIBES.search(mail.fields["subject"]):
        return [Failure(MailKind.UNSUBSCRIBE, whose, "", "unsubscribing-subject")]
    return []


_READERS: tuple[Callable[[MeasuredMail, ServerWords], list[Failure]], ...] = (
    _read_domain_report,
    read_complaint,
    read_reports,
    read_certain_reply,
    read_written_bounce,
    _read_unsubscribing,
    read_likely_reply,
)
