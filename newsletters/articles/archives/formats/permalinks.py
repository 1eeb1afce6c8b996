"""Where a site generator puts a page: by its front matter, else by the pattern in the site's configuration, else by the
generator's own habit."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from urllib.parse import urlsplit

from lib.readable_slugs import readable_slug
from newsletters.articles.archives.archived import UnreadableArchive
from newsletters.articles.archives.formats.front_matter import (
    BadFrontMatter,
    Field,
    fields_of_toml,
    fields_of_yaml,
    text_in,
    texts_in,
)
from newsletters.articles.archives.formats.written_texts import text_of_bytes
from newsletters.articles.archives.sources import ArchiveSource

Generator = Literal["jekyll", "hugo", "other"]
_LARGEST = 200_000  # bytes of a configuration
_PLACE = re.compile(r":(?:\w+|\[[^\]]*\])")
_JEKYLLS = {
    "date": "/:categories/:year/:month/:day/:title.html", "pretty": "/:categories/:year/:month/:day/:title/",
    "ordinal": "/:categories/:year/:y_day/:title.html", "none": "/:categories/:title.html",
    "weekdate": "/:categories/:year/W:week/:short_day/:title.html",
}  # fmt: skip
_HUGO_FILES = [
    f"{folder}{name}.{ending}"
    for folder in ("", "config/_default/")
    for name in ("hugo", "config")
    for ending in ("toml", "yaml", "yml")
]


@dataclass(frozen=True, slots=True)
class SiteHabits:
    """What is known of the site: which program made it, where it stood, where its pages are."""

    generator: Generator = "other"
    site: str = ""  # absolute, without a slash at the end; empty where nothing says it
    language: str = ""
    pattern: str = ""  # of posts
    patterns: Mapping[str, str] = field(default_factory=dict)  # by section


def habits_of(source: ArchiveSource, top: str) -> SiteHabits:
    """By the configuration in the top folder, if there is one that can be read."""
    if (path := f"{top}_config.yml") in source or any(each.startswith(f"{top}_posts/") for each in source.paths):
        said = _configuration(source, path) if path in source else {}
        pattern = text_in(said, "permalink")
        return SiteHabits(
            "jekyll", _site(text_in(said, "url"), text_in(said, "baseurl")), text_in(said, "lang", "locale"),
            _JEKYLLS.get(pattern, pattern) or _JEKYLLS["date"],
        )  # fmt: skip
    for name in _HUGO_FILES:
        if (path := f"{top}{name}") in source:
            said = _configuration(source, path)
            patterns = said.get("permalinks")
            if isinstance(patterns, dict) and isinstance(inner := patterns.get("page"), dict):
                patterns = inner
            by_section = patterns if isinstance(patterns, dict) else {}
            return SiteHabits(
                "hugo", _site(text_in(said, "baseurl"), ""), text_in(said, "languagecode", "defaultcontentlanguage"),
                patterns={section: each for section, each in by_section.items() if isinstance(each, str)},
            )  # fmt: skip
    return SiteHabits()


def _site(url: str, below: str) -> str:
    address = f"{url.rstrip('/')}/{below.strip('/')}".rstrip("/")
    try:
        return address if urlsplit(address).scheme in {"http", "https"} and urlsplit(address).hostname else ""
    except ValueError:
        return ""


def _configuration(source: ArchiveSource, path: str) -> dict[str, Field]:
    """What it says; nothing where it can't be read, as the articles don't depend on it."""
    try:
        written = text_of_bytes(source.read(path, most=_LARGEST))
        return fields_of_toml(written) if path.endswith(".toml") else fields_of_yaml(written)
    except (UnreadableArchive, BadFrontMatter):
        return {}


def address_of(
    habits: SiteHabits, fields: Mapping[str, Field], place: str, slug: str, published: datetime | None
) -> str:
    """The path of a page, from “/”; empty where nothing can be said. `place` is its path within the content, without
    the ending of its name."""
    if own := text_in(fields, "permalink", "url"):
        is_path = own[:1] == "/" and ":" not in own
        is_plain = not set("{}") & set(own) and (is_path or own.startswith(("https://", "http://")))
        return own if is_plain else ""
    folder = posixpath.dirname(place)
    section = folder.partition("/")[0]
    if habits.generator == "jekyll":
        return _filled(habits.pattern, slug, section, published, ", ".join(texts_in(fields, "categories", "category")))
    if pattern := habits.patterns.get(section):
        return _filled(pattern, slug, section, published, "")
    return f"/{folder}/{slug}/".replace("//", "/")


def _filled(pattern: str, slug: str, section: str, published: datetime | None, categories: str) -> str:
    values = {"title": slug, "slug": slug, "slugorfilename": slug, "filename": slug, "slugorcontentbasename": slug,
              "contentbasename": slug, "section": section, "sections": section,
              "categories": "/".join(readable_slug(each) for each in categories.split(", ") if each)}  # fmt: skip
    if published is not None:
        values |= {
            "year": f"{published:%Y}", "month": f"{published:%m}", "day": f"{published:%d}", "y_day": f"{published:%j}",
            "short_year": f"{published:%y}", "i_month": str(published.month), "i_day": str(published.day),
            "hour": f"{published:%H}", "minute": f"{published:%M}", "second": f"{published:%S}",
            "monthname": f"{published:%B}", "yearday": f"{published:%j}", "week": f"{published:%V}",
            "short_day": f"{published:%a}", "short_month": f"{published:%b}", "output_ext": ".html",
        }  # fmt: skip
    names = {each[1:].lower() for each in _PLACE.findall(pattern)}
    if not names <= values.keys():
        return ""  # it names something that only the old program knew
    path = _PLACE.sub(lambda found: values[found[0][1:].lower()], pattern)
    return re.sub(r"/{2,}", "/", f"/{path}")
