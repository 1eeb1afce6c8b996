"""With what readers follow links: the device and the program, as the program's name says (User-Agent)."""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache

from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from newsletters.models import Agent, ClickCount, CountedLink, Edition
from newsletters.reports.measures import Tally

# Each with what its name holds; the first that fits counts, since most name others, too.
_DEVICES = (
    ("tablet", _("Tablet"), re.compile(r"iPad|Tablet|Kindle|Silk/|Android(?!.*Mobile)")),
    ("phone", _("Phone"), re.compile(r"iPhone|iPod|Mobile|Windows Phone")),
    ("computer", _("Computer"), re.compile(r"Windows NT|Macintosh|X11|CrOS|Linux")),
)
_PROGRAMS = (
    ("app", _("Inside another app"), re.compile(r"FBAN|FBAV|Instagram|LinkedInApp|\bGSA/|; wv\)|Teams/|Slack/")),
    ("thunderbird", _("Thunderbird"), re.compile(r"Thunderbird/")),
    ("outlook", _("Outlook"), re.compile(r"Outlook|MSOffice|OneOutlook")),
    ("edge", _("Edge"), re.compile(r"Edg(?:e|A|iOS)?/")),
    ("opera", _("Opera"), re.compile(r"OPR/|Opera|OPT/")),
    ("samsung", _("Samsung Internet"), re.compile(r"SamsungBrowser/")),
    ("duckduckgo", _("DuckDuckGo"), re.compile(r"DuckDuckGo/|Ddg/")),
    ("firefox", _("Firefox"), re.compile(r"Firefox/|FxiOS/|Focus/")),
    ("chrome", _("Chrome"), re.compile(r"Chrome/|CriOS/|Chromium/")),
    ("safari", _("Safari"), re.compile(r"Version/[\d.]+.*Safari/")),
    ("apple_app", _("An app on iPhone, iPad or Mac"), re.compile(r"(?:iPhone|iPad|Macintosh).*AppleWebKit/")),
)
OTHER = "other"


@lru_cache(maxsize=4096)
def device_of(agent: str) -> str:
    return next((key for key, _name, pattern in _DEVICES if pattern.search(agent)), OTHER)


@lru_cache(maxsize=4096)
def program_of(agent: str) -> str:
    return next((key for key, _name, pattern in _PROGRAMS if pattern.search(agent)), OTHER)


def clicks_by_program(edition: Edition) -> tuple[tuple[Tally, ...], tuple[Tally, ...]]:
    """People's clicks by device and by program, the most first. Two queries: one over counts by hour and program, which
    names nobody, since a join for each of tens of thousands of rows would double its time."""
    clicks = dict(
        ClickCount.objects.filter(link__in=CountedLink.objects.filter(edition=edition).values("pk"), rule="")
        .order_by()
        .values_list("agent")
        .annotate(found=Sum("clicks"))
    )
    names = dict(Agent.objects.filter(pk__in=clicks).values_list("pk", "name"))
    devices: Counter[str] = Counter()
    programs: Counter[str] = Counter()
    for agent, found in clicks.items():
        devices[device_of(names[agent])] += found
        programs[program_of(names[agent])] += found
    return _tallies(devices, _DEVICES), _tallies(programs, _PROGRAMS)


def _tallies(counts: Counter[str], kinds: tuple[tuple[str, object, object], ...]) -> tuple[Tally, ...]:
    names = {key: str(name) for key, name, _pattern in kinds} | {OTHER: str(_("Other"))}
    ordered = sorted(counts.items(), key=lambda entry: (entry[0] == OTHER, -entry[1], entry[0]))
    return tuple(Tally(key, names[key], count) for key, count in ordered)
