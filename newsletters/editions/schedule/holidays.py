"""Public holidays of a country, or of one of its regions, by the `holidays` library (ISO 3166 codes).

Lunar ones are estimated by it where a country announces them only shortly before; a newer release corrects them.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from unicodedata import normalize

logger = logging.getLogger(__name__)
_CAPITALS = re.compile(r"(?<=[a-z])(?=[A-Z])")
# Those that the names of classes spell in another way than people do.
_ODD_NAMES = {
    "CD": "Democratic Republic of the Congo", "CG": "Republic of the Congo", "CC": "Cocos (Keeling) Islands",
    "CW": "Curaçao", "HM": "Heard Island and McDonald Islands", "CI": "Côte d’Ivoire", "RE": "Réunion",
    "SH": "Saint Helena, Ascension and Tristan da Cunha", "GW": "Guinea-Bissau", "TL": "Timor-Leste", "SY": "Syria",
    "BL": "Saint Barthélemy", "AX": "Åland Islands", "TR": "Türkiye",
}  # fmt: skip


class NoSuchRegion(Exception):
    """Its text names those that there are."""


@lru_cache(1)
def countries() -> list[tuple[str, str]]:
    """(code, English name) of each, by name; the library has the names as those of its classes."""
    from holidays.registry import COUNTRIES

    named = ((names[1], _ODD_NAMES.get(names[1]) or _spaced(names[0])) for names in COUNTRIES.values())
    return sorted(named, key=lambda each: normalize("NFKD", each[1]))


def _spaced(name: str) -> str:
    spaced = _CAPITALS.sub(" ", name)
    for small in (" And ", " Of ", " The "):
        spaced = spaced.replace(small, small.lower())
    return spaced


def check_region(country: str, region: str) -> str:
    """The library's code of a region that was given by code or by name, in capitals or not. Raises NoSuchRegion."""
    there = _named_regions(country)
    wanted = region.strip().casefold()
    for code, names in there.items():
        if wanted in {code.casefold(), *map(str.casefold, names)}:
            return code
    if not there:
        raise NoSuchRegion("We know no regions of this country. Leave the field empty.")
    known = ", ".join(f"{code} ({names[0]})" if names else code for code, names in sorted(there.items()))
    raise NoSuchRegion(f"We don't know this region. Enter one of these: {known}.")


def holiday_on(country: str, region: str, day: date) -> str:
    """What the day is called there, in English where the library has it so; empty where it is a day like others, and
    for a country or region that the library no longer knows."""
    return str(_calendar(country, region, day.year).get(day, ""))


def _named_regions(country: str) -> dict[str, list[str]]:
    from holidays import country_holidays

    there = country_holidays(country)
    found: dict[str, list[str]] = {code: [] for code in there.subdivisions}
    for name, code in there.subdivisions_aliases.items():
        found[code].append(name)
    return found


@lru_cache(64)
def _calendar(country: str, region: str, year: int) -> Mapping[date, str]:
    # It takes 11 MB, and nothing where no newsletter asks: so it is imported here and not above.
    from holidays import country_holidays

    try:
        return dict(country_holidays(country, subdiv=region or None, years=year, language="en_US"))
    except NotImplementedError:
        logger.warning("No public holidays are known of %s %s", country, region)
        return {}
