"""Substack's export: a ZIP file with a table of posts and the text of each in a file of its own.

    posts.csv                    post_id, post_date, is_published, type, audience, title, subtitle, podcast_url …
    posts/123456.the-slug.html   the text; post_id is “123456.the-slug”

People (email_list.….csv, posts/….opens.csv) don't come in by this.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from html import escape

from newsletters.articles.archives.archived import (
    ArchivedArticle,
    ArchivedThing,
    ArchiveOptions,
    LeftOut,
    UnreadableArchive,
    key_without_id,
)
from newsletters.articles.archives.formats.html_parts import (
    Element,
    classes_of,
    data_of,
    link_html,
    parsed,
    remove,
    replace,
    with_linked_players,
    with_plain_figures,
    without,
    written,
)
from newsletters.articles.archives.formats.tables import TableRow, table_rows
from newsletters.articles.archives.formats.written_texts import moment, plain, text_of_bytes
from newsletters.articles.archives.sources import ArchiveSource
from newsletters.articles.archives.systems.description import PEOPLE_STAY_OUT, ArchiveSystem

_LARGEST_TEXT = 5_000_000  # bytes
_TABLE = "posts.csv"
_NEEDED = {"post_id", "post_date", "is_published", "type", "audience", "title"}
# Asks to subscribe, share or comment; players and polls that only Substack shows.
_RESIDUE = {
    "subscription-widget-wrap", "subscription-widget-wrap-editor", "subscription-widget", "subscribe-widget",
    "button-wrapper", "captioned-button-wrap", "community-chat", "poll-embed", "install-substack-app-embed",
    "paywall-jump", "paywall", "image-link-expand", "header-anchor-parent", "directMessage",
}  # fmt: skip
_NAMED = {
    "poll-embed": "a poll", "paywall-jump": "the line below which only paying subscribers read on",
    "community-chat": "a chat",
}  # fmt: skip
_EMBEDDED = {
    "embedded-post-wrap", "embedded-publication-wrap", "digest-post-embed", "spotify-wrap", "apple-podcast-container",
    "soundcloud-wrap", "tiktok-wrap", "instagram", "bluesky-wrap", "native-video-embed", "native-audio-embed",
}  # fmt: skip
_FOOTNOTE = re.compile(r"#footnote-(\d{1,4})")
_KINDS = {"thread": "a discussion thread", "note": "a note", "restacked_note": "a note", "chat": "a chat"}
_POST_ID = re.compile(r"(\d{1,20})\.(.{0,300})")


def recognise(source: ArchiveSource) -> bool:
    table = _table(source)
    if table is None:
        return False
    heading = text_of_bytes(source.read(table, most=2000, cut=True)).partition("\n")[0]
    return {"post_id", "post_date", "is_published"} <= {name.strip(' "\r').lower() for name in heading.split(",")}


def _table(source: ArchiveSource) -> str | None:
    found = [path for path in source.paths if posixpath.basename(path) == _TABLE]
    return min(found, key=len) if found else None


def read(source: ArchiveSource, options: ArchiveOptions) -> Iterator[ArchivedThing]:
    table = _table(source)
    if table is None:
        raise UnreadableArchive(f"{source.name} has no {_TABLE}.")
    folder = posixpath.dirname(table)
    texts = {
        posixpath.basename(path).removesuffix(".html"): path
        for path in source.paths
        if path.endswith(".html") and path.startswith(posixpath.join(folder, "posts") + "/")
    }
    if any(posixpath.basename(path).startswith("email_list") for path in source.paths):
        yield PEOPLE_STAY_OUT
    seen: set[str] = set()
    for row in table_rows(source, table, needed=_NEEDED):
        if isinstance(row, LeftOut):
            yield row
            continue
        identity = row["post_id"]
        if identity not in seen:
            seen.add(identity)
            yield _post(source, row, texts.get(identity), options)


def _post(source: ArchiveSource, row: TableRow, path: str | None, options: ArchiveOptions) -> ArchivedThing:
    title, identity, kind = row["title"], row["post_id"], row["type"].lower()
    found = _POST_ID.fullmatch(identity)
    key = found[1] if found else key_without_id(identity, moment(row["post_date"]), title)
    slug = found[2] if found else ""
    address = f"{options.site}/p/{slug}" if slug else ""
    is_draft = row["is_published"].lower() not in {"true", "1", "t", "yes"}
    if kind in _KINDS:
        return LeftOut(title, f"It is {_KINDS[kind]}, and not an article.", key, address)
    if kind == "page" and not options.with_pages:
        return LeftOut(title, "It is a page, and not a post. Pages weren't asked for.", key, address)
    if path is None:
        return LeftOut(title, "Its text isn't in the archive.", key, address)
    try:
        html, left_out = _text(text_of_bytes(source.read(path, most=_LARGEST_TEXT)))
    except (UnreadableArchive, ValueError) as problem:
        return LeftOut(title, str(problem), key, address)
    warnings = [f"A part of it is left out: {each} of Substack." for each in left_out]
    if row["podcast_url"]:
        html += link_html(row["podcast_url"], plain(title))
        warnings.append("It was an episode of a podcast. The recording stays where it is, and is linked.")
    if not is_draft and row["audience"].lower() not in {"", "everyone"}:
        is_draft = True
        warnings.append(
            "Only some subscribers could read it there. It comes in as a draft: publish it if everybody may."
        )
    if not title and not html:
        return LeftOut(identity, "It is empty.", key, address)
    return ArchivedArticle(
        key=key, headline=title, html=html, address=address, slug=slug,
        lead=row["subtitle"], published=None if is_draft else moment(row["post_date"]), is_draft=is_draft,
        warnings=tuple(warnings),
    )  # fmt: skip


def _text(html: str) -> tuple[str, list[str]]:
    """Without what only Substack understands, and the names of what is left out. Raises `ValueError`."""
    root = parsed(html)
    left_out = [name for shown, name in _NAMED.items() if any(shown in classes_of(each) for each in root.iter("div"))]
    for element in list(root.iter("div", "a")):
        if element.getparent() is not None and (replacement := _replacement(element)):
            replace(element, replacement)
    _mark_footnotes(root)
    return written(with_linked_players(with_plain_figures(without(root, _RESIDUE)))), left_out


def _replacement(element: Element) -> str:
    """What an article holds in the place of something embedded; empty for everything else."""
    shown, about = classes_of(element), data_of(element)
    video, url = about.get("videoId"), about.get("url")
    if isinstance(video, str) and video and shown & {"youtube-wrap", "vimeo-wrap"}:
        site = "https://vimeo.com/" if "vimeo-wrap" in shown else "https://www.youtube.com/watch?v="
        return link_html(f"{site}{video}", "")
    if not isinstance(url, str) or not url.startswith(("http://", "https://")):
        return ""
    words = next((each for name in ("full_text", "title", "name") if isinstance(each := about.get(name), str)), "")
    if "tweet" in shown or "twitter-embed" in shown:
        return f"<blockquote><p>{escape(words)}</p>{link_html(url, '')}</blockquote>"
    return link_html(url, words) if shown & _EMBEDDED else ""


def _mark_footnotes(root: Element) -> None:
    """Substack's footnotes as an article has them."""
    for anchor in [each for each in root.iter("a") if "footnote-anchor" in classes_of(each)]:
        if found := _FOOTNOTE.fullmatch(anchor.get("href") or ""):
            number = found[1]
            replace(anchor, f'<sup><a href="#fn-{number}" id="fnref-{number}">{number}</a></sup>')
    for note in [each for each in root.iter("div") if "footnote" in classes_of(each)]:
        anchor = next((each for each in note.iter("a") if "footnote-number" in classes_of(each)), None)
        number = "".join(filter(str.isdecimal, (anchor.get("id") or "")[-8:])) if anchor is not None else ""
        if anchor is not None and number:
            remove(anchor)
            replace(note, f'<ol start="{number}"><li id="fn-{number}">{written(note)}</li></ol>')


SYSTEM = ArchiveSystem("substack", "Substack", recognise, read)
