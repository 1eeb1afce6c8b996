"""The texts of a feed as an article has them: plain headlines, absolute addresses, HTML by our own rules.

Pictures stay where they are until the article is brought in; those of a pixel, which count readers, are left out.
"""

from __future__ import annotations

import re
from dataclasses import replace
from html import escape, unescape
from typing import NamedTuple
from urllib.parse import urlsplit

from lib.characters import one_line, with_shorter_runs
from lib.entities import typed_text
from lib.html_text import html_to_words
from lib.link_addresses import mailed_address
from newsletters.articles.feeds.contents import IncomingPicture, WrittenText
from newsletters.articles.feeds.elements import joined
from newsletters.articles.feeds.xml_feeds import plain_as_html
from newsletters.articles.writing import BodyTooTangled, clean_body

MOST_TITLE = 200  # characters, as an article's
MOST_SUMMARY = 600
_READ = 20_000  # characters of a text that is to be one line
_MOST_ADDRESS = 2000  # characters
_SENTENCES = 2
_SCHEMES = {"http", "https", "mailto", "tel"}
_IMAGE = re.compile(r"<img\b(?:[^<>\"']|\"[^\"]*(?:\"|\Z)|'[^']*(?:'|\Z))*+>?", re.IGNORECASE)
_IMAGE_ATTRIBUTE = re.compile(r"([a-z-]{1,30})\s*+=\s*+(\"[^\"]*\"|'[^']*'|[^\s\"'>]++)", re.IGNORECASE)
_SOURCES = ("data-src", "data-lazy-src", "data-original", "data-orig-file", "src")
_PIXEL = 3  # a picture that isn't wider or higher counts readers
# What nh3 wrote.
_CLEAN_IMAGE = re.compile(r'<img(?: [a-z-]+="[^"]*")*>')
_CLEAN_ATTRIBUTE = re.compile(r' ([a-z-]+)="([^"]*)"')
_ALONE = re.compile(  # possessive: a thousand spaces are looked at once
    r'<p>\s*+(?:<a(?: [a-z-]+="[^"]*")*+>)?+\s*+(<img(?: [a-z-]+="[^"]*")*+>)\s*+(?:</a>)?+\s*+</p>'
)
_TAG = re.compile(r"<[^<>]*>?")
_FIGURE_BEGINS = re.compile(r"<figure[^>]*>\s*(?:<a[^>]*>\s*)?$")
_FIGURE_ENDS = re.compile(r"\s*(?:</a>\s*)?(?:<figcaption>(.*?)</figcaption>\s*)?</figure>", re.DOTALL)
# A headline of RSS may be HTML or plain text, and doesn't say which: “1 < 2” and “the <strait>” are words.
_LOOKS_LIKE_HTML = re.compile(
    r"&(?:[a-z][a-z0-9]{1,31}|#x?[0-9a-f]{1,7});"
    r"|</?(?:a|abbr|b|big|br|cite|code|del|div|em|figure|font|h[1-6]|hr|i|img|ins|kbd|li|mark|ol|p|pre|q|s|small|span|"
    r"strike|strong|sub|sup|table|td|tr|tt|u|ul|var|blockquote|script|style|iframe|wbr)(?=[\s/>])|<!--|<!\[CDATA\[",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"[.!?…。！？؟](?:[”»\"’)]*)(?=\s+(?![a-zß-ÿ])|\s*$)")
_MORE = re.compile(r"\s*(?:\[…\]|\[\.\.\.\]|\[&hellip;\])\s*$")


class CleanText(NamedTuple):
    html: str
    picture: IncomingPicture | None  # the first one in the text


def web_address(written: str, base: str) -> str:
    """An absolute http(s) address; empty for anything else, for one that is too long, and for one that no reader should
    be led to: with a name before its host, as “bank.example@…”, a host in brackets or a port that can't be."""
    address = joined(base, written) if written else ""
    try:
        parts = urlsplit(address)
        is_usable = bool(parts.hostname) and parts.port != 0 and not set("@[]") & set(parts.netloc)
    except ValueError:
        return ""
    found = mailed_address(address) if parts.scheme in {"http", "https"} and is_usable else ""
    return found if len(found) <= _MOST_ADDRESS else ""


def plain_line(text: WrittenText | None) -> str:
    """One line of plain text."""
    if text is None:
        return ""
    value = text.value[:_READ]
    if text.is_html and _LOOKS_LIKE_HTML.search(value):
        value = _words_of(value)
    return with_shorter_runs(one_line(typed_text(" ".join(value.split()))))


def _words_of(html: str) -> str:
    try:
        return html_to_words(clean_body(html))
    except BodyTooTangled:  # hundreds of tags within one another: what is between them
        return unescape(_TAG.sub(" ", html))


def clean_text(text: WrittenText, link: str) -> CleanText:
    """The text for an article whose page is there, without the picture that it begins with. Raises `BodyTooLong`."""
    return without_first_picture(clean_html(text, link))


def clean_html(text: WrittenText, link: str) -> str:
    """The text for an article whose page is there. Raises `BodyTooLong`."""
    base = text.base or link
    html = text.value if text.is_html else plain_as_html(text.value)
    if "<img" in html.lower():
        html = _IMAGE.sub(_shown_image, html)
    cleaned = clean_body(
        html, link=lambda address: _absolute(address, base), picture=lambda src: web_address(src, base)
    )
    return _ALONE.sub(r"<figure>\1</figure>", cleaned)


def _absolute(address: str, base: str) -> str | None:
    if address.startswith("#"):
        return mailed_address(address)
    whole = joined(base, address)
    try:
        return mailed_address(whole) if urlsplit(whole).scheme.lower() in _SCHEMES else None
    except ValueError:
        return None


def _shown_image(found: re.Match[str]) -> str:
    """With the address that scripts would set later; without a picture that isn't one."""
    written = {name.lower(): unescape(value.strip("\"'")) for name, value in _IMAGE_ATTRIBUTE.findall(found[0])}
    sides = [written.get("width", ""), written.get("height", "")]
    if any(side.isascii() and side.isdecimal() and len(side) < 5 and int(side) <= _PIXEL for side in sides):
        return ""
    source = next((value for name in _SOURCES if (value := written.get(name, "")) and value[:5] != "data:"), "")
    source = source or written.get("srcset", written.get("data-srcset", "")).split(" ")[0]
    return f'<img src="{escape(source)}" alt="{escape(written.get("alt", ""))}">' if source else ""


def without_first_picture(html: str) -> CleanText:
    """The first picture; it leaves the text when the text begins with it, since an article shows it above."""
    found = _CLEAN_IMAGE.search(html)
    if found is None:
        return CleanText(html, None)
    attributes = {name: unescape(value) for name, value in _CLEAN_ATTRIBUTE.findall(found[0])}
    picture = IncomingPicture(attributes.get("src", ""), alt=attributes.get("alt", ""))
    start, end = found.span()
    if (begin := _FIGURE_BEGINS.search(html, 0, start)) and (close := _FIGURE_ENDS.match(html, end)):
        start, end = begin.start(), close.end()
        picture = replace(picture, caption=plain_line(WrittenText(close[1] or "")))
    if html_to_words(html[:start]):
        return CleanText(html, picture)
    return CleanText(html[:start] + html[end:], picture)


def tidy_picture(picture: IncomingPicture) -> IncomingPicture | None:
    """With texts as long as a picture's may be; None without an address of the web."""
    url = web_address(picture.url, "")
    if not url:
        return None
    return replace(
        picture, url=url, alt=shortened(plain_line(WrittenText(picture.alt)), 300),
        caption=shortened(plain_line(WrittenText(picture.caption)), 500),
        credit=shortened(plain_line(WrittenText(picture.credit)), 200),
    )  # fmt: skip


def first_sentences(words: str) -> str:
    """A summary made of a text: its first two sentences, if they aren't too long."""
    line = " ".join(words[: 4 * MOST_SUMMARY].split())
    ends = [found.end() for found in _SENTENCE_END.finditer(line)][:_SENTENCES]
    return shortened(line[: ends[-1]] if ends else line, MOST_SUMMARY)


def shortened(line: str, most: int) -> str:
    """Cut between two words, with a sign that something is missing."""
    line = _MORE.sub("…", line)
    if len(line) <= most:
        return line
    cut = line[: most - 1]
    space = cut.rfind(" ")
    return f"{cut[:space] if space > most // 2 else cut}…"
