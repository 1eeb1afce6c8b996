"""The links of a mail become links of ours that count, where the newsletter says so.

Such a link says a token and a number; where it leads stands in the database alone, so nobody can make us lead anywhere
else. The same address has the same number in every variant of an edition, in HTML and in text. Left as they are:
addresses that differ from reader to reader (unsubscribe, preferences, those with merge fields), and whatever is no web
page (`mailto:`, `tel:`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from html import escape, unescape

from django.conf import settings

from newsletters.rendering.mail import RenderedMail
from newsletters.rendering.slots import MARK
from subscribers import tokens
from subscribers.tokens import Purpose

PATH = "/c/"  # before token and number; the door looks for it; `newsletters.events.urls` has the same
MOST_LINKS = 2000  # of an edition; those beyond it are not counted
# What CSS inlining writes: attributes in double quotes, in which `>` may stand. The second is a button of Outlook's.
_HREF = re.compile(r'(<(?:a|v:roundrect)\s(?:[^<>"]|"[^"]*")*?\bhref=")([^"]*)(")')
_IN_TEXT = re.compile(r"https?://[^\s<>]+")
_BEHIND = ".,;:!?)]}»”’\"'"  # ends a sentence in which an address stands


class LinkTable:
    """The counted links of one edition, numbered as they come."""

    def __init__(self, edition_id: int) -> None:
        self._numbers: dict[str, int] = {}
        self._stem = f"{settings.SITE_URL}{PATH}{tokens.make(Purpose.CLICK, edition_id)}/"

    @property
    def urls(self) -> Mapping[str, int]:
        """The number of each address."""
        return self._numbers

    def track(self, mail: RenderedMail) -> RenderedMail:
        """The same mail with links of ours."""
        html = _HREF.sub(self._in_html, mail.html)
        return replace(mail, html=html, text=_IN_TEXT.sub(self._in_text, mail.text))

    def _in_html(self, href: re.Match[str]) -> str:
        counted = self._counted(unescape(href[2]).strip())
        return f"{href[1]}{escape(counted)}{href[3]}" if counted else href[0]

    def _counted(self, url: str) -> str:
        """Empty where the link stays as it is."""
        if MARK in url or not url.lower().startswith(("http://", "https://")):
            return ""
        number = self._numbers.get(url)
        if number is None:
            if len(self._numbers) == MOST_LINKS:
                return ""
            number = self._numbers[url] = len(self._numbers) + 1
        return f"{self._stem}{number}/"

    def _in_text(self, found: re.Match[str]) -> str:
        """Only what is a link of the HTML, too: both parts lead to the same places."""
        url, behind = found[0], ""
        while url not in self._numbers and url[-1:] and url[-1] in _BEHIND:
            url, behind = url[:-1], url[-1] + behind
        number = self._numbers.get(url)
        return f"{self._stem}{number}/{behind}" if number else found[0]
