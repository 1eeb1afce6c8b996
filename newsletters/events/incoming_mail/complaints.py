"""Complaints of readers that their providers pass on: ARF (RFC 5965), and what came before it."""

from __future__ import annotations

import re

from newsletters.events.incoming_mail.kinds import Failure, MailKind
from newsletters.events.incoming_mail.measured import Fields, MeasuredMail, lines_of, read_fields
from newsletters.events.incoming_mail.recipients import address_in, reported_address
from newsletters.events.incoming_mail.senders import may_hold_reports
from newsletters.events.incoming_mail.texts import ServerWords

_REPORT = "message/feedback-report"
_IN_TEXT = re.compile(r"^feedback-type\s*:", re.IGNORECASE | re.MULTILINE)
# RFC 5965 §7.3 and what is registered beside it. “not-spam” takes a complaint back; “auth-failure” (RFC 6591) and
# “dmarc” speak of a domain, not of a person.
_COMPLAINS = {"abuse", "fraud", "virus", "miscategorized", "other", "spam", "phishing", "unsolicited"}
_OPTS_OUT = {"opt-out", "opt-out-list"}
_WHOM = ("original-rcpt-to", "removal-recipient", "x-hmxmroriginalrecipient", "redacted-address", "x-original-rcpt-to")
# Microsoft's junk mail reports and AOL's old ones are no ARF: our mail is attached to one with this subject.
_OLD_SUBJECT = re.compile(
    r"(?:e-?mail feedback report for ip|complaint about (?:message|e-?mail) from|client tos notification"
    r"|abuse report|spam (?:report|complaint))",
    re.IGNORECASE,
)
_FROM_LOOPS = re.compile(r"(?:fbl|feedback|feedbackloop|staff|scomp|complaints?|abuse|spam|arf)[\w.-]*@", re.IGNORECASE)


def read_complaint(mail: MeasuredMail, told: ServerWords) -> list[Failure]:
    """Who complains; empty if the mail isn't a complaint."""
    from_a_loop = _FROM_LOOPS.search(mail.fields["from"]) is not None
    if not (may_hold_reports(mail) or from_a_loop or "x-hmxmroriginalrecipient" in told.original):
        return []
    for part in mail.parts:
        if part.content_type == _REPORT:
            return [_of_report(Fields(_fields(part.text)), told)]
    for part in mail.parts:
        if part.content_type.startswith("text/") and (found := _IN_TEXT.search(part.text)):
            return [_of_report(Fields(_fields(part.text[found.start() :])), told)]
    old = "x-hmxmroriginalrecipient" in told.original or (
        _OLD_SUBJECT.search(mail.fields["subject"]) is not None and from_a_loop
    )
    if old and told.original.pairs:
        return [Failure(MailKind.COMPLAINT, _whom(Fields([]), told), "", "complaint")]
    return []


def _of_report(report: Fields, told: ServerWords) -> Failure:
    said = report["feedback-type"].split(";")[0].strip().lower()
    whom = _whom(report, told)
    if said in _OPTS_OUT:
        return Failure(MailKind.UNSUBSCRIBE, whom, "", f"feedback-report: {said}")
    kind = MailKind.COMPLAINT if said in _COMPLAINS or not said else MailKind.OTHER
    return Failure(kind, whom, "", f"feedback-report: {said or 'abuse'}")


def _whom(report: Fields, told: ServerWords) -> str:
    for fields in (report, told.original):
        for name in _WHOM:
            if found := reported_address(fields[name]):
                return found
    return told.sent_to() or address_in(told.original["to"])


def _fields(text: str) -> list[tuple[str, str]]:
    """All groups of a report: some put a blank line between its first fields and the others."""
    return list(read_fields([line for line in lines_of(text) if line.strip()]))
