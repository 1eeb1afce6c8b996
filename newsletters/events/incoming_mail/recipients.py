"""Addresses as servers write them, in reports and in running text."""

from __future__ import annotations

import re

LONGEST_ADDRESS = 320  # octets: 64 before the @, 255 behind it (RFC 5321 §4.5.3.1)

_IN_LOCAL_PART = r"[^\s<>()\[\],;:\"@\\'：，；（）＜＞“”「」]"
_ADDRESS = re.compile(
    rf'(?:"(?:[^"\\\r\n]|\\.){{1,64}}"|{_IN_LOCAL_PART}{{1,64}}(?:\'{_IN_LOCAL_PART}{{1,40}})?)'
    r"@(?:\[[0-9A-Za-z:.]{2,60}\]|[^\W_](?:[\w.-]{0,253}[^\W_])?)"
)
_CODE_POINT = re.compile(r"\\x\{([0-9A-Fa-f]{2,6})\}")
_XTEXT = re.compile(r"\+(2B|3D)")  # the two printable characters that RFC 3461 §4 makes every sender encode
_TYPE = re.compile(r"\s*(rfc822|utf-8|smtp|local|x400|lmtp|dns|unknown|internet)\s*;\s*(.*)", re.IGNORECASE | re.DOTALL)
_COMMENT = re.compile(r"\((?:expanded|original|was)[^()]{0,400}\)", re.IGNORECASE)
_DAEMONS = {
    "mailer-daemon", "mailerdaemon", "postmaster", "mail-daemon", "mdaemon", "mailadmin", "mail-deamon",
    "mailer_daemon", "postoffice", "maildaemon", "microsoftexchange", "mailman", "mailman-bounces",
}  # fmt: skip
_ROLES = {"abuse", "hostmaster", "noreply", "no-reply", "donotreply"}


def addresses_in(text: str) -> list[str]:
    """Every address in the text, in order and each once."""
    return list(dict.fromkeys(found.rstrip(".-") for found in _ADDRESS.findall(text)))


def address_in(text: str) -> str:
    """The first address in the text, or an empty text."""
    found = _ADDRESS.search(text)
    return found[0].rstrip(".-") if found else ""


def reported_address(value: str, *, encoded: bool = False) -> str:
    """The address of an Original- or Final-Recipient field: “rfc822; ada@example.org” (RFC 3464 §2.3.1), and “utf-8;”
    with \\x{…} for what isn't ASCII (RFC 6533 §3). `encoded`: it may still be xtext (RFC 3461 §4)."""
    typed = _TYPE.match(value)
    kind, value = (typed[1].lower(), typed[2]) if typed else ("", value)
    if kind == "x400":
        return ""
    if kind == "utf-8" or "\\x{" in value:
        value = _CODE_POINT.sub(_character, value)
    if encoded:
        value = _XTEXT.sub(lambda found: chr(int(found[1], 16)), value)
    return address_in(_COMMENT.sub("", value).replace("mailto:", "").replace("= ", ""))


def is_nobody_s(address: str) -> bool:
    """Nobody subscribes with it: a server's, or one of a role."""
    return is_daemon(address) or address.partition("@")[0].lower() in _ROLES


def is_daemon(address: str) -> bool:
    """The address is one that servers write from, not people."""
    local = address.partition("@")[0].lower().strip('"')
    if local in _DAEMONS or local.startswith(("mailer-daemon", "postmaster", "microsoftexchange", "mailerdaemon")):
        return True
    return local.startswith(("bounce", "double-bounce", "mail-daemon"))


def _character(found: re.Match[str]) -> str:
    number = int(found[1], 16)
    return chr(number) if 0x20 < number < 0x110000 and not 0xD800 <= number < 0xE000 else ""
