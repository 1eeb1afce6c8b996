"""Why somebody did not get a mail, in words. The ledger keeps short codes; one that is not listed is shown as it is."""

from __future__ import annotations

import re

from newsletters.delivery.ledger.outcomes import SKIP_WORDS

_OTHER = {
    "paced": "mail to that domain is paced, and the turn had not come yet",
    "gave_up": "tried until the newsletter's time for trying was over",
    "stopped": "sending was stopped before the server's answer came",
    "worker_lost": "the sending process ended before the server's answer was recorded",
    "said_by_person": "somebody of the staff said so",
    "settled_meanwhile": "their mail was settled otherwise meanwhile",
    "too_large": "the mail was too large for the server",
    "unbuildable": "the mail could not be made",
    "no_smtputf8": "the mail server takes no addresses with letters beyond ASCII",
    "refused": "refused by the mail server",
    "service_no_answer": "the mail service gave no answer",
    "service_unknown": "the mail service gave an answer that nobody understands",
    "unexpected_error": "an unexpected error, which is in the log",
}


_ANSWER = re.compile(r"(mail|rcpt|data|final|replayed|service)_(\d{3})")
_WHERE = {
    "mail": "at the sender's address",
    "rcpt": "at the reader's address",
    "data": "before the mail",
    "final": "after the whole mail",
    "replayed": "as the journal of a process that died tells",
    "service": "by the mail service",
}


def reason_in_words(code: str) -> str:
    words = {str(skip): text for skip, text in SKIP_WORDS.items()} | _OTHER
    if code in words:
        return words[code]
    if answer := _ANSWER.fullmatch(code):
        what = "put off" if answer[2].startswith("4") else "refused"
        return f"{what} {_WHERE[answer[1]]} ({answer[2]})"
    return code.replace("_", " ")
