"""Numbers that a visitor sent, in a query string or a form: anything may stand there.

Guarantee: what isn't a short row of ASCII digits is None, never an error, whatever its length or script; and what is
returned fits a database's big integer.
"""

from __future__ import annotations

from collections.abc import Iterable

LARGEST = 10**18 - 1  # below 2**63, so that it may be asked for in any database
_MOST_DIGITS = 18


def read_number(typed: str | None, *, most: int = LARGEST) -> int | None:
    """A number from 0 to `most`; None for anything else."""
    if not typed or len(typed) > _MOST_DIGITS or not typed.isascii() or not typed.isdecimal():
        return None
    number = int(typed)
    return number if number <= most else None


def read_numbers(typed: Iterable[str]) -> list[int]:
    """Those of them that are numbers, in their order."""
    return [number for each in typed if (number := read_number(each)) is not None]
