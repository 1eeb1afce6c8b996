"""The picture of the mail with the clicks on each of its links: the mail itself, as a document for a frame.

A link's number stands once, where its words are: a picture, a headline and “read more” that lead to one place are one
link. Only what we write is added, after the mail was made from sanitised content; the frame's policy runs no script.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape, unescape

from django.conf import settings
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from newsletters.editions.loading import LoadedEdition
from newsletters.models import Edition
from newsletters.rendering.block_readers import for_everybody
from newsletters.rendering.mail import render
from newsletters.rendering.message import personal
from newsletters.rendering.recipients import Recipient, as_sample
from newsletters.reports.edition_report import ReportedLink

FRAME_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; frame-ancestors 'self';"
    " sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox"
)
SHADES = 4  # from few clicks to the most
_LINK = re.compile(r'<a\s(?:[^<>"]|"[^"]*")*?\bhref="([^"]*)"(?:[^<>"]|"[^"]*")*>(.*?)</a>', re.DOTALL)
_TAG = re.compile(r"<[^<>]*>")
_STYLE = (
    "<style>.clicked{display:inline-block;margin:0 0 0 6px;padding:0 8px;border-radius:11px;white-space:nowrap;"
    "font:700 13px/22px -apple-system,'Segoe UI',Roboto,Arial,sans-serif;text-decoration:none;letter-spacing:0;"
    "text-transform:none;vertical-align:middle;border:1px solid #fff}"
    ".clicked-0{background:#e4e9f0;color:#17304f}.clicked-1{background:#b9cbe2;color:#0f2138}"
    ".clicked-2{background:#5f88b8;color:#000}.clicked-3{background:#2c4f7c;color:#fff}"
    ".clicked-4{background:#8c3415;color:#fff}</style>"
)


def mail_of(edition: Edition, *, is_public: bool = False) -> str:
    """The HTML as a sample reader gets it who gets all of it; if `is_public`, without the blocks that are only for
    readers in a segment. Raises ValueError where no mail can be made of the edition any more."""
    content = LoadedEdition(edition).content
    if is_public:
        content = for_everybody(content)
    nobody = Recipient(0, "reader@example.org", "", timezone.localdate())
    mail = render(content, content.articles)
    return personal(mail, as_sample(nobody, content), content)[1]


def public_links(edition: Edition, links: Sequence[ReportedLink]) -> tuple[ReportedLink, ...]:
    """Without those that only a block for a segment holds."""
    if not LoadedEdition(edition).content.block_segments:
        return tuple(links)
    urls = {unescape(found[1]).strip() for found in _LINK.finditer(mail_of(edition, is_public=True))}
    return tuple(link for link in links if link.mailed_url in urls)


def with_clicks(html: str, links: Sequence[ReportedLink]) -> str:
    """The mail with the numbers in it."""
    by_url = {link.mailed_url: link for link in links}
    most = max((link.clicks for link in links), default=0)
    places: dict[str, re.Match[str]] = {}
    for found in _LINK.finditer(html):
        url = unescape(found[1]).strip()
        if url in by_url and (url not in places or (not _has_words(places[url]) and _has_words(found))):
            places[url] = found
    pieces, after = [], 0
    for url, found in sorted(places.items(), key=lambda place: place[1].start()):
        pieces += [html[after : found.end(2)], _badge(by_url[url], most)]
        after = found.end(2)
    shown = "".join([*pieces, html[after:]]).replace(f'src="{settings.SITE_URL}/', 'src="/')
    return shown.replace(
        "<head>", f'<head><base target="_blank"><meta name="referrer" content="no-referrer">{_STYLE}', 1
    )


def _has_words(found: re.Match[str]) -> bool:
    return bool(_TAG.sub("", found[2]).strip())


def _badge(link: ReportedLink, most: int) -> str:
    shade = round(SHADES * link.clicks / most) if most else 0
    said = ngettext("%(n)s click, %(share)s", "%(n)s clicks, %(share)s", link.clicks) % {
        "n": f"{link.clicks:,}", "share": f"{link.share:.0%}",
    }  # fmt: skip
    shown = f"{link.clicks:,} · {link.share:.0%}"
    return f'<span class="clicked clicked-{shade}" role="img" aria-label="{escape(said)}">{shown}</span>'


def frame_with_clicks(edition: Edition, links: Sequence[ReportedLink], *, is_public: bool = False) -> HttpResponse:
    try:
        response = HttpResponse(with_clicks(mail_of(edition, is_public=is_public), links))
    except ValueError as problem:
        words = _("We can't build the email: %s") % problem
        response = HttpResponse(words, content_type="text/plain; charset=utf-8")
    response["Content-Security-Policy"] = FRAME_POLICY
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    return response
