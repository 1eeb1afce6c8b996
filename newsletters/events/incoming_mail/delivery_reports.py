"""Delivery status notifications: RFC 3464, and RFC 6533 for addresses beyond ASCII, as servers really write them.

The fields may stand in a part of their own, in the wrong kind of part, or in the text; several recipients may share one
group; any field may be missing. A group says something as soon as it names a recipient, an action or a status.
"""

from __future__ import annotations

import re

from newsletters.events.incoming_mail.kinds import Failure, MailKind
from newsletters.events.incoming_mail.measured import Fields, MeasuredMail, lines_of, read_fields
from newsletters.events.incoming_mail.recipients import reported_address
from newsletters.events.incoming_mail.senders import may_hold_reports
from newsletters.events.incoming_mail.statuses import status_in
from newsletters.events.incoming_mail.texts import ServerWords

REPORTS = {"message/delivery-status", "message/global-delivery-status"}
_OF_A_RECIPIENT = {"final-recipient", "original-recipient", "action", "status", "diagnostic-code", "x-actual-recipient"}
_BEGINS_ANOTHER = {"final-recipient", "original-recipient", "action"}
_IN_TEXT = re.compile(r"^(?:final|original)-recipient\s*:", re.IGNORECASE | re.MULTILINE)
_DELIVERED = ("deliver", "relay", "expand")
MOST_RECIPIENTS = 200


def read_reports(mail: MeasuredMail, told: ServerWords) -> list[Failure]:
    """What the mail's reports say of each recipient; empty if it has none that say anything."""
    if not may_hold_reports(mail):
        return []
    texts = [part.text for part in mail.parts if part.content_type in REPORTS]
    if not any(text.strip() for text in texts):
        said = [part.text for part in mail.parts if part.content_type.startswith("text/")]
        texts = [text[found.start() :] for text in said if (found := _IN_TEXT.search(text))]
    groups = [group for text in texts for group in _groups(text)]
    failures = [_failure(group, told, alone=len(groups) == 1) for group in groups[:MOST_RECIPIENTS]]
    return [failure for failure in failures if failure is not None]


def _groups(text: str) -> list[Fields]:
    """The fields of each recipient, in order."""
    groups: list[Fields] = []
    lines = lines_of(text)
    at = 0
    while at < len(lines):
        if not lines[at].strip():
            at += 1
            continue
        end = next((n for n in range(at, len(lines)) if not lines[n].strip()), len(lines))
        groups.extend(_split(list(read_fields(lines[at:end]))))
        at = end
    return [group for group in groups if any(name in _OF_A_RECIPIENT for name, _value in group.pairs)]


def _split(pairs: list[tuple[str, str]]) -> list[Fields]:
    """One group of lines may hold several recipients: a field that is there already begins the next one."""
    groups: list[list[tuple[str, str]]] = [[]]
    seen: set[str] = set()
    for name, value in pairs:
        if name in _BEGINS_ANOTHER and name in seen:
            groups.append([])
            seen = set()
        seen.add(name)
        groups[-1].append((name, value))
    return [Fields(group) for group in groups]


def _failure(group: Fields, told: ServerWords, *, alone: bool) -> Failure | None:
    address = _address(group) or (told.sole_address() if alone else "")
    action = group["action"].strip().lower()
    status = status_in("", group["status"])
    if not (address or action or status):
        return None
    if action.startswith(_DELIVERED) or (not action and status.startswith("2")):
        return Failure(MailKind.OTHER, address, status, "delivered")
    words = " ".join(group.every("diagnostic-code")) or " ".join(group.every("x-diagnostic-code"))
    delayed = action.startswith("delay") or (not action and status.startswith("4"))
    judged = told.judge(words, status, for_good=not delayed)
    if not judged.sure:
        # Some say nothing in the fields that a person couldn't read better in the text.
        by_text = told.judge(told.about(address), judged.status, for_good=not delayed)
        judged = by_text if by_text.sure else judged
    rule = f"delayed: {judged.rule}" if delayed else f"report: {judged.rule}"
    return Failure(judged.kind, address, judged.status, rule)


def _address(group: Fields) -> str:
    """The address that the mail was sent to, not the one that it was forwarded to in the end."""
    for name in ("original-recipient", "final-recipient", "x-actual-recipient"):
        found = reported_address(group[name], encoded=name == "original-recipient")
        if found:
            return found
    return ""
