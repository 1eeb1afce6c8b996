"""Families of programs: what a program's name counts under when there is no room for it. Anybody can invent names, and
nobody can invent a family: there is one for each device and program that reports tell apart."""

from __future__ import annotations

from itertools import product

from newsletters.reports.programs import OTHER, device_of, program_of

OTHERS = "(other programs)"
# What stands in a family's name, so that reports read in it what they read in the names of its programs.
_DEVICES = {"tablet": "iPad", "phone": "iPhone", "computer": "Macintosh", OTHER: ""}
_PROGRAMS = {
    "app": "FBAV",
    "thunderbird": "Thunderbird/",
    "outlook": "Outlook",
    "edge": "Edg/",
    "opera": "Opera",
    "samsung": "SamsungBrowser/",
    "duckduckgo": "DuckDuckGo/",
    "firefox": "Firefox/",
    "chrome": "Chrome/",
    "safari": "Version/1 Safari/",
    "apple_app": "AppleWebKit/",
    OTHER: "",
}


def _name(device: str, program: str) -> str:
    return " ".join(filter(None, (OTHERS, _DEVICES[device], _PROGRAMS[program])))


FAMILIES = frozenset(_name(*each) for each in product(_DEVICES, _PROGRAMS))


def family_of(agent: str) -> str:
    return _name(device_of(agent), program_of(agent))
