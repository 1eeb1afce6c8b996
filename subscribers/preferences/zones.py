"""The time zones that a reader can choose: the world's places by continent, as zoneinfo names them.

A zone's former names (Asia/Calcutta, America/Godthab) stay valid where somebody has one, but aren't offered beside the
present ones. `zone.tab` of the machine's time zone database lists the present ones; without it all are offered.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from zoneinfo import TZPATH, available_timezones

_CONTINENTS = (
    "Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific",
)  # fmt: skip
Zones = tuple[tuple[str, tuple[tuple[str, str], ...]], ...]


def zones_by_continent(chosen: str = "") -> Zones:
    """Each continent with pairs of a zone's name and what is shown: the place without its continent. The zone that is
    chosen is among them under the name it has."""
    return _by_continent(_present_zones() | ({chosen} if is_zone(chosen) else frozenset()))


def is_zone(name: str) -> bool:
    return name in _all_zones()


@lru_cache(maxsize=8)
def _by_continent(names: frozenset[str]) -> Zones:
    places: dict[str, list[tuple[str, str]]] = {continent: [] for continent in _CONTINENTS}
    for name in sorted(names):
        continent, _slash, place = name.partition("/")
        places[continent].append((name, place.replace("_", " ")))
    return tuple((continent, tuple(found)) for continent, found in places.items())


@lru_cache(maxsize=1)
def _all_zones() -> frozenset[str]:
    return frozenset(name for name in available_timezones() if "/" in name and name.split("/")[0] in _CONTINENTS)


@lru_cache(maxsize=1)
def _present_zones() -> frozenset[str]:
    for folder in TZPATH:
        table = Path(folder) / "zone.tab"
        if table.is_file():
            rows = [line.split("\t") for line in table.read_text("utf-8").splitlines() if not line.startswith("#")]
            return _all_zones() & {row[2] for row in rows if len(row) > 2} or _all_zones()
    return _all_zones()
