"""The kinds of message: what each needs to know, and who writes it. The floors above register theirs when they load.

A kind is a name, words for staff, a frozen dataclass for its context, and a function that writes the mail at the moment
it is sent, so that nothing stale is mailed. A row whose kind nobody registered is logged and tried again, like any that
cannot be written.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from mail.models import Message
from mail.writing.message import Mail

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Context = TypeVar("Context", bound="DataclassInstance")  # frozen; of numbers, short codes, and tuples of these


class NoLongerNeeded(Exception):
    """The message has lost its purpose since it was posted; the exception says why."""


@dataclass(frozen=True)
class MessageKind(Generic[Context]):
    """`write` gets the row and its context, and raises `NoLongerNeeded`. To whom it goes, the Message-ID and the mark
    that a program sent it are added by `sending`."""

    name: str
    words: str  # for staff
    context: type[Context]
    write: Callable[[Message, Context], Mail]

    def pack(self, context: Context) -> dict[str, Any]:
        return asdict(context)

    def unpack(self, stored: Mapping[str, Any]) -> Context:
        """JSON has lists where the dataclass has tuples. What a newer or older version stored besides is ignored."""
        known = {field.name for field in fields(self.context)}
        values = {name: value for name, value in stored.items() if name in known}
        return self.context(**{k: tuple(value) if isinstance(value, list) else value for k, value in values.items()})


_kinds: dict[str, MessageKind[Any]] = {}


def register(*kinds: MessageKind[Any]) -> None:
    for kind in kinds:
        if _kinds.setdefault(kind.name, kind) is not kind:
            raise ValueError(f"There are two kinds of message named “{kind.name}”.")


def kind_named(name: str) -> MessageKind[Any]:
    """Raises LookupError."""
    try:
        return _kinds[name]
    except KeyError:
        raise LookupError(f"Nobody registered messages of the kind “{name}”.") from None


def registered_kinds() -> list[MessageKind[Any]]:
    return list(_kinds.values())


def kind_in_words(name: str) -> str:
    return _kinds[name].words if name in _kinds else name


def write_message(row: Message) -> Mail:
    """The mail of a row, without its address and Message-ID. Raises `NoLongerNeeded`, LookupError, and whatever goes
    wrong while it is written."""
    kind = kind_named(row.kind)
    return kind.write(row, kind.unpack(row.context))
