"""How much of a whole, in words that every page writes alike."""

from __future__ import annotations


def percent(share: float) -> str:
    """“98.2%” of a share from 0 to 1, with a place more near nothing and near all, where it matters."""
    of_hundred = 100 * share
    places = 2 if of_hundred < 1 or of_hundred > 99 else 1
    return f"{of_hundred:.{places}f}".rstrip("0").rstrip(".") + "%" if of_hundred else "0%"
