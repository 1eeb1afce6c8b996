"""What a transport gets of those who were handed out: a mail to each, which is made when its turn has come."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import partial

from mail.return_paths import edition_paths, edition_references
from mail.transport import Outgoing
from newsletters.delivery.engine.handing_out import HandedOut
from newsletters.delivery.engine.hold import Hold


def mails_to(hold: Hold, handed_out: Sequence[HandedOut], now: datetime, turns: Iterator[float]) -> Iterator[Outgoing]:
    """One each; `turns` say when it may begin, where a server has said that we are too fast."""
    frozen, slot = hold.frozen, hold.slot
    compiled, content = frozen.compiled, frozen.content
    sender_for = edition_paths(content.edition_id, content.from_email)
    reference_for = edition_references(content.edition_id)
    for member, recipient, checked_at in handed_out:
        number = member.variant
        yield Outgoing(
            member,
            recipient.email,
            sender_for(recipient.id),
            partial(frozen.message, number, recipient, now),
            checked_at,
            wire=partial(compiled[number].pieces, recipient, now),
            slot=slot,
            not_before=next(turns, 0.0),
            strikes=hold.strikes_of(member),
            reference=reference_for(recipient.id),
        )
