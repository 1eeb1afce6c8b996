"""Whether a server wrote a mail by its own hand, or a person or their program: by its sender and its subject.

Persons send bounces as well: they forward one and ask what it is, or answer above one. Those are no bounces.
"""

from __future__ import annotations

import re

from newsletters.events.incoming_mail.measured import Fields, MeasuredMail
from newsletters.events.incoming_mail.recipients import address_in, is_daemon

_NOT_PEOPLE = re.compile(
    r"(?:mail(?:er)?[ ._-]?(?:delivery|daemon|system|administrator|server|gateway)|delivery (?:sub)?system"
    r"|post ?master|system administrator|system attendant|postoffice|daemon|internet mail|smtp|mail admin|antispam"
    r"|mailserver|mail service|mail router)",
    re.IGNORECASE,
)
_SUBJECT = re.compile(
    r"^\s*(?:\*+\s*)?(?:\[?(?:spam|junk|external|suspicious)\]?:?\s*)?(?:failure notice|fail(?:ed|ure) (?:notice"
    r"|delivery|mail|to deliver)|(?:un|non-?)(?:deliver|zustell)|undelivered|returned (?:mail|e-?mail|message|to)"
    r"|return(?:ed)? to sender|mail (?:delivery|delivering|system|returned|could not|not delivered|error"
    r"|undeliverable|status|failure)|e-?mail (?:delivery|could not|address problem|not delivered|undeliverable)"
    r"|delivery (?:status|fail|not|error|problem|delay|report|has|incomplete|unsuccessful|to|notification|warning)"
    r"|(?:message|mail|your (?:message|mail|e-?mail)).{0,60}(?:undeliver|not (?:be )?deliver|fail|return|reject"
    r"|bounce|could ?n.t|could not|delay|status|blocked)|warning[: ].{0,60}(?:delay|deliver|could not|message)"
    r"|nondeliv|ndn:|ndr:|bounce|rejected|unknown (?:user|recipient|address)|user unknown|notification|(?:permanent"
    r"|transient|temporary) (?:delivery )?(?:fail|error)|error (?:sending|in|deliver)|could not (?:send|deliver)"
    r"|can(?:no|')t (?:send|deliver)|invalid (?:address|recipient|user)|no such user|mailbox (?:full|unavail"
    r"|is full)|over quota|quota"
    r"|unzustellbar|nicht zustellbar|(?:ihre|die) (?:mail|nachricht|e-?mail).{0,40}nicht|zustell(?:ung|fehler)"
    r"|non remis|non[ -]?d[ée]livr|[ée]chec|message non|avis de non|remise|no (?:se )?(?:entreg|puede)|no entregado"
    r"|devuelto|correo devuelto|mensaje (?:no|devuel)|non recapit|mancato|mancata|impossibile|n[ãa]o (?:entreg|foi)"
    r"|devolvid|onbestelbaar|niet bezorgd|olevererb|kan (?:ikke|inte) lever|не (?:достав|удалось)|недоставлен|ошибка"
    r"|возврат|退信|系统退信|无法|投递失败|無法|配信|送信|エラー|반송|returned)",
    re.IGNORECASE,
)  # fmt: skip


def from_a_server(fields: Fields) -> bool:
    """The mail was written by a server's own hand, by what its sender is called."""
    sender = fields["from"]
    return "x-failed-recipients" in fields or is_daemon(address_in(sender)) or _NOT_PEOPLE.search(sender) is not None


def names_a_failure(fields: Fields) -> bool:
    """The subject is one of a bounce, with no “Re:” or “Fwd:” before it."""
    return _SUBJECT.search(fields["subject"]) is not None


def may_hold_reports(mail: MeasuredMail) -> bool:
    """The mail is sent as a report (RFC 3462), or at least by a server: not a forwarded one."""
    return mail.content_type == "multipart/report" or from_a_server(mail.fields) or names_a_failure(mail.fields)
