"""Whom the link to the email preferences means, and whether it still opens them.

A link says whose it is and when its mail was written; links in older editions carry no time. Once they changed
their address or became one with somebody else, links that went to the former mailbox open nothing: its reader
today would see the new address, download everything and undo the change. They lead to a page that mails a new link to
the present address. Unsubscribing by an old link always works.
"""

from __future__ import annotations

from dataclasses import dataclass

from subscribers.former_people import find_subscriber
from subscribers.models import Subscriber
from subscribers.tokens import BadToken, Purpose, read

_HIDDEN = "…"


@dataclass(frozen=True)
class LinkHolder:
    person: Subscriber
    opens: bool  # False: the link went to an earlier address


def find_reader(token: str) -> LinkHolder | None:
    """None for somebody who was erased. Raises `BadToken`."""
    numbers = read(Purpose.PREFERENCES, token)
    if len(numbers) > 2:
        raise BadToken("a link to the preferences names a person and a time")
    number, made_at = (*numbers, 0)[:2]
    person = find_subscriber(number)
    return None if person is None else LinkHolder(person, not is_earlier(person, number, made_at))


def is_earlier(person: Subscriber, number: int, made_at: int = 0) -> bool:
    """Was a link with this number of a person, made at this Unix time (0: not known), mailed to an earlier address?
    Of the very second of the change nobody knows: it is taken for one."""
    if number != person.pk:  # of somebody who was merged into them
        return True
    return person.address_since is not None and made_at <= int(person.address_since.timestamp())


def address_for(person: Subscriber, number: int, made_at: int = 0) -> str:
    """What a page behind such a link may show of the address: one at which the link did not arrive stays hidden."""
    if not is_earlier(person, number, made_at):
        return person.readable_email
    return f"{person.readable_email[:1]}{_HIDDEN}@{_HIDDEN}"
