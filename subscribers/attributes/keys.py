"""Names that no attribute can have, since something else has them: the person's own fields, and the merge fields that
the floors above register."""

from __future__ import annotations

# Columns of our own export and import, and what rules ask about.
_OF_THE_PERSON = frozenset(
    {"address", "attributes", "consent", "email", "id", "language", "lists", "name", "status", "tag", "tags", "topic",
     "topics", "uuid", "zone"}
)  # fmt: skip
_registered: set[str] = set()


def reserve(*names: str) -> None:
    _registered.update(names)


def is_reserved(key: str) -> bool:
    return key in _OF_THE_PERSON or key in _registered
