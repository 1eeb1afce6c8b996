"""The links of a mail become links of ours that count, where the newsletter says so, and get its UTM parameters.

A counted link says a token and a number; where it leads stands in the database alone, so nobody can make us lead
anywhere else. The same address has the same number in every variant of an edition, in HTML and in text. Not counted are
addresses that differ from reader to reader (unsubscribe, preferences, those with merge fields), and whatever is no web
page (`mailto:`, `tel:`). UTM parameters are added to every web page but those to unsubscribe and of the preferences: to
the counted when somebody is led there, to the others in the mail.

Where links are counted, the HTML ends with a picture of one pixel that counts opens. Where they are counted by reader,
the token is a slot of the mail, and the HTML begins with a link that no person sees: who follows it is a machine.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from html import escape, unescape
from typing import Self

from django.conf import settings

from newsletters.rendering import slots
from newsletters.rendering.content import EditionContent
from newsletters.rendering.mail import RenderedMail
from newsletters.rendering.slots import MARK, Field
from newsletters.rendering.utm import parameters_of, with_parameters
from subscribers import tokens
from subscribers.tokens import Purpose

OFF, BY_READER = "off", "reader"  # as Newsletter.Tracking
# Before token and number, and before the token of the picture. The door looks for them; `newsletters.events.urls` has
# the same.
PATH, PICTURE_PATH, PICTURE_SUFFIX = "/c/", "/o/", ".gif"
MOST_LINKS = 2000  # of an edition; those beyond it are not counted
TRAP = 9999  # the number of the link that no person sees
# What CSS inlining writes: attributes in double quotes, in which `>` may stand. The second is a button of Outlook's.
_HREF = re.compile(r'(<(?:a|v:roundrect)\s(?:[^<>"]|"[^"]*")*?\bhref=")([^"]*)(")')
_IN_TEXT = re.compile(r"https?://[^\s<>]+")
_BEHIND = ".,;:!?)]}»”’\"'"  # ends a sentence in which an address stands
_BODY = re.compile(r'<body\b(?:[^<>"]|"[^"]*")*>')


class LinkTable:
    """The links of one edition's mails: the counted are numbered as they come."""

    def __init__(self, edition_id: int, *, is_counted: bool = True, is_by_reader: bool = False, utm: str = "") -> None:
        """`utm` is what is added to each address, percent-encoded."""
        self._numbers: dict[str, int] = {}
        self._met: dict[str, int | str] = {}  # of each address its number, or what stands instead
        self._token = tokens.make(Purpose.CLICK, edition_id)
        self._is_counted = is_counted
        self._is_by_reader = is_counted and is_by_reader
        self._utm = utm

    @classmethod
    def of(cls, content: EditionContent) -> Self:
        """As the newsletter says."""
        return cls(
            content.edition_id,
            is_counted=content.tracking != OFF,
            is_by_reader=content.tracking == BY_READER,
            utm=parameters_of(content),
        )

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
        token, table = self._token, mail.slots
        if self._is_by_reader:
            token, table = slots.marker(len(table)), (*table, (Field.READER, ""))
        stem = f"{settings.SITE_URL}{PATH}{token}/"

        def in_html(href: re.Match[str]) -> str:
            url = unescape(href[2]).strip()
            instead = _written(self._meet(url), stem) if url.lower().startswith(("http://", "https://")) else url
            return href[0] if instead == url else f"{href[1]}{escape(instead)}{href[3]}"

        def in_text(found: re.Match[str]) -> str:
            """Only what is a link of the HTML, too: both parts lead to the same places."""
            url, behind = found[0], ""
            while url not in self._met and url[-1:] and url[-1] in _BEHIND:
                url, behind = url[:-1], url[-1] + behind
            return _written(self._met[url], stem) + behind if url in self._met else found[0]

        html = _HREF.sub(in_html, mail.html)
        if self._is_counted:
            html = _with_picture(html, f"{settings.SITE_URL}{PICTURE_PATH}{token}{PICTURE_SUFFIX}")
        if self._is_by_reader:
            html = _with_trap(html, f"{stem}{TRAP}/")
        return replace(mail, html=html, text=_IN_TEXT.sub(in_text, mail.text), slots=table)

    def _meet(self, url: str) -> int | str:
        met = self._met.get(url)
        if met is None:
            met = self._met[url] = self._number(url) or with_parameters(url, self._utm)
        return met

    def _number(self, url: str) -> int:
        """0 for an address that isn't counted. One that was met before stays what it was then."""
        if not self._is_counted or MARK in url or len(self._numbers) == MOST_LINKS:
            return 0
        number = self._numbers[url] = len(self._numbers) + 1
        return number


def _written(met: int | str, stem: str) -> str:
    return met if isinstance(met, str) else f"{stem}{met}/"


def _with_picture(html: str, address: str) -> str:
    """At the end, so that it is loaded only where all of the mail is there."""
    picture = f'<img src="{escape(address)}" width="1" height="1" alt="" style="display:block;border:0" />'
    at = html.rfind("</body>")
    return html + picture if at < 0 else html[:at] + picture + html[at:]


def _with_trap(html: str, address: str) -> str:
    """At the start, where a program meets it first. Neither eyes nor screen readers nor the tab key find it."""
    body = _BODY.search(html)
    at = body.end() if body else 0
    trap = f'<a href="{escape(address)}" aria-hidden="true" tabindex="-1" style="display:none"></a>'
    return html[:at] + trap + html[at:]
