"""Ghost's export: one JSON file with a list for each table, alone or in a ZIP file beside its pictures.

The file is read twice: for what posts refer to (tags, people, what stands beside a post), and then post by post.
Texts are read as the editor keeps them (Lexical, Mobiledoc), since the HTML beside them is made for Ghost's themes.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape
from typing import Any
from urllib.parse import unquote

from newsletters.articles.archives.archived import (
    ArchivedArticle,
    ArchivedAuthor,
    ArchivedPicture,
    ArchivedThing,
    ArchiveNote,
    ArchiveOptions,
    LeftOut,
    UnreadableArchive,
    archive_address,
    key_without_id,
)
from newsletters.articles.archives.credits import split_credit
from newsletters.articles.archives.formats.ghost_cards import text_of
from newsletters.articles.archives.formats.json_rows import JsonRow, json_rows
from newsletters.articles.archives.formats.lexical import lexical_to_html
from newsletters.articles.archives.formats.mobiledoc import mobiledoc_to_html
from newsletters.articles.archives.formats.written_texts import clean_value, moment, plain, value_of
from newsletters.articles.archives.sources import ArchiveSource
from newsletters.articles.archives.systems.description import ArchiveSystem

_MOST_ROWS = 500_000  # of the tables that posts refer to
_LARGEST_TEXT = 10_000_000  # characters of a post's JSON
_POSTS = re.compile(rb'"posts"\s*:\s*\[')
_GHOSTS_OWN = re.compile(
    rb'"(?:mobiledoc|lexical|posts_tags|posts_authors|migrations_lock|exported_on|custom_excerpt)"\s*:'
)
_HOST = "__GHOST_URL__"
_IN_STORE = re.compile(r"__GHOST_URL__(/content/images/[^\"'\s<>)?#]+)")
_TABLES = {"tags", "posts_tags", "users", "posts_authors", "posts_meta"}


def recognise(source: ArchiveSource) -> bool:
    path = _json_of(source)
    if path is None:
        return False
    beginning = source.beginning if not source.is_folder else source.read(path, most=200_000, cut=True)
    return beginning.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{" and bool(
        _GHOSTS_OWN.search(beginning) and (_POSTS.search(beginning) or b'"db"' in beginning[:200])
    )


def _json_of(source: ArchiveSource) -> str | None:
    """The file that holds the posts; empty where the archive is that file."""
    if not source.is_folder:
        return ""
    found = [path for path in source.paths if path.lower().endswith(".json") and path.count("/") <= 2]
    named = [path for path in found if "ghost" in path.lower()]
    return next(iter(named or found), None) if len(found) <= 20 else None


def read(source: ArchiveSource, options: ArchiveOptions) -> Iterator[ArchivedThing]:
    path = _json_of(source)
    if path is None:
        raise UnreadableArchive(f"{source.name} has no file of posts.")
    tables = _Tables()
    with source.open(path) as file:
        for row in json_rows(file, source.name):
            tables.add(row)
    if not tables.posts:
        raise UnreadableArchive(f"There are no posts in {source.name}.")
    if not options.site and tables.names_its_site:
        yield ArchiveNote(
            "Ghost's export doesn't say where its site is. Give the address of the old site, so that the pictures "
            "can be fetched from it."
        )
    reading = _GhostReading(source, options, tables)
    with source.open(path) as file:
        for row in json_rows(file, source.name):
            if row.table == "posts":
                yield reading.post(row.values)


@dataclass
class _Tables:
    """What posts refer to, by the id of the post."""

    posts: int = 0
    names_its_site: bool = False
    tags: dict[str, str] = field(default_factory=dict)
    people: dict[str, ArchivedAuthor] = field(default_factory=dict)
    tags_of: dict[str, list[tuple[int, str]]] = field(default_factory=lambda: defaultdict(list))
    people_of: dict[str, list[tuple[int, str]]] = field(default_factory=lambda: defaultdict(list))
    beside: dict[str, dict[str, str]] = field(default_factory=dict)
    _rows: int = 0

    def add(self, row: JsonRow) -> None:
        values = row.values
        if row.table == "posts":
            self.posts += 1
            self.names_its_site = self.names_its_site or any(
                isinstance(value, str) and _HOST in value for value in values.values()
            )
            return
        if row.table not in _TABLES:
            return
        self._rows += 1
        if self._rows > _MOST_ROWS:
            raise UnreadableArchive(f"This archive has more than {_MOST_ROWS:,} tags, authors and links to them.")
        identity, post = value_of(values, "id"), value_of(values, "post_id")
        if row.table == "tags":
            name = value_of(values, "name")
            if not name.startswith("#") and value_of(values, "visibility") != "internal":
                self.tags[identity] = name
        elif row.table == "users":
            self.people[identity] = ArchivedAuthor(value_of(values, "name"), plain(value_of(values, "bio")))
        elif row.table == "posts_tags":
            self.tags_of[post].append((_order(values), value_of(values, "tag_id")))
        elif row.table == "posts_authors":
            self.people_of[post].append((_order(values), value_of(values, "author_id")))
        else:
            names = ("feature_image_alt", "feature_image_caption", "meta_description")
            self.beside[post] = {name: value_of(values, name)[:2000] for name in names}


def _order(values: dict[str, Any]) -> int:
    order = values.get("sort_order")
    return order if isinstance(order, int) else 0


class _GhostReading:
    def __init__(self, source: ArchiveSource, options: ArchiveOptions, tables: _Tables) -> None:
        self._source, self._options, self._tables = source, options, tables
        # Pictures in a ZIP file stand in a folder of it, whose name differs.
        self._stored = {
            path[path.index("content/images/") :]: path for path in source.paths if "content/images/" in path
        }

    def post(self, row: dict[str, Any]) -> ArchivedArticle | LeftOut:
        title, slug = value_of(row, "title"), value_of(row, "slug")
        published = moment(value_of(row, "published_at"))
        key = value_of(row, "uuid", "id") or key_without_id(slug, published, title)
        address = f"{self._options.site}/{slug}/" if slug else ""
        if _is_page(row) and not self._options.with_pages:
            return LeftOut(title, "It is a page, and not a post. Pages weren't asked for.", key, address)
        left_out: dict[str, None] = {}
        try:
            html = self._text(row, left_out)
        except ValueError as problem:
            return LeftOut(title, str(problem), key, address)
        warnings = [f"A part of it is left out: a card “{name}” of Ghost." for name in left_out]
        is_draft = value_of(row, "status") != "published"
        if value_of(row, "status") == "sent":
            warnings.append("It was sent as an email only and had no page. It comes in as a draft.")
        elif value_of(row, "status") == "scheduled":
            warnings.append("It was to be published later. It comes in as a draft.")
        elif not is_draft and value_of(row, "visibility") not in {"", "public"}:
            is_draft = True
            warnings.append("Only members could read it there. It comes in as a draft: publish it if everybody may.")
        post = value_of(row, "id")
        beside = self._tables.beside.get(post, {})
        return ArchivedArticle(
            key=key, headline=title, html=html, address=address, slug=unquote(slug),
            lead=plain(value_of(row, "custom_excerpt") or beside.get("meta_description", "")),
            authors=self._authors(row, post), topics=self._topics(post),
            published=None if is_draft else published,
            changed=moment(value_of(row, "updated_at")), is_draft=is_draft,
            language=value_of(row, "locale", "language").replace("_", "-"),
            picture=self._picture(row, beside), warnings=tuple(warnings),
        )  # fmt: skip

    def _text(self, row: dict[str, Any], left_out: dict[str, None]) -> str:
        """Raises `ValueError` with a sentence."""
        for name, convert in (("lexical", lexical_to_html), ("mobiledoc", mobiledoc_to_html)):
            written = row.get(name)
            if isinstance(written, str) and written.strip():
                html = convert(_document(written), left_out)
                if html.strip():
                    return self._with_addresses(clean_value(html))
        html = text_of(row, "html")
        if not html and (markdown := text_of(row, "markdown")):  # before 2016
            from newsletters.articles.archives.formats.markdown_text import markdown_to_html

            html = markdown_to_html(markdown).html
        return self._with_addresses(clean_value(html))

    def _with_addresses(self, html: str) -> str:
        if _HOST not in html:
            return html
        html = _IN_STORE.sub(lambda found: escape(self._stored_at(found[1])), html)
        return html.replace(_HOST, self._options.site)

    def _stored_at(self, path: str) -> str:
        inside = self._stored.get(unquote(path).lstrip("/"))
        return archive_address(inside) if inside else f"{self._options.site}{path}"

    def _picture(self, row: dict[str, Any], beside: dict[str, str]) -> ArchivedPicture | None:
        written = value_of(row, "feature_image", "image")
        if not written:
            return None
        caption, credit = split_credit(plain(beside.get("feature_image_caption", "")))
        url = self._stored_at(found[1]) if (found := _IN_STORE.match(written)) else written
        return ArchivedPicture(
            url.replace(_HOST, self._options.site), plain(beside.get("feature_image_alt", "")), caption, credit
        )

    def _authors(self, row: dict[str, Any], post: str) -> tuple[ArchivedAuthor, ...]:
        named = [person for _order, person in sorted(self._tables.people_of.get(post, []))]
        people = self._tables.people
        found = [people[each] for each in named or [value_of(row, "author_id")] if each in people]
        return tuple(author for author in found if author.name)

    def _topics(self, post: str) -> tuple[str, ...]:
        tags = self._tables.tags
        return tuple(tags[each] for _order, each in sorted(self._tables.tags_of.get(post, [])) if tags.get(each))


def _is_page(row: dict[str, Any]) -> bool:
    page = row.get("page")  # before 2019 a number or a truth, since then a word in “type”
    return value_of(row, "type") == "page" or page is True or page == 1


def _document(written: str) -> object:
    """Raises `ValueError` with a sentence."""
    if len(written) > _LARGEST_TEXT:
        raise ValueError("Its text is too long.")
    try:
        return json.loads(written)
    except (ValueError, RecursionError):
        raise ValueError("Its text is damaged.") from None


SYSTEM = ArchiveSystem("ghost", "Ghost", recognise, read)
