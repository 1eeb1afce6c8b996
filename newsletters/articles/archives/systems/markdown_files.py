"""A folder or ZIP file of Markdown with front matter, as Hugo, Jekyll, Eleventy and their like keep a site; pictures
stand beside the texts or in the site's own folders."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from html import escape, unescape
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from newsletters.articles.archives.archived import (
    ArchivedArticle,
    ArchivedAuthor,
    ArchivedPicture,
    ArchivedThing,
    ArchiveOptions,
    LeftOut,
    UnreadableArchive,
    archive_address,
    key_without_id,
)
from newsletters.articles.archives.formats.front_matter import (
    BadFrontMatter,
    Field,
    has_front_matter,
    is_true,
    split_file,
    text_in,
    texts_in,
)
from newsletters.articles.archives.formats.markdown_text import markdown_to_html
from newsletters.articles.archives.formats.permalinks import SiteHabits, address_of, habits_of
from newsletters.articles.archives.formats.written_texts import clean_value, moment, plain, text_of_bytes
from newsletters.articles.archives.sources import ArchiveSource
from newsletters.articles.archives.systems.description import ArchiveSystem

_LARGEST_TEXT = 2_000_000  # bytes
_ENDINGS = (".md", ".markdown", ".mdown", ".mkd")
# Folders that hold what a site is made with, or what was made of it.
_NOT_TEXTS = {
    "node_modules", "vendor", "themes", "layouts", "archetypes", "public", "_site", "_layouts", "_includes", "_sass",
    "resources", "bower_components", "dist", ".github",
}  # fmt: skip
_ABOUT_THE_FOLDER = re.compile(
    r"^(?:readme|licen[cs]e|changelog|changes|contributing|code[_-]of[_-]conduct|security|todo|authors|404)$",
    re.IGNORECASE,
)
_DATED = re.compile(r"^(\d{4}-\d{1,2}-\d{1,2})[-_](.+)$")
_FIRST_HEADING = re.compile(r"\A\s*+(?:#[ \t]+([^\n]+)|([^\n#>*+`|-][^\n]*)\n=+[ \t]*)(?:\n|\Z)")
_IMAGE_SOURCE = re.compile(r"(<img\b[^<>]*?\ssrc\s*=\s*)(?:\"([^\"]*)\"|'([^']*)')", re.IGNORECASE)
_TITLED = re.compile(r'<p>(<img src="[^"]*" alt="[^"]*") title="([^"]+)" />\s*</p>')
_PICTURE_FIELDS = (
    "image", "cover", "featured_image", "featuredimage", "feature_image", "featureimage", "coverimage", "cover_image",
    "hero", "header", "thumbnail", "images", "banner", "og_image",
)  # fmt: skip
_ROOTS = ("", "static/", "assets/", "public/", "src/", "content/", "src/static/", "src/assets/")  # of “/pictures/x.jpg”
_PICTURE_FILE = re.compile(r"\.(?:jpe?g|png|webp|gif|avif)$", re.IGNORECASE)
_OF_BUNDLE = re.compile(r"(?:featured?|cover)[^/]*$", re.IGNORECASE)
_MOST_NAMES = 20


def recognise(source: ArchiveSource) -> bool:
    if source.is_folder:
        return any(path.lower().endswith(_ENDINGS) for path in source.paths)
    beginning = text_of_bytes(source.beginning[:5000])
    if source.name.lower().endswith(_ENDINGS):
        return True
    return has_front_matter(beginning) and beginning.lstrip("\ufeff\r\n")[:1] != "{"


def read(source: ArchiveSource, options: ArchiveOptions) -> Iterator[ArchivedThing]:
    if not source.is_folder:
        yield _FolderReading(source, options, "", SiteHabits()).file("")
        return
    top = _top_folder(source)
    reading = _FolderReading(source, options, top, habits_of(source, top))
    found = False
    for path in source.paths:
        if path.lower().endswith(_ENDINGS) and not _NOT_TEXTS & set(path.removeprefix(top).split("/")[:-1]):
            found = True
            yield reading.file(path)
    if not found:
        raise UnreadableArchive(f"There are no Markdown files in {source.name}.")


def _top_folder(source: ArchiveSource) -> str:
    """The folder that everything is in, as a repository's ZIP file has one; with its slash, or empty."""
    first = source.paths[0].partition("/")
    is_shared = bool(first[1]) and all(path.startswith(f"{first[0]}/") for path in source.paths)
    return f"{first[0]}/" if is_shared and first[0] not in {"content", "_posts", "posts", "src"} else ""


class _Name(NamedTuple):
    """What the path of a file says."""

    place: str  # within the content, without its ending, its date and “index”
    stem: str
    written: str  # the date, if there is one
    is_index: bool


class _FolderReading:
    def __init__(self, source: ArchiveSource, options: ArchiveOptions, top: str, habits: SiteHabits) -> None:
        self._source, self._options, self._top, self._habits = source, options, top, habits
        self._bundles = {
            posixpath.dirname(path): path
            for path in source.paths
            if _PICTURE_FILE.search(path) and _OF_BUNDLE.match(posixpath.basename(path))
        }

    def file(self, path: str) -> ArchivedThing:
        name = _named(path.removeprefix(self._top) or self._source.name)
        key = path.removeprefix(self._top) or self._source.name
        if name.stem.startswith("_index") or (_ABOUT_THE_FOLDER.match(name.stem) and "/" not in name.place):
            return LeftOut(key, "It is about the folder or the site, and not an article.", key)
        try:
            file = split_file(text_of_bytes(self._source.read(path, most=_LARGEST_TEXT)))
            return self._article(path, key, name, file.fields, file.text)
        except (UnreadableArchive, BadFrontMatter, ValueError) as problem:
            return LeftOut(key, str(problem), key)

    def _article(
        self, path: str, key: str, name: _Name, fields: Mapping[str, Field], text: str
    ) -> ArchivedArticle | LeftOut:
        """Raises `ValueError` with a sentence."""
        title, text = _headline(fields, text)
        published = moment(text_in(fields, "date", "publishdate", "pubdate", "published_at", "created") or name.written)
        slug = unquote(text_in(fields, "slug").strip("/").rpartition("/")[2] or posixpath.basename(name.place))
        place = posixpath.join(posixpath.dirname(name.place), slug)
        address = self._address(fields, place, slug, published)
        if text_in(fields, "layout", "type") == "page" and not self._options.with_pages:
            return LeftOut(title or key, "It is a page, and not a post. Pages weren't asked for.", key, address)
        made = markdown_to_html(text)
        if not title and not made.html.strip():
            return LeftOut(key, "It is empty.", key, address)
        warnings = [f"A part of it is left out: “{each}” of the site." for each in made.left_out[:10]]
        html = self._with_own_pictures(_TITLED.sub(_captioned, made.html), path)
        is_draft = (
            is_true(fields, "draft") or (bool(text_in(fields, "published")) and not is_true(fields, "published"))
            or "_drafts" in path.split("/")[:-1]
        )  # fmt: skip
        return ArchivedArticle(
            key=key_without_id(key, published, title), headline=title or slug.replace("-", " ").capitalize(),
            html=html, address=address,
            former_addresses=tuple(texts_in(fields, "aliases", "redirect_from", "redirects")[:_MOST_NAMES]), slug=slug,
            lead=plain(clean_value(text_in(fields, "description", "summary", "excerpt", "subtitle", "lead"))),
            authors=tuple(map(ArchivedAuthor, _names(fields, "authors", "author", "byline"))),
            topics=tuple(_names(fields, "categories", "category", "tags", "tag", "topics")),
            published=None if is_draft else published,
            changed=moment(text_in(fields, "lastmod", "last_modified_at", "updated", "modified")), is_draft=is_draft,
            language=text_in(fields, "lang", "language") or self._habits.language,
            picture=self._picture(fields, path, name), warnings=tuple(warnings),
        )  # fmt: skip

    def _address(self, fields: Mapping[str, Field], place: str, slug: str, published: datetime | None) -> str:
        address = address_of(self._habits, fields, place, slug, published)
        site = self._options.site or self._habits.site
        return f"{site}{address}" if address.startswith("/") else address

    # --- Pictures ---------------------------------------------------------------------------------------------
    def _with_own_pictures(self, html: str, path: str) -> str:
        def source(found: re.Match[str]) -> str:
            written = unescape(found[2] if found[2] is not None else found[3])
            return f'{found[1]}"{escape(self._stored(written, path))}"'

        return _IMAGE_SOURCE.sub(source, html)

    def _stored(self, written: str, path: str) -> str:
        """The address of a picture of the archive; of another one, as absolute as it can be said."""
        try:
            parts = urlsplit(written.strip())
        except ValueError:
            return ""
        if parts.scheme or parts.netloc:
            return written.strip()
        wanted = unquote(parts.path)
        for candidate in self._candidates(wanted, path):
            if candidate in self._source:
                return archive_address(candidate)
        site = self._options.site or self._habits.site
        return f"{site}{wanted}" if wanted.startswith("/") else wanted

    def _candidates(self, wanted: str, path: str) -> Iterator[str]:
        folder = posixpath.dirname(path)
        if not wanted.startswith("/"):
            yield posixpath.normpath(posixpath.join(folder, wanted))
        for root in _ROOTS:
            yield posixpath.normpath(f"{self._top}{root}{wanted.lstrip('/')}")

    def _picture(self, fields: Mapping[str, Field], path: str, name: _Name) -> ArchivedPicture | None:
        for each in _PICTURE_FIELDS:
            value = fields.get(each)
            value = value[0] if isinstance(value, list) and value else value
            about: Mapping[str, Field] = value if isinstance(value, dict) else {}
            written = (
                value if isinstance(value, str) else text_in(about, "image", "src", "url", "path", "relative_path")
            )
            if written and (_PICTURE_FILE.search(_path_of(written)) or "://" in written):
                alt = text_in(about, "alt", "image_alt") or text_in(fields, f"{each}_alt", "image_alt", "imagealt")
                caption = text_in(about, "caption") or text_in(fields, f"{each}_caption", "image_caption", "caption")
                credit = text_in(about, "credit", "attribution") or text_in(fields, f"{each}_credit", "image_credit")
                stored = self._stored(written, path)
                return ArchivedPicture(stored, plain(alt), plain(caption), plain(credit)) if stored else None
        return self._bundled(path) if name.is_index else None

    def _bundled(self, path: str) -> ArchivedPicture | None:
        """Hugo's habit: a file in the folder of the page whose name says what it is."""
        folder = posixpath.dirname(path)
        found = self._bundles.get(folder)
        return ArchivedPicture(archive_address(found)) if found else None


def _path_of(written: str) -> str:
    """The path of an address; nothing of what isn't one."""
    try:
        return urlsplit(written).path
    except ValueError:
        return ""


def _named(path: str) -> _Name:
    parts = [part for part in path.split("/") if part not in {"_posts", "_drafts"}]
    if "content" in parts[:2]:
        parts = parts[parts.index("content") + 1 :]
    stem = posixpath.splitext(parts[-1])[0] if parts else ""
    is_index = stem in {"index", "page"} and len(parts) > 1
    last = parts[-2] if is_index else stem
    folders = parts[:-2] if is_index else parts[:-1]
    dated = _DATED.match(last)
    place = "/".join([*folders, dated[2] if dated else last])
    return _Name(place, stem, dated[1] if dated else "", is_index)


def _headline(fields: Mapping[str, Field], text: str) -> tuple[str, str]:
    """The headline, and the text without it where it begins with the same words."""
    title = plain(clean_value(text_in(fields, "title", "headline")))
    found = _FIRST_HEADING.match(text)
    first = plain((found[1].rstrip(" \t#") if found[1] else found[2]).strip()) if found else ""
    if found and (not title or first.casefold() == title.casefold()):
        return title or first, text[found.end() :]
    return title, text


def _names(fields: Mapping[str, Field], *names: str) -> list[str]:
    return [plain(clean_value(each))[:200] for each in texts_in(fields, *names)[:_MOST_NAMES]]


def _captioned(found: re.Match[str]) -> str:
    """A picture alone in a paragraph, with a title: that is how Markdown says a caption."""
    return f"<figure>{found[1]}><figcaption>{found[2]}</figcaption></figure>"


SYSTEM = ArchiveSystem("markdown", "Markdown with front matter (Hugo, Jekyll, Eleventy)", recognise, read)
