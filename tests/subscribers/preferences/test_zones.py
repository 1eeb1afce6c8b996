"""Which time zones a reader is offered."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import TZPATH

import pytest

from subscribers.preferences.zones import is_zone, zones_by_continent


def offered(chosen: str = "") -> set[str]:
    return {name for _continent, places in zones_by_continent(chosen) for name, _place in places}


def test_every_zone_that_is_offered_can_be_chosen() -> None:
    assert {"Europe/Berlin", "Europe/Oslo", "Asia/Tokyo", "America/Argentina/Buenos_Aires"} <= offered()
    assert all(is_zone(name) for name in offered())


@pytest.mark.parametrize("name", ["", "Mars/Olympus", "UTC", "Etc/GMT+3", "Europe", "../Europe/Berlin"])
def test_what_is_no_place_is_neither_offered_nor_accepted(name: str) -> None:
    assert not is_zone(name)
    assert offered(name) == offered()


@pytest.mark.skipif(not any((Path(each) / "zone.tab").is_file() for each in TZPATH), reason="no zone.tab here")
def test_a_former_name_is_offered_to_those_who_have_it() -> None:
    assert "Africa/Asmara" in offered()
    assert "Africa/Asmera" not in offered()
    assert is_zone("Africa/Asmera")
    assert offered("Africa/Asmera") - offered() == {"Africa/Asmera"}
