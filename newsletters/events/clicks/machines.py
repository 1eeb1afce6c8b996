"""People or machine: which clicks and opens are no reader's. Programs that protect mailboxes open every link of a mail,
and those that protect privacy load every picture.

The rules have a version, which stands beside each count: `manage.py count_clicks --again` judges anew what older ones
judged, from what is kept (the program's name and the method).
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import lru_cache

from newsletters.events.clicks.batches import ClickGroup
from newsletters.events.clicks.spool import LATEST, NETWORK, OPEN
from newsletters.rendering.tracked_links import TRAP

VERSION = 3
PEOPLE = ""
ASKS, NAMELESS, ROBOT, AT_ONCE = "head", "nameless", "robot", "at_once"
APPLE, GMAIL, YAHOO, OUTLOOK, PROOFPOINT, BARRACUDA = "apple", "gmail", "yahoo", "outlook", "proofpoint", "barracuda"
EARLY, TRAPPED = "early", "trapped"
# Seen only while single events are there: what they judged can't be asked again.
SEEN_ONCE = frozenset({AT_ONCE, EARLY, TRAPPED, NETWORK})
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


@lru_cache(maxsize=4096)  # a batch asks of each program for each link
def _judge(method: str, agent: str) -> str:
    if method == "HEAD":
        return ASKS
    if not agent:
        return NAMELESS
    for rule, name in _BY_NAME:
        if name.search(agent):
            return rule
    return ROBOT if _NAMES.search(agent) else PEOPLE


@dataclass(frozen=True, slots=True)
class MachineTimes:
    """When somebody was a machine: from the first to the last millisecond, in order, none of them touching another."""

    at_once: Sequence[tuple[int, int]] = ()
    trapped: Sequence[tuple[int, int]] = ()

    def rule_at(self, at: int, *, is_open: bool) -> str:
        """Of one click or open; empty: none."""
        if _is_within(self.trapped, at):
            return TRAPPED
        return AT_ONCE if not is_open and _is_within(self.at_once, at) else PEOPLE


def _is_within(spans: Sequence[tuple[int, int]], at: int) -> bool:
    place = bisect_right(spans, (at, LATEST)) - 1
    return place >= 0 and at <= spans[place][1]


Marked = Mapping[tuple[int, int | str], MachineTimes]  # by edition, and by reader or place


def together(groups: Iterable[ClickGroup]) -> Marked:
    """What only shows when events stand beside each other: whose reader (where one is known, else whose place) followed
    `MANY` different links of an edition `WITHIN` so many milliseconds, or the link that no person sees. Linear: few
    follow that many, and of those a window is looked at for 64 events at most."""
    by_edition: defaultdict[int, list[ClickGroup]] = defaultdict(list)
    for group in groups:
        if group.kind.number != OPEN:
            by_edition[group.kind.edition].append(group)
    found: dict[tuple[int, int | str], MachineTimes] = {}
    for edition, clicks in by_edition.items():
        followed: Counter[int | str] = Counter()
        for group in clicks:
            followed.update(group.people)
        suspects = {who for who, times in followed.items() if times >= MANY}
        suspects |= {who for group in clicks if group.kind.number == TRAP for who in group.people}
        if suspects:
            found |= {(edition, who): times for who, times in _times_of(suspects, clicks)}
    return found


def _times_of(suspects: Set[int | str], clicks: Sequence[ClickGroup]) -> Iterator[tuple[int | str, MachineTimes]]:
    """Of those who were a machine at some time."""
    by_person: defaultdict[int | str, list[tuple[int, int]]] = defaultdict(list)
    for group in clicks:
        number = group.kind.number
        for at, who in zip(group.times, group.people, strict=True):
            if who in suspects:
                by_person[who].append((at, number))
    for who, events in by_person.items():
        events.sort()
        visits = [at for at, number in events if number == TRAP]
        times = MachineTimes(_joined(_at_once(events)), _joined((at - WITHIN, at + TRAP_HOLDS) for at in visits))
        if times.at_once or times.trapped:
            yield who, times


def _at_once(events: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    begin = 0
    for end, (at, _number) in enumerate(events):
        while at - events[begin][0] > WITHIN:
            begin += 1
        if end - begin + 1 < MANY:
            continue
        window = events[max(begin, end - 63) : end + 1]
        if len({number for _at, number in window}) >= MANY:
            yield window[0][0], at


def _joined(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Those that touch each other as one. They come in order."""
    joined: list[tuple[int, int]] = []
    for first, last in spans:
        if joined and first <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(last, joined[-1][1])
        else:
            joined.append((first, last))
    return joined
