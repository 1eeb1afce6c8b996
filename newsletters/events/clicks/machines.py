"""People or machine: which clicks and opens are no reader's. Programs that protect mailboxes open every link of a mail,
and those that protect privacy load every picture.

The rules have a version, which stands beside each count: `manage.py count_clicks --again` judges anew what older ones
judged, from what is kept (the program's name and the method).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence

from newsletters.events.clicks.spool import OPEN, Click
from newsletters.rendering.tracked_links import TRAP

VERSION = 2
PEOPLE = ""
ASKS, NAMELESS, ROBOT, AT_ONCE = "head", "nameless", "robot", "at_once"
APPLE, GMAIL, YAHOO, OUTLOOK, PROOFPOINT, BARRACUDA = "apple", "gmail", "yahoo", "outlook", "proofpoint", "barracuda"
EARLY, TRAPPED = "early", "trapped"
# Seen only while single events are there: what they judged can't be asked again.
SEEN_ONCE = frozenset({AT_ONCE, EARLY, TRAPPED})
_BY_NAME = (
    (GMAIL, re.compile(r"googleimageproxy|ggpht\.com", re.IGNORECASE)),
    (YAHOO, re.compile(r"yahoomailproxy", re.IGNORECASE)),
    (OUTLOOK, re.compile(r"safelinks|skypeuripreview|bingpreview|office existence|outlookliveproxy", re.IGNORECASE)),
    (PROOFPOINT, re.compile(r"proofpoint|urldefense", re.IGNORECASE)),
    (BARRACUDA, re.compile(r"barracuda", re.IGNORECASE)),
)
_NAMES = re.compile(
    r"(?<!cu)bot\b|(?<!cu)bot[/_-]|crawl|spider|slurp|scan|fetch|preview|monitor|check|validator|headless|phantom|selenium|puppeteer"
    r"|playwright|python|curl|wget|libwww|lwp|java/|okhttp|go-http|httpclient|axios|node|ruby|perl|php|guzzle|scrapy"
    r"|mimecast|symantec|trendmicro|fortinet|sophos|forcepoint|messagelabs|cloudmark|ironport"
    r"|avanan|bitdefender|kaspersky"
    r"|facebookexternalhit|whatsapp/|telegrambot|slackbot|slack-img|discordbot|twitterbot|linkedinbot"
    r"|embedly|pinterestbot|vkshare"
    r"|google-safety|feedfetcher|wordpress",
    re.IGNORECASE,
)
# Office asks what a link is before a browser follows it; the pictures of a mail are loaded for who reads it in Outlook.
_OFFICE = re.compile(r"microsoft office|ms-office", re.IGNORECASE)
_APPLE_PROXY = "Mozilla/5.0"  # all that Apple's Mail Privacy Protection says of itself
MANY = 3  # different links of an edition,
WITHIN = 2000  # milliseconds, from one place: nobody reads so fast
TRAP_HOLDS = 60_000  # milliseconds in which who followed the hidden link is a machine
EARLY_WITHIN = 10_000  # milliseconds after delivery


def judge(method: str, agent: str) -> str:
    """The rule by which it is a machine, from what is kept of a click; empty: people."""
    return _judge(method, agent) or (ROBOT if _OFFICE.search(agent) else PEOPLE)


def judge_open(method: str, agent: str) -> str:
    """The same for an open."""
    return APPLE if agent == _APPLE_PROXY else _judge(method, agent)


def _judge(method: str, agent: str) -> str:
    if method == "HEAD":
        return ASKS
    if not agent:
        return NAMELESS
    for rule, name in _BY_NAME:
        if name.search(agent):
            return rule
    return ROBOT if _NAMES.search(agent) else PEOPLE


def together(events: Sequence[Click]) -> dict[int, str]:
    """What only shows when events stand beside each other, by their places: whose reader (where one is known, else
    whose place) followed `MANY` different links of an edition `WITHIN` so many milliseconds, or the link that no person
    sees. Linear: a window is looked at for 64 events at most."""
    by_visitor: defaultdict[tuple[int, int | str], list[int]] = defaultdict(list)
    trapped: set[tuple[int, int | str]] = set()
    for place, event in enumerate(events):
        key = (event.edition, event.subscriber or event.visitor)
        by_visitor[key].append(place)
        if event.number == TRAP:
            trapped.add(key)
    found: dict[int, str] = {}
    for key, places in by_visitor.items():
        if len(places) < MANY and key not in trapped:
            continue
        places.sort(key=lambda place: events[place].at)
        found |= dict.fromkeys(_at_once(events, [place for place in places if events[place].number != OPEN]), AT_ONCE)
        if key in trapped:
            found |= dict.fromkeys(_trapped(events, places), TRAPPED)
    return found


def _at_once(events: Sequence[Click], places: Sequence[int]) -> set[int]:
    found: set[int] = set()
    begin = 0
    for end, place in enumerate(places):
        while events[place].at - events[places[begin]].at > WITHIN:
            begin += 1
        if end - begin + 1 < MANY:
            continue
        window = places[max(begin, end - 63) : end + 1]
        if len({events[each].number for each in window}) >= MANY:
            found.update(window)
    return found


def _trapped(events: Sequence[Click], places: Sequence[int]) -> set[int]:
    """From `WITHIN` before each visit to the trap until `TRAP_HOLDS` after it."""
    visits = [events[place].at for place in places if events[place].number == TRAP]
    found, last = set(), 0
    for place in places:
        at = events[place].at
        while last + 1 < len(visits) and visits[last + 1] - WITHIN <= at:
            last += 1
        if visits[last] - WITHIN <= at <= visits[last] + TRAP_HOLDS:
            found.add(place)
    return found
