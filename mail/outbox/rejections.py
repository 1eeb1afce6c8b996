"""Tell the floors above of messages that a server refused for good. What that says of the address, they judge."""

from __future__ import annotations

from collections.abc import Callable

from mail.models import Message
from mail.results import Result

Listener = Callable[[Message, Result], None]
_listeners: dict[str, Listener] = {}


def register(name: str, listener: Listener) -> None:
    """Called in the transaction that ends the message."""
    if _listeners.setdefault(name, listener) is not listener:
        raise ValueError(f"There are two listeners to refusals named “{name}”.")


def tell(message: Message, answer: Result) -> None:
    for listener in _listeners.values():
        listener(message, answer)
