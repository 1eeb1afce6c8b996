"""What a server's refusal means for the one it was meant for: by its words, its status (RFC 3463) and its code.

Statuses alone say it wrongly too often. Many servers give 5.0.0 or 5.7.1 for everything, so words that leave no doubt
come first, then a status that leaves none, then the other words, and last what a status of its class usually means.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from newsletters.events.incoming_mail.kinds import MailKind
from newsletters.events.incoming_mail.wordings import WORDINGS

HARD, SOFT, FULL, POLICY = MailKind.HARD, MailKind.SOFT, MailKind.FULL, MailKind.POLICY
MOST_WORDS = 4_000  # characters that are looked at
MOST_OF_A_MAIL = 24_000  # the same of all that is judged in one mail

_STATUS = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.]*\d|\.\d)")
_BEHIND_A_CODE = re.compile(r"(?<!\d)[245]\d\d[ -]{1,3}#?([245]\.\d{1,3}\.\d{1,3})(?![\d.]*\d)")
_IN_BRACKETS = re.compile(r"\(?#([245]\.\d{1,3}\.\d{1,3})\)?")
_CODE = re.compile(r"(?<![\d.:#/-])([245][0-5]\d)(?=[ \-#:<]|$)(?!-\d{4})")
_BLANKS = re.compile(r"\s+")
_SYSEXITS = re.compile(r"x-unix; ?(\d\d)\b")

# What a status means where the words don't say it better. Without the class: 5.1.1 is “1.1”.
_OF_STATUS = {
    "1.0": HARD, "1.1": HARD, "1.2": HARD, "1.3": HARD, "1.4": HARD, "1.6": HARD,
    "1.7": POLICY, "1.8": POLICY, "1.9": POLICY, "1.10": HARD, "1.20": HARD,
    "2.1": HARD, "2.2": FULL, "4.4": HARD, "4.310": HARD, "1.351": HARD,
    "5.3": SOFT,
}  # fmt: skip
_OF_SUBJECT = {
    "0": HARD, "1": HARD, "2": SOFT, "3": SOFT, "4": SOFT, "5": SOFT, "6": POLICY,
    "7": POLICY,
}  # fmt: skip
# These say exactly what they mean, and are seldom given for anything else.
_EXACT = {"1.1": HARD, "1.2": HARD, "1.10": HARD, "2.2": FULL, "1.6": HARD, "1.7": POLICY,
          "1.8": POLICY, "3.4": SOFT, "4.6": SOFT, "4.7": SOFT}  # fmt: skip
_OF_CODE = {
    "552": FULL, "530": POLICY, "535": POLICY, "554": POLICY, "571": POLICY,
}  # fmt: skip
_OF_SYSEXIT = {"67": HARD, "68": HARD, "77": POLICY}  # EX_NOUSER, EX_NOHOST, EX_NOPERM
# Which words beat these all the same, by the names of their rows.
_BEATEN_BY = {
    "1.1": {"mailbox-full", "blocklist-or-spam", "greylisted"},
    "1.2": set(),
    "1.10": set(),
    "2.2": {"unknown-user"},
}
# Google gives up on a domain that isn't there, and says 4.0.0.
_FINAL_WHATEVER_THE_STATUS = {"nxdomain"}
# Names of hosts and mailboxes don't count, whatever they contain; pages they point to do.
_NAMES = re.compile(
    r"(?<![\w/.:-])(?:[^\s<>@]{0,64}@[\w.-]{1,255}|(?!resolver\."
    r"|storedrv\.)[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63}){1,10}(?<=[a-z]))"
)


@dataclass(frozen=True, slots=True)
class Meaning:
    """`sure` is false where neither words nor status said it, but only the kind of number."""

    kind: MailKind
    status: str
    rule: str
    sure: bool = True


@dataclass(slots=True)
class MailJudge:
    """Judges what one mail says, of however many recipients: the same words once, and `MOST_OF_A_MAIL` altogether."""

    _left: int = MOST_OF_A_MAIL
    _known: dict[tuple[str, str, bool], Meaning] = field(default_factory=dict)

    def __call__(self, words: str, status: str = "", *, for_good: bool = True) -> Meaning:
        """As the function. What lies beyond the limit is judged by its status alone."""
        words = words[:MOST_WORDS]
        key = (words, status, for_good)
        if key in self._known:
            return self._known[key]
        if len(words) > self._left:
            return judge("", status, for_good=for_good)
        self._left -= len(words)
        return self._known.setdefault(key, judge(words, status, for_good=for_good))


def judge(words: str, status: str = "", *, for_good: bool = True) -> Meaning:
    """What these words of a server and this status mean. Never a hard bounce unless `for_good`: the report says that
    delivery failed, or doesn't say that it goes on."""
    words = _BLANKS.sub(" ", words[:MOST_WORDS]).lower().replace("’", "'")
    status = status_in(words, status)
    code = code_in(words)
    goes_on = not for_good or status.startswith("4") or (not status and code.startswith("4"))
    kind, rule, sure = _kind(_NAMES.sub("x", words), status, code)
    if goes_on and kind is HARD and not (for_good and rule in _FINAL_WHATEVER_THE_STATUS):
        kind = SOFT
    if not for_good and kind is POLICY:
        kind = SOFT
    return Meaning(kind, status, rule, sure)


def status_in(words: str, reported: str = "") -> str:
    """The most telling enhanced status: the reported one, unless it is vague and the words have one that isn't."""
    said = _STATUS.search(reported)
    reported = said[0] if said else ""
    found = _BEHIND_A_CODE.search(words) or _IN_BRACKETS.search(words)
    in_words = found[1] if found else ""
    if not in_words and not reported:
        loose = _STATUS.search(words)
        in_words = loose[0] if loose else ""
    if not reported or (_is_vague(reported) and in_words and not _is_vague(in_words)):
        return in_words or reported
    return reported


def code_in(words: str) -> str:
    """The SMTP code in the words, or an empty text."""
    found = _CODE.search(words)
    return found[1] if found else ""


def _is_vague(status: str) -> bool:
    return status[2:] in {"0.0", "3.0", "5.0", "7.0", "1.0", "2.0", "4.0", "7.1", "4.7"}


def _kind(words: str, status: str, code: str) -> tuple[MailKind, str, bool]:
    detail = status[2:]
    by_words = next((row for row in WORDINGS if row.pattern.search(words)), None)
    exact = _EXACT.get(detail)
    if exact is not None and (by_words is None or by_words.kind is not exact):
        beaten = by_words is not None and by_words.strong and by_words.name in _BEATEN_BY.get(detail, {by_words.name})
        if not beaten:
            return exact, f"status-{status}", True
    if by_words is not None and not by_words.strong:
        # “Try again later” behind 5.1.1 is a polite phrase, but behind 5.7.1 or nothing at all it is an answer.
        stronger = next((row for row in WORDINGS if row.strong and row.pattern.search(words)), None)
        permanent = status.startswith("5") or (not status and code.startswith("5"))
        by_words = stronger if stronger is not None and permanent else by_words
    if by_words is not None:
        return by_words.kind, by_words.name, True
    return _by_numbers(words, status, code)


def _by_numbers(words: str, status: str, code: str) -> tuple[MailKind, str, bool]:
    """By the status, or by the code if there is none: the kind, the rule, and whether it is sure."""
    detail = status[2:]
    found = _SYSEXITS.search(words)
    if found:
        return _OF_SYSEXIT.get(found[1], SOFT), f"sysexits-{found[1]}", True
    if status.startswith(("4", "2")) or (not status and code.startswith("4")):
        return (FULL if detail == "2.2" else SOFT), f"status-{status or code}", bool(status)
    if status and detail != "0.0":
        kind = _OF_STATUS.get(detail) or _OF_SUBJECT.get(detail.partition(".")[0], SOFT)
        return kind, f"status-{status}", detail in _OF_STATUS and detail != "1.0"
    kind = _OF_CODE.get(code) or (SOFT if code.startswith("50") else HARD)  # 50x: of the protocol
    return kind, f"code-{code}" if code else f"status-{status}" if status else "failed", code == "552"
