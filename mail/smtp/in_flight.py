"""A mail on a connection, and what is known of those whose connection is gone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from mail.transport import Outgoing

# What a reply is the answer to; “final” is the dot behind a mail, “aside” RSET or a dot without a mail.
Stage = Literal["mail", "rcpt", "data", "final", "aside", "quit"]


@dataclass(slots=True)
class InFlight:
    """A mail on a connection."""

    mail: Outgoing
    tries: int = 0  # connections that ended under it without having served anybody
    data: Sequence[bytes] = ()  # in pieces
    refusal: tuple[Stage, int, str] | None = None  # at which stage, with which answer
    body_at: int = 0  # where in all that is given out its body begins, and where its final dot ends,
    dot_at: int = 0  # once they are on their way


@dataclass(frozen=True, slots=True)
class Survivors:
    """The mails of a connection that is gone, unless the server had said what becomes of them."""

    safe: list[InFlight]  # nothing of them was taken
    doubtful: list[InFlight]  # nobody knows
    blamed: list[tuple[InFlight, Stage]]  # nothing was taken; it ended in answer to that of their commands
