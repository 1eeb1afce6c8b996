"""What comes in, from all sources together: for the tasks and for the start of the application."""

from __future__ import annotations

from mail.outbox import rejections
from newsletters.events.feedback import dialogue
from newsletters.events.receiving import keeping, mail, reading


def register_sources() -> None:
    """Once, when the application starts."""
    reading.register(mail.SOURCE, mail.read_event)
    rejections.register("feedback", dialogue.note_rejected_message)


def anything_waits() -> bool:
    return reading.anything_waits() or dialogue.anything_waits()


def work_off() -> int:
    """Read what waits and let it take effect; how many there were. Raises DatabaseError."""
    return reading.read_waiting() + dialogue.act_on_waiting()


def forget_old() -> int:
    return keeping.forget_old()
