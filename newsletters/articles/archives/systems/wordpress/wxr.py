"""The export of WordPress: RSS 2.0 with elements of its own, as a stream; versions 1.0 to 1.2, whose namespaces differ.

It is read twice: for the pictures and people in it, which may stand behind the posts that name them, and for the posts.
One item at a time is held. Nothing in it names files or defines entities: what does isn't read. What is broken ends it
with a sentence, and what stands before comes in.
"""

from __future__ import annotations

import codecs
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from email.utils import parsedate_to_datetime
from typing import IO, Any

from newsletters.articles.archives.archived import (
    ArchivedAuthor,
    ArchivedComment,
    ArchivedThing,
    ArchiveNote,
    ArchiveOptions,
    UnreadableArchive,
)
from newsletters.articles.archives.sources import ArchiveSource
from newsletters.articles.archives.systems.wordpress.media import MediaLibrary, media_library
from newsletters.articles.archives.systems.wordpress.posts import (
    WrittenPost,
    article_of,
    moment_of,
    picture_of,
    words_of,
)

Element = Any  # lxml has no types

MOST_OF_AN_ITEM = 30_000_000  # bytes
MOST_COMMENTS = 2000  # of an item
_MOST_AUTHORS = 5000
_READ = 65_536
_NAMESPACE = b"wordpress.org/export/"
_SITE = re.compile(rb"<wp:base_blog_url>([^<]{1,500})</wp:base_blog_url>")
_ENCODING = re.compile(rb"""^\s*<\?xml[^>]{0,200}encoding=["']([A-Za-z0-9._-]{1,30})["']""")
_CONTROLS = {code: None for code in range(32) if code not in (9, 10, 13)}
_CREDIT = re.compile(r's:6:"credit";s:\d{1,4}:"([^"]{1,300})"')
_NOT_POSTS = {"attachment", "nav_menu_item", "revision", "custom_css", "customize_changeset", "oembed_cache",
              "wp_global_styles", "wp_navigation", "wp_template", "wp_template_part", "wp_font_family", "wp_font_face",
              "user_request"}  # fmt: skip
_UNWRITTEN = {"auto-draft", "trash", "inherit"}


def is_export(source: ArchiveSource) -> bool:
    """A file; within a ZIP file, one that is an export."""
    if source.is_folder:
        return any(_begins_like_one(source.read(path, most=_READ, cut=True)) for path in _files_of(source))
    return _begins_like_one(source.beginning)


def _begins_like_one(beginning: bytes) -> bool:
    return b"<rss" in beginning and _NAMESPACE in beginning


def _files_of(source: ArchiveSource) -> list[str]:
    """Hosts pack the export; a large site's comes in several files."""
    return [path for path in source.paths if path.lower().endswith((".xml", ".wxr"))][:100]


def read_export(source: ArchiveSource, options: ArchiveOptions) -> Iterator[ArchivedThing]:
    paths = [""]
    if source.is_folder:
        sites = {path: _SITE.findall(beginning)[:1] for path in _files_of(source)
                 if _begins_like_one(beginning := source.read(path, most=_READ, cut=True))}  # fmt: skip
        first = next(iter(sites.values()))
        paths = [path for path, site in sites.items() if site == first]
        # Numbers of posts and pictures are unique within a site.
        for path in (each for each in sites if each not in paths):
            yield ArchiveNote(f"{path} is of another site than the rest, and is left out. Bring it by itself.")
    with media_library() as media:
        authors: dict[str, ArchivedAuthor] = {}
        for path in paths:
            yield from _Export(source, path, options, media, authors).prepare()
        for path in paths:
            yield from _Export(source, path, options, media, authors).things()


class _Export:
    def __init__(
        self, source: ArchiveSource, path: str, options: ArchiveOptions, media: MediaLibrary,
        authors: dict[str, ArchivedAuthor],
    ) -> None:  # fmt: skip
        self._source, self._path, self._options = source, path, options
        self._media, self._authors = media, authors
        self._base = self._site = self._language = ""
        self._others: Counter[str] = Counter()
        self.broken = ""  # a sentence

    def prepare(self) -> Iterator[ArchivedThing]:
        """Pictures and people."""
        for name, element in self._elements():
            if name == "author":
                self._note_author(_parts(element))
            elif name == "item":
                parts = _parts(element)
                if _first(parts, "post_type") == "attachment":
                    self._note_picture(parts)
        if self.broken:
            yield ArchiveNote(self.broken)

    def things(self) -> Iterator[ArchivedThing]:
        for name, element in self._elements():
            if name == "item":
                parts = _parts(element)
                post = self._post(parts)
                if post is not None:
                    yield article_of(post, self._media)
        yield from self._notes()

    def _notes(self) -> Iterator[ArchiveNote]:
        for kind, count in self._others.most_common(20):
            if kind == "page":
                things, more = _counted(count, "page"), " They come in as articles if you ask for that."
            elif kind in _UNWRITTEN:
                things, more = f"In the trash, or never written: {_counted(count, 'post')}", ""
            else:
                things, more = f"Of the kind “{kind[:40]}”: {_counted(count, 'thing')}", ""
            yield ArchiveNote(f"{things}, left out.{more}")

    # --- What an element says ---------------------------------------------------------------------------------
    def _note_author(self, parts: dict[str, list[Element]]) -> None:
        login = _first(parts, "author_login")
        whole = f"{_first(parts, 'author_first_name')} {_first(parts, 'author_last_name')}".strip()
        name = words_of(_first(parts, "author_display_name")) or whole or login
        if login and "@" not in name and len(self._authors) < _MOST_AUTHORS:
            self._authors.setdefault(login, ArchivedAuthor(name))

    def _note_picture(self, parts: dict[str, list[Element]]) -> None:
        url, number = _first(parts, "attachment_url") or _first(parts, "guid"), _number(_first(parts, "post_id"))
        meta = _meta(parts)
        if not url or not number:
            return
        credit = _CREDIT.search(meta.get("_wp_attachment_metadata", [""])[0])
        picture = picture_of(
            url, meta.get("_wp_attachment_image_alt", [""])[0], _encoded(parts, "excerpt"), credit[1] if credit else "",
            self._base,
        )  # fmt: skip
        self._media.add(number, _number(_first(parts, "post_parent")), picture)

    def _post(self, parts: dict[str, list[Element]]) -> WrittenPost | None:
        kind, status = _first(parts, "post_type") or "post", _first(parts, "status") or "publish"
        if kind in _NOT_POSTS:
            return None
        if status in _UNWRITTEN:
            self._others[status] += 1
            return None
        if kind != "post" and not (kind == "page" and self._options.with_pages):
            self._others[kind] += 1
            return None
        meta = _meta(parts)
        post = WrittenPost(
            number=_number(_first(parts, "post_id")), kind=kind, status=status, title=_first(parts, "title"),
            site=self._site or self._base,
            content=_encoded(parts, "content"), excerpt=_encoded(parts, "excerpt"), link=_first(parts, "link"),
            guid=_first(parts, "guid"), slug=_first(parts, "post_name"), old_slugs=meta.get("_wp_old_slug", []),
            changed=moment_of(_first(parts, "post_modified_gmt")), language=self._language,
            has_password=bool(_first(parts, "post_password")), is_sticky=_first(parts, "is_sticky") == "1",
            are_comments_open=_first(parts, "comment_status") != "closed",
        )  # fmt: skip
        post.published = moment_of(_first(parts, "post_date_gmt")) or _of_mail(_first(parts, "pubDate"))
        self._sort_terms(parts, post)
        if not post.authors and (login := _first(parts, "creator")):
            post.authors = [self._authors.get(login) or ArchivedAuthor(login.partition("@")[0])]
        if number := _number(meta.get("_thumbnail_id", [""])[0]):
            post.picture = self._media.of(number)
        if self._options.with_comments:
            post.comments = [
                found for each in parts.get("comment", [])[:MOST_COMMENTS] if (found := _comment(_parts(each)))
            ]
        return post

    def _sort_terms(self, parts: dict[str, list[Element]], post: WrittenPost) -> None:
        for each in parts.get("category", [])[:200]:
            domain, slug, name = each.get("domain", "category"), each.get("nicename", ""), _text(each)
            if domain == "category" and name:
                post.categories.append((slug, name))
            elif domain in {"post_tag", "tag"} and name:
                post.tags.append(name)
            elif domain == "author" and name:  # where several people write one post
                login = slug.removeprefix("cap-")
                post.authors.append(self._authors.get(login) or ArchivedAuthor(name))

    # --- The stream ----------------------------------------------------------------------------------------------
    def _elements(self) -> Iterator[tuple[str, Element]]:
        """Items and people, one after another; what was looked at is given back."""
        from lxml import etree  # late, as every parser: tests/iria/test_worker_imports.py

        with closing(_CleanBytes(self._source.open(self._path), self._source.name)) as stream:
            events = etree.iterparse(
                stream, events=("end",), resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False,
                remove_comments=True, remove_pis=True, encoding="utf-8",
            )  # fmt: skip
            count = 0
            try:
                for _event, element in events:
                    parent = element.getparent()
                    if parent is None or _local(parent) != "channel":
                        continue
                    if element.getroottree().docinfo.internalDTD is not None:
                        raise UnreadableArchive(f"{self._source.name} defines entities, which no export does.")
                    name = _local(element)
                    stream.rests()
                    if name in {"item", "author"}:
                        count += name == "item"
                        yield name, element
                    elif name in {"base_site_url", "link"} and not self._base:
                        self._base = _text(element).rstrip("/")
                    elif name == "base_blog_url":
                        self._site = _text(element).rstrip("/")
                    elif name == "language":
                        self._language = _text(element)[:20]
                    element.clear()
                    while element.getprevious() is not None:
                        del parent[0]
            except etree.XMLSyntaxError as problem:
                where = f"in line {problem.lineno}" if problem.lineno else "at its beginning"
                self.broken = (
                    f"{self._path or self._source.name} is broken {where}, or its end is missing. The {count:,} things "
                    "before that come in."
                )
        if not count and self.broken:
            raise UnreadableArchive(f"{self._path or self._source.name} can't be read as an export of WordPress.")


class _CleanBytes:
    """The file in UTF-8 and without characters that XML doesn't know, part by part; an item that is far too large
    ends it."""

    def __init__(self, file: IO[bytes], name: str) -> None:
        self._file, self._name = file, name
        self._since = 0  # bytes since an item ended
        beginning = file.read(_READ)
        self._first = beginning
        said = _ENCODING.match(beginning.removeprefix(codecs.BOM_UTF8))
        try:
            codec = codecs.lookup(said[1].decode() if said else "utf-8")
        except LookupError:
            codec = codecs.lookup("utf-8")
        # A codec of Python's that isn't a charset, such as hex, gives bytes or an error.
        is_text = getattr(codec, "_is_text_encoding", True) and codec.name not in {"idna", "punycode", "undefined"}
        self._decoder = codecs.getincrementaldecoder(codec.name if is_text else "utf-8")("replace")

    def read(self, size: int = -1) -> bytes:
        while True:
            part, self._first = self._first or self._file.read(_READ if size < 0 else max(size, 1024)), b""
            self._since += len(part)
            if self._since > MOST_OF_AN_ITEM:
                raise UnreadableArchive(
                    f"{self._name} can't be read: one post of it is larger than {MOST_OF_AN_ITEM // 1_000_000} MB."
                )
            text = self._decoder.decode(part, final=not part).translate(_CONTROLS).lstrip("\ufeff")
            if text or not part:
                return text.encode("utf-8", "replace")

    def rests(self) -> None:
        self._since = 0

    def close(self) -> None:
        self._file.close()


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}" if count == 1 else f"{count:,} {what}s"


def _local(element: Element) -> str:
    return str(element.tag).rpartition("}")[2] if isinstance(element.tag, str) else ""


def _parts(element: Element) -> dict[str, list[Element]]:
    """By their names without namespaces, whose versions differ; `encoded` with what it is the code of."""
    found: dict[str, list[Element]] = {}
    for child in element:
        name = _local(child)
        if name == "encoded":
            name = "excerpt:encoded" if "excerpt" in child.tag else "content:encoded"
        if name:
            found.setdefault(name, []).append(child)
    return found


def _text(element: Element) -> str:
    return (element.text or "").strip()


def _first(parts: dict[str, list[Element]], name: str) -> str:
    return _text(parts[name][0]) if name in parts else ""


def _encoded(parts: dict[str, list[Element]], which: str) -> str:
    found = parts.get(f"{which}:encoded")
    return (found[0].text or "") if found else ""


def _meta(parts: dict[str, list[Element]]) -> dict[str, list[str]]:
    """Fields behind a post, those alone that we know."""
    found: dict[str, list[str]] = {}
    for each in parts.get("postmeta", []):
        pair = _parts(each)
        key = _first(pair, "meta_key")
        if key in {"_thumbnail_id", "_wp_old_slug", "_wp_attachment_image_alt", "_wp_attachment_metadata"}:
            found.setdefault(key, []).append(_first(pair, "meta_value"))
    return found


def _number(written: str) -> int:
    return int(written) if written.isascii() and written.isdecimal() and len(written) < 16 else 0


def _of_mail(written: str) -> Any:
    try:
        found = parsedate_to_datetime(written)
    except (ValueError, TypeError, IndexError):
        return None
    return found if found.tzinfo and found.year > 1980 else None


def _comment(parts: dict[str, list[Element]]) -> ArchivedComment | None:
    """One that readers could see; none of the notes that sites send one another."""
    written = moment_of(_first(parts, "comment_date_gmt"))
    is_shown = _first(parts, "comment_approved") == "1" and _first(parts, "comment_type") in {"", "comment"}
    if not is_shown or written is None:
        return None
    return ArchivedComment(
        key=_first(parts, "comment_id"), author=words_of(_first(parts, "comment_author")),
        text=plain_comment(_first(parts, "comment_content")), written=written,
        parent=_first(parts, "comment_parent").strip("0") and _first(parts, "comment_parent"),
    )  # fmt: skip


def plain_comment(html: str) -> str:
    """With its line breaks."""
    from lib.html_text import html_to_text
    from newsletters.articles.writing import BodyTooLong, clean_body

    try:
        return html_to_text(clean_body(html.replace("\n", "<br>") if "<p" not in html else html)).strip()
    except BodyTooLong:
        return ""
