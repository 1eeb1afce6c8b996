"""The links of a mail become links of ours that count, where the newsletter says so, and get its UTM parameters.

A counted link says a token and a number; where it leads stands in the database alone, so nobody can make us lead
anywhere else. The same address has the same number in every variant of an edition, in HTML and in text. Not counted are
addresses that differ from reader to reader (unsubscribe, preferences, those with merge fields), and whatever is no web
page (`mailto:`, `tel:`). UTM parameters are added to every web page but those to unsubscribe and of the preferences: to
the counted when somebody is led there, to the others in the mail.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from html import escape, unescape
from typing import Self

from django.conf import settings

from newsletters.rendering.content import EditionContent
from newsletters.rendering.mail import RenderedMail
from newsletters.rendering.slots import MARK
from newsletters.rendering.utm import parameters_of, with_parameters
from subscribers import tokens
from subscribers.tokens import Purpose

OFF = "off"  # as Newsletter.Tracking
PATH = "/c/"  # before token and number; the door looks for it; `newsletters.events.urls` has the same
MOST_LINKS = 2000  # of an edition; those beyond it are not counted
# What CSS inlining writes: attributes in double quotes, in which `>` may stand. The second is a button of Outlook's.
_HREF = re.compile(r'(<(?:a|v:roundrect)\s(?:[^<>"]|"[^"]*")*?\bhref=")([^"]*)(")')
_IN_TEXT = re.compile(r"https?://[^\s<>]+")
_BEHIND = ".,;:!?)]}»”’\"'"  # ends a sentence in which an address stands


class LinkTable:
    """The links of one edition's mails: the counted are numbered as they come."""

    def __init__(self, edition_id: int, *, is_counted: bool = True, utm: str = "") -> None:
        """`utm` is what is added to each address, percent-encoded."""
        self._numbers: dict[str, int] = {}
        self._instead: dict[str, str] = {}  # of each address, where it isn't left as it is
        self._stem = f"{settings.SITE_URL}{PATH}{tokens.make(Purpose.CLICK, edition_id)}/"
        self._is_counted = is_counted
        self._utm = utm

    @classmethod
    def of(cls, content: EditionContent) -> Self:
        """As the newsletter says."""
        return cls(content.edition_id, is_counted=content.tracking != OFF, utm=parameters_of(content))

    @property
    def urls(self) -> Mapping[str, int]:
        """The number of each counted address."""
        return self._numbers

    @property
    def utm(self) -> str:
        """What is added to each address, percent-encoded."""
        return self._utm

    def track(self, mail: RenderedMail) -> RenderedMail:
        """The same mail with links that count, and those that don't with their UTM parameters."""
        if not (self._is_counted or self._utm):
            return mail
        html = _HREF.sub(self._in_html, mail.html)
        return replace(mail, html=html, text=_IN_TEXT.sub(self._in_text, mail.text))

    def _in_html(self, href: re.Match[str]) -> str:
        url = unescape(href[2]).strip()
        if not url.lower().startswith(("http://", "https://")):
            return href[0]
        instead = self._instead.get(url)
        if instead is None:
            number = self._number(url)
            instead = f"{self._stem}{number}/" if number else with_parameters(url, self._utm)
            self._instead[url] = instead
        return href[0] if instead == url else f"{href[1]}{escape(instead)}{href[3]}"

    def _number(self, url: str) -> int:
        """0 for an address that isn't counted. One that was met before stays what it was then."""
        if not self._is_counted or MARK in url or len(self._numbers) == MOST_LINKS:
            return 0
        number = self._numbers[url] = len(self._numbers) + 1
        return number

    def _in_text(self, found: re.Match[str]) -> str:
        """Only what is a link of the HTML, too: both parts lead to the same places."""
        url, behind = found[0], ""
        while url not in self._instead and url[-1:] and url[-1] in _BEHIND:
            url, behind = url[:-1], url[-1] + behind
        instead = self._instead.get(url)
        return instead + behind if instead else found[0]
