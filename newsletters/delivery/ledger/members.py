"""The members of a chunk, packed: ten bytes a recipient, so that a million recipients are a thousand small rows."""

from __future__ import annotations

from collections.abc import Iterable
from struct import Struct
from typing import NamedTuple

from newsletters.models import Chunk

_MEMBER = Struct("<QH")  # subscriber id, variant number


class Member(NamedTuple):
    subscriber_id: int
    variant: int


def pack(members: Iterable[tuple[int, int]]) -> bytes:
    return b"".join(_MEMBER.pack(subscriber_id, variant) for subscriber_id, variant in members)


def unpack(packed: bytes | memoryview, start: int = 0, stop: int | None = None) -> list[Member]:
    """The members from `start` up to, not including, `stop`."""
    data = bytes(packed)[start * _MEMBER.size : None if stop is None else stop * _MEMBER.size]
    return [Member(*pair) for pair in _MEMBER.iter_unpack(data)]


def read_members(chunk_id: int) -> bytes:
    """The packed members of a chunk: large, so they are read alone and seldom."""
    return bytes(Chunk.objects.values_list("members", flat=True).get(pk=chunk_id))


def count(packed: bytes) -> int:
    return len(packed) // _MEMBER.size
