"""The time zones that a reader can choose: the world's places by continent, as zoneinfo names them."""

from __future__ import annotations

from functools import lru_cache
from zoneinfo import available_timezones

_CONTINENTS = (
    "Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific",
)  # fmt: skip


@lru_cache(maxsize=1)
def zones_by_continent() -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    """Each continent with pairs of a zone's name and what is shown: the place without its continent."""
    places: dict[str, list[tuple[str, str]]] = {continent: [] for continent in _CONTINENTS}
    for name in sorted(available_timezones()):
        continent, _slash, place = name.partition("/")
        if place and continent in places:
            places[continent].append((name, place.replace("_", " ")))
    return tuple((continent, tuple(found)) for continent, found in places.items())


def is_zone(name: str) -> bool:
    return any(name == zone for _continent, places in zones_by_continent() for zone, _place in places)
