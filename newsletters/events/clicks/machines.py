"""People or machine: which clicks are no reader's. Programs that protect mailboxes open every link of a mail.

The rules have a version, which stands beside each count: `manage.py count_clicks --again` judges anew what older ones
judged, from what is kept (the program's name and the method).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence

from newsletters.events.clicks.spool import Click

VERSION = 1
PEOPLE = ""
ASKS, NAMELESS, ROBOT, AT_ONCE = "head", "nameless", "robot", "at_once"
_NAMES = re.compile(
    r"(?<!cu)bot\b|(?<!cu)bot[/_-]|crawl|spider|slurp|scan|fetch|preview|monitor|check|validator|headless|phantom|selenium|puppeteer"
    r"|playwright|python|curl|wget|libwww|lwp|java/|okhttp|go-http|httpclient|axios|node|ruby|perl|php|guzzle|scrapy"
    r"|barracuda|proofpoint|mimecast|symantec|trendmicro|fortinet|sophos|forcepoint|messagelabs|cloudmark|ironport"
    r"|safelinks|urldefense|avanan|bitdefender|kaspersky|microsoft office|ms-office|bingpreview"
    r"|facebookexternalhit|whatsapp/|telegrambot|slackbot|slack-img|discordbot|twitterbot|linkedinbot|skypeuripreview"
    r"|embedly|pinterestbot|vkshare"
    r"|google-safety|googleimageproxy|yahoomailproxy|feedfetcher|wordpress",
    re.IGNORECASE,
)
MANY = 3  # different links of an edition,
WITHIN = 2000  # milliseconds, from one place: nobody reads so fast


def judge(method: str, agent: str) -> str:
    """The rule by which it is a machine, from what is kept of a click; empty: people."""
    if method == "HEAD":
        return ASKS
    if not agent:
        return NAMELESS
    return ROBOT if _NAMES.search(agent) else PEOPLE


def at_once(clicks: Sequence[Click]) -> set[int]:
    """The places in `clicks` of those whose visitor followed `MANY` different links of an edition `WITHIN` so many
    milliseconds. Linear: a window is looked at for 64 clicks at most."""
    by_visitor: defaultdict[tuple[int, str], list[int]] = defaultdict(list)
    for place, click in enumerate(clicks):
        by_visitor[click.edition, click.visitor].append(place)
    found: set[int] = set()
    for places in by_visitor.values():
        places.sort(key=lambda place: clicks[place].at)
        begin = 0
        for end, place in enumerate(places):
            while clicks[place].at - clicks[places[begin]].at > WITHIN:
                begin += 1
            if end - begin + 1 < MANY:
                continue
            window = places[max(begin, end - 63) : end + 1]
            if len({clicks[each].number for each in window}) >= MANY:
                found.update(window)
    return found
