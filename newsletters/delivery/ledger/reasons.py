"""Every reason that the ledger can hold, and its words: for the admin, reports, the terminal and exports alike.

Three kinds: a `Skip` says why somebody of the audience gets no mail, a `Reason` what Iria or its staff did, and the
codes of `mail.send_reasons` what came of sending. `Settlement.reason` and `Result.reason` are typed accordingly; each
has words where it is defined. A code that an older version wrote is shown as it is.
"""

from __future__ import annotations

from itertools import chain

from mail.send_reasons import SendReason, WordedCode, answer_in_words


class Skip(WordedCode):
    """Why somebody of the audience gets no mail."""

    NO_TOPIC = "no_topic", "no article on the topics they follow"
    NO_PART = "no_part", "no part of it is for their segments"
    PENDING = "pending", "not confirmed yet"
    LEFT = "left", "unsubscribed"
    SUPPRESSED = "suppressed", "the address is suppressed"
    PAUSED = "paused", "paused by the reader"
    DIGEST = "digest", "gets it in a digest, as they chose"
    ERASED = "erased", "their data was erased"


class Reason(WordedCode):
    """What became of a mail by our own doing: that of the engine, or of a person."""

    THROTTLED = "throttled", "mail to this domain is throttled; their turn hadn't come yet"
    TOO_FAST = "too_fast", "the mail server keeps saying that we send too fast"
    DOMAIN_STOPPED = "domain_stopped", "their domain refuses this edition; it's stopped there until a person resumes it"
    NOT_BEGUN = "not_begun", "sending hadn't started; it's retried at once"
    GAVE_UP = "gave_up", "retried until the newsletter's time for retries was over"
    STOPPED = "stopped", "sending was stopped before the server answered"
    WORKER_LOST = "worker_lost", "the sending process died before the server's answer was recorded"
    POWER_LOST = "power_lost", "the machine went down before the server's answer was recorded"
    SET_BY_STAFF = "set_by_staff", "marked as sent by a member of staff"
    REPORTED = "reported", "its server or mail service told of it later, so it was sent"
    ALREADY_RESOLVED = "already_resolved", "resolved in the meantime"


_BY_CODE: dict[str, WordedCode] = {code.value: code for code in chain(Skip, Reason, SendReason)}


def reason_in_words(code: str) -> str:
    if found := _BY_CODE.get(code):
        return found.words
    return answer_in_words(code) or code.replace("_", " ")
