"""Mail that comes to our return paths: bounces, complaints, requests to unsubscribe, and answers of people.

Only what came to a return path that we signed is kept, and takes effect; a complaint may name one in the mail that it
returns. Anybody can write to these addresses, so all else would fill the database.
"""

from __future__ import annotations

import re
from functools import partial

from django.conf import settings

from mail.return_paths import Returned, ReturnPath, read_return_path
from mail.writing.identity import ascii_domain
from newsletters.events.feedback.mail_events import EventKind, MailEvent, MailTarget
from newsletters.events.incoming_mail.delivery_reports import REPORTS
from newsletters.events.incoming_mail.kinds import RULES_VERSION, MailKind, Reading
from newsletters.events.incoming_mail.measured import LONGEST_MAIL, fields_of, take_apart
from newsletters.events.incoming_mail.own_return_paths import return_path_of
from newsletters.events.incoming_mail.reading import read_mail
from newsletters.events.incoming_mail.texts import told_by
from newsletters.events.receiving import reading, replies
from newsletters.events.receiving.keeping import keep_once
from newsletters.events.receiving.reading import Found
from newsletters.models import RawEvent
from subscribers.links import UNSUBSCRIBING_BOX
from subscribers.tokens import Purpose, read

SOURCE = "mail"
LONGEST_KEPT = 1024 * 1024  # octets of an answer of a person; of all else as much as is read
_OURS = re.compile(r"b-[em]-[0-9a-f-]{20,64}@[\w.-]{1,255}", re.IGNORECASE)
_EVENTS = {
    MailKind.HARD: EventKind.HARD,
    MailKind.SOFT: EventKind.SOFT,
    MailKind.FULL: EventKind.FULL,
    MailKind.POLICY: EventKind.POLICY,
    MailKind.COMPLAINT: EventKind.COMPLAINT,
    MailKind.UNSUBSCRIBE: EventKind.UNSUBSCRIBE,
}
_DIAGNOSIS = re.compile(
    r"^diagnostic-code\s*:\s*(?:[a-z0-9-]{1,20}\s*;\s*)?(.{1,2000}(?:\n[ \t].{1,1000}){0,10})",
    re.IGNORECASE | re.MULTILINE,
)
_DELAYED = "delayed"  # how the rules of reports about a delay begin: the mail may still arrive, and mostly does


def receive(raw: bytes, *, recipient: str = "", identity: bytes | None = None) -> RawEvent | None:
    """Keep a mail of ours, of at most `LONGEST_KEPT` octets, and let it take effect at once. `recipient` is the
    envelope's, where it is known; it is kept with the mail as servers do. `identity`: as
    `keep_once`, for what isn't the same octets each time. None for one that was received before, and for one that isn't
    ours (`is_ours`), which isn't kept. Raises DatabaseError: then it is to be delivered again."""
    raw = _with_recipient(raw, recipient)
    if not _names_what_we_signed(raw):
        return None
    found = read_mail(raw)
    if _target_of(found, raw) is None:
        return None
    event = keep_once(SOURCE, raw[: LONGEST_KEPT if replies.is_reply(found) else LONGEST_MAIL], identity=identity)
    if event is not None:
        reading.read_one(event.pk)
    return event


def unsubscribing_address() -> str:
    """Where the mailto of List-Unsubscribe leads."""
    return f"{UNSUBSCRIBING_BOX}@{ascii_domain(settings.BOUNCE_DOMAIN)}".lower()


def is_ours(raw: bytes, *, recipient: str = "") -> bool:
    """Did it come to a return path that we signed, or does it hold something else that nobody can make up?"""
    raw = _with_recipient(raw, recipient)
    if not _names_what_we_signed(raw):
        return False
    found = read_mail(raw)
    return _target_of(found, raw) is not None


def _names_what_we_signed(raw: bytes) -> bool:
    """Cheaply, before anything is parsed: what has neither a return path nor a token of ours in it isn't ours."""
    paths = set(_OURS.findall(raw[:LONGEST_MAIL].decode("latin-1")))
    return any(map(read_return_path, paths)) or _unsubscribing(fields_of(raw)["subject"]) is not None


def is_about_an_edition(body: bytes) -> bool:
    """Not about a message to one person, of which a bounce may return the link that sets a new password."""
    target = _target_of(read_mail(body), body)
    return target is not None and target.message is None


def read_event(event: RawEvent, body: bytes) -> Found:
    """As `reading.Reader`."""
    found = read_mail(body)
    target = _target_of(found, body)
    reply = partial(replies.forward, event, target) if target is not None and replies.is_reply(found) else None
    is_event = found.kind in _EVENTS and not found.rule.startswith(_DELAYED)
    events = [_event(event, found, target, body)] if target is not None and is_event else []
    return Found(found.kind.value, events, RULES_VERSION, once=reply)


def _with_recipient(raw: bytes, recipient: str) -> bytes:
    if not (recipient and recipient.isprintable()):
        return raw
    return b"X-Original-To: " + recipient.encode() + b"\r\n" + raw


def _target_of(found: Reading, body: bytes) -> MailTarget | None:
    """None for what isn't ours, or can't be shown to be."""
    if found.kind is MailKind.UNSUBSCRIBE and (target := _unsubscribing(take_apart(body).fields["subject"])):
        return target
    path = return_path_of(found)
    if path is None and found.kind is MailKind.COMPLAINT:
        path = _in_the_returned_mail(body)
    return None if path is None else _target(path)


def _unsubscribing(subject: str) -> MailTarget | None:
    """The token that the mailto of List-Unsubscribe has in its subject."""
    for word in subject.split()[:10]:
        try:
            subscriber, mailing_list, edition, *_written = read(Purpose.UNSUBSCRIBE, word)
        except ValueError:  # a BadToken, or one with fewer numbers
            continue
        return MailTarget(edition=edition or None, subscriber=subscriber, mailing_list=mailing_list)
    return None


def _event(event: RawEvent, found: Reading, target: MailTarget, body: bytes) -> MailEvent:
    return MailEvent(
        _EVENTS[found.kind],
        key=event.digest,
        target=target,
        at=event.received_at,
        address=found.address,
        status=found.status,
        rule=found.rule,
        words=_words(body, found.address),
    )


def _target(path: ReturnPath) -> MailTarget:
    if path.what is Returned.MESSAGE:
        return MailTarget(message=path.number)
    return MailTarget(edition=path.number, subscriber=path.subscriber)


def _in_the_returned_mail(body: bytes) -> ReturnPath | None:
    """ARF's Original-Mail-From (RFC 5965 §3.2), or the Return-Path in the mail that comes with the complaint. Nobody
    can make one up, whatever else a complaint says."""
    text = body[:LONGEST_MAIL].decode("latin-1")
    return next((path for found in _OURS.findall(text)[:50] if (path := read_return_path(found)) is not None), None)


def _words(body: bytes, address: str) -> str:
    """The server's own, for staff: what the report says for machines, else what it says of the address."""
    mail = take_apart(body)
    for part in mail.parts:
        if part.content_type in REPORTS and (found := _DIAGNOSIS.search(part.text)):
            return " ".join(found[1].split())
    return " ".join(told_by(mail).about(address).split())
