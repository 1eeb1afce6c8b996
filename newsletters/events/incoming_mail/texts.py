"""What a mail tells a person, apart from the mail that it returns.

Nothing that we wrote may be taken for a server's words: an article about spam, or one about full mailboxes, comes back
with every bounce.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import accumulate

from newsletters.events.incoming_mail.measured import Fields, MeasuredMail, lines_of, read_fields
from newsletters.events.incoming_mail.recipients import address_in, addresses_in, is_nobody_s
from newsletters.events.incoming_mail.statuses import MailJudge

MOST_LINES_TOLD = 400
MOST_TOLD = 32 * 1024  # characters of these lines
_ORIGINALS = (
    "message/rfc822",
    "message/global",
    "text/rfc822-headers",
    "message/global-headers",
    "message/rfc822-headers",
)
# From here on the mail that is returned follows.
_RETURNED = re.compile(
    r"^[\s*>=_.#-]*(?:below (?:this|the next) line is a copy|this is a copy of (?:the|your)|here is your returned mail"
    r"|.{0,30}original (?:message|mail|nachricht|e-?mail)(?: \w+)?(?: follows| headers?| is| text"
    r"| below)?[\s:.*=_-]*$|.{0,30}original message (?:follows|header|attached)"
    r"|(?:un|re)?sent message follows|unsent message|returned (?:mail|message)|start of (?:returned"
    r"|original) message|message (?:text|headers?) follows?"
    r"|your (?:original )?message (?:reads|follows|headers)|the (?:header|first \d+ lines|text) of (?:the|your)"
    r"|included is a copy|a copy of (?:the|your)"
    r"|message contents follow|headers of (?:the|your) (?:original )?message|old message|forwarded message"
    r"|begin (?:of )?(?:original|returned)"
    r"|ursprüngliche nachricht|message d'origine|mensaje original|messaggio originale|mensagem original"
    r"|исходное сообщение|原邮件|元のメッセージ)",
    re.IGNORECASE,
)
_HEADER_LINE = re.compile(
    r"(?:received|return-path|message-id|mime-version|content-type|dkim-signature|list-id|list-unsubscribe"
    r"|x-mailer)\s*:\s",
    re.IGNORECASE,
)
# No two neighbours in it share a character, so that a line costs no more than its length.
_ADDRESS_LINE = re.compile(
    r"^[\s*>-]{0,20}+(?:\d{1,4}[.)] )?[<\"'(\[]{0,3}(?:smtp:|mailto:|rfc822;)?"
    r"[^\s<>\"'()\[\]@]{1,64}@[^\s<>\"'()\[\]:;,@]{1,255}[>\"')\]]{0,3}(?:[:;,.]|\s|$)",
    re.IGNORECASE,
)
_LONGEST_ADDRESS_LINE = 500  # characters that are looked at


@dataclass(slots=True)
class ServerWords:
    """The lines of a mail that its server wrote, and the fields of the mail that it returns."""

    lines: list[str]
    original: Fields
    not_theirs: frozenset[str] = frozenset()  # keys of addresses that are ours or the server's own
    returned: str = ""
    judge: MailJudge = field(default_factory=MailJudge)
    _found: list[str] | None = field(default=None)
    _lowered: list[str] = field(default_factory=list)
    _recipients_at: list[int] = field(default_factory=list)  # the lines that begin with one

    def __post_init__(self) -> None:
        self._lowered = [line.lower() for line in self.lines]
        self._recipients_at = [
            number
            for number, line in enumerate(self.lines)
            if _ADDRESS_LINE.match(line[:_LONGEST_ADDRESS_LINE]) and self.may_be_recipient(address_in(line))
        ]

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    def addresses(self) -> list[str]:
        """Those that may be a recipient, in the order in which they are named."""
        if self._found is None:
            self._found = [each for each in addresses_in(self.text) if self.may_be_recipient(each)]
        return self._found

    def may_be_recipient(self, address: str) -> bool:
        return bool(address) and address.lower() not in self.not_theirs and not is_nobody_s(address)

    def sole_address(self) -> str:
        """The one it can only be about: the only one that is named, or else the one our mail was sent to."""
        named = self.addresses()
        if len(named) == 1:
            return named[0]
        sent_to = self.sent_to()
        if sent_to and (not named or sent_to.lower() in {each.lower() for each in named}):
            return sent_to
        return named[0] if named else ""

    def sent_to(self) -> str:
        """Whom the returned mail was sent to, if it was to one."""
        for name in ("x-failed-recipients", "x-rcpt-to", "x-original-to", "to"):
            found = addresses_in(self.original[name])
            if len(found) == 1:
                return found[0]
        return ""

    def about(self, address: str) -> str:
        """What is said of this address: from the line that names it first until another recipient's begins."""
        if not address:
            return self.text
        wanted = address.lower()
        begin = next((n for n, line in enumerate(self._lowered) if wanted in line), None)
        if begin is None:
            return self.text
        others = (n for n in self._recipients_at if n > begin and wanted not in self._lowered[n])
        return "\n".join(self.lines[begin : next(others, len(self.lines))])


def told_by(mail: MeasuredMail) -> ServerWords:
    """The server's words in a mail: plain text if there is any, else what a page says."""
    plain: list[str] = []
    html: list[str] = []
    original = Fields([])
    for part in mail.parts:
        if part.content_type in _ORIGINALS:
            original = original if original.pairs else Fields(list(read_fields(lines_of(part.text))))
            break  # what comes behind it belongs to it
        if part.content_type == "text/html":
            html.append(part.text)
        elif part.content_type.startswith("text/"):
            plain.append(part.text)
    texts = plain if any(text.strip() for text in plain) else html
    lines, returned = _until_returned(line.rstrip() for text in texts for line in lines_of(text))
    if not original.pairs:
        original = _fields_within(returned)
    return ServerWords(
        _as_many_as_fit(lines[:MOST_LINES_TOLD]), original, _not_theirs(mail.fields), "\n".join(returned)
    )


def _as_many_as_fit(lines: list[str]) -> list[str]:
    ends = accumulate(len(line) + 1 for line in lines)
    return [line for line, end in zip(lines, ends, strict=True) if end <= MOST_TOLD]


def _until_returned(all_lines: Iterable[str]) -> tuple[list[str], list[str]]:
    lines = list(all_lines)
    is_field = [_HEADER_LINE.match(line.lstrip("> \t")) is not None for line in lines]
    for number, line in enumerate(lines):
        if number and (_is_heading(line) and _RETURNED.match(line)):
            return lines[:number], lines[number:]
        if is_field[number] and sum(is_field[number : number + 12]) >= 2:
            return lines[:number], lines[number:]
    return lines, []


def _is_heading(line: str) -> bool:
    return len(line) < 120


def _fields_within(returned: list[str]) -> Fields:
    """The fields of a mail that stands in the text, behind what introduces it."""
    for number, line in enumerate(returned[:30]):
        if re.match(r"[\s>]*(?:to|from|subject|received|return-path|date|message-id)\s*:", line, re.IGNORECASE):
            return Fields(
                list(
                    read_fields(
                        [each.lstrip("> \t") if each.startswith((">", "  ")) else each for each in returned[number:]]
                    )
                )
            )
    return Fields([])


def _not_theirs(fields: Fields) -> frozenset[str]:
    """Who wrote this mail and whom it came to."""
    names = ("from", "to", "delivered-to", "return-path", "x-original-to", "sender", "reply-to", "cc")
    return frozenset(
        address.lower() for name in names for value in fields.every(name)[:5] for address in addresses_in(value)
    )
