"""Buttondown's exports: a ZIP file with a table of emails and the text of each as Markdown; the table alone, where it
holds the texts; and the folder that Buttondown's command line pulls, with front matter.

    emails.csv or emails.json   id, subject, slug, publish_date, email_type, status …, at times body
    emails/the-slug.md          the text: Markdown, or HTML where the emails were written in the “fancy” editor
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from datetime import datetime
from urllib.parse import unquote

from newsletters.articles.archives.archived import (
    ArchivedArticle,
    ArchivedPicture,
    ArchivedThing,
    ArchiveOptions,
    LeftOut,
    UnreadableArchive,
    key_without_id,
)
from newsletters.articles.archives.formats.front_matter import BadFrontMatter, split_file
from newsletters.articles.archives.formats.html_parts import parsed, with_linked_players, with_plain_figures, written
from newsletters.articles.archives.formats.json_rows import json_rows
from newsletters.articles.archives.formats.markdown_text import markdown_to_html
from newsletters.articles.archives.formats.tables import TableRow, column_name, table_rows
from newsletters.articles.archives.formats.written_texts import moment, plain, text_of_bytes, value_of
from newsletters.articles.archives.sources import ArchiveSource
from newsletters.articles.archives.systems.description import ArchiveSystem

_LARGEST_TEXT = 5_000_000  # bytes
_MODE = re.compile(r"^\s*<!--\s*buttondown-editor-mode:\s*(\w{1,20})\s*-->")
_TABLES = ("emails.json", "emails.csv")
_OWN_COLUMNS = re.compile(rb'["\']?(?:subject)["\']?', re.IGNORECASE)
_OWN = re.compile(rb"\b(?:publish_date|email_type|secondary_id|archival_mode)\b", re.IGNORECASE)
_TAG = re.compile(r"\{[%{][^{}]{0,300}[%}]\}")
_OPEN = {"", "public"}  # who may read it on the web
_SENT = {"", "sent", "published", "imported", "resending", "in_flight", "about_to_send"}


def recognise(source: ArchiveSource) -> bool:
    if not source.is_folder:
        return _names_emails(source.beginning[:20_000])
    table = _table(source)
    if table is not None:
        return _names_emails(source.read(table, most=20_000, cut=True))
    first = next((path for path in source.paths if _is_text(path)), None)
    return first is not None and _names_emails(source.read(first, most=5000, cut=True))


def _names_emails(beginning: bytes) -> bool:
    begins = beginning.lstrip(b"\xef\xbb\xbf \t\r\n")
    if begins[:1] not in {b"[", b"{"} and not begins.startswith((b"---", b"id", b'"id"', b"subject")):
        return False
    return bool(_OWN_COLUMNS.search(begins) and _OWN.search(begins))


def _table(source: ArchiveSource) -> str | None:
    for name in _TABLES:
        if found := [path for path in source.paths if posixpath.basename(path) == name]:
            return min(found, key=len)
    return None


def _is_text(path: str) -> bool:
    return path.endswith(".md") and "emails" in path.split("/")[:-1]


def read(source: ArchiveSource, options: ArchiveOptions) -> Iterator[ArchivedThing]:
    texts = {posixpath.basename(path).removesuffix(".md"): path for path in source.paths if _is_text(path)}
    table = _table(source) if source.is_folder else ""
    found = False
    if table is not None:
        for row in _rows(source, table):
            found = True
            if isinstance(row, LeftOut):
                yield row
            else:
                path = next((texts.pop(each) for each in (row["slug"], row["id"]) if each in texts), None)
                yield _email(source, row, path, options)
    for path in texts.values():
        found = True
        yield _email(source, TableRow(), path, options)
    if not found:
        raise UnreadableArchive(f"There are no emails in {source.name}.")


def _rows(source: ArchiveSource, table: str) -> Iterator[TableRow | LeftOut]:
    is_json = table.endswith(".json") or (not table and source.beginning.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in b"[{")
    if not is_json:
        yield from table_rows(source, table, needed={"subject"})
        return
    with source.open(table) as file:
        for row in json_rows(file, source.name):
            if "subject" in row.values:
                yield TableRow({column_name(name): value_of(row.values, name) for name in row.values})


def _email(source: ArchiveSource, row: TableRow, path: str | None, options: ArchiveOptions) -> ArchivedThing:
    title, key = row["subject"], _key(row, "")
    body = row["body"]
    if path is not None:
        try:
            file = split_file(text_of_bytes(source.read(path, most=_LARGEST_TEXT)))
        except (UnreadableArchive, BadFrontMatter) as problem:
            return LeftOut(title or path, str(problem), key)
        said = {column_name(name): value for name, value in file.fields.items() if isinstance(value, str)}
        row = TableRow({**said, **{name: value for name, value in row.items() if value}})
        body = file.text if file.text.strip() else body
        title, key = row["subject"], _key(row, posixpath.basename(path))
    slug = unquote(row["slug"])
    address = row.first("absolute_url", "canonical_url") or (f"{options.site}/archive/{slug}/" if slug else "")
    if not body.strip():
        return LeftOut(title or slug, "Its text isn't in the archive.", key, address)
    try:
        html, warnings = _text(body)
    except ValueError as problem:
        return LeftOut(title or slug, str(problem), key, address)
    status, kind = row["status"].lower(), row["email_type"].lower()
    is_draft = status not in _SENT
    if status == "scheduled":
        warnings.append("It was to be sent later. It comes in as a draft.")
    elif not is_draft and (kind not in _OPEN or row["archival_mode"].lower() == "disabled"):
        is_draft = True
        warnings.append("Not everybody could read it there. It comes in as a draft: publish it if everybody may.")
    image = row["image"]
    return ArchivedArticle(
        key=key, headline=title, html=html, address=address, slug=slug, lead=plain(row["description"]),
        published=None if is_draft else _published(row),
        changed=moment(row.first("modification_date", "modified")), is_draft=is_draft,
        picture=ArchivedPicture(image) if image.startswith(("http://", "https://")) else None,
        warnings=tuple(warnings),
    )  # fmt: skip


def _published(row: TableRow) -> datetime | None:
    return moment(row.first("publish_date", "creation_date", "created"))


def _key(row: TableRow, name: str) -> str:
    return row["id"] or key_without_id(row["slug"] or name, _published(row), row["subject"])


def _text(body: str) -> tuple[str, list[str]]:
    """As HTML, and a sentence for each thing that is left out. Raises `ValueError`."""
    mode = _MODE.match(body)
    if mode is not None and mode[1].lower() == "fancy":
        tags = list(dict.fromkeys(_TAG.findall(body)))
        html = written(with_linked_players(with_plain_figures(parsed(_TAG.sub("", body[mode.end() :])))))
        return html, [f"A part of it is left out: {' '.join(tag.split())[:60]}." for tag in tags[:10]]
    made = markdown_to_html(body[mode.end() :] if mode else body)
    return made.html, [f"A part of it is left out: “{name}” of Buttondown." for name in made.left_out[:10]]


SYSTEM = ArchiveSystem("buttondown", "Buttondown", recognise, read)
