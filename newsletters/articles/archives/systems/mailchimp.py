"""Mailchimp's export of an account: a ZIP file with a table of campaigns and the HTML of each mail.

    campaigns.csv              title, subject, send date …: the names of the columns have changed over the years
    campaigns_content/….html   the mails, named by number and title; beside them the same as text

People (lists/, granular_activity/) don't come in by this.
"""

from __future__ import annotations

import posixpath
import re
from collections import defaultdict
from collections.abc import Iterator

from lib.readable_slugs import readable_slug
from newsletters.articles.archives.archived import (
    ArchivedArticle,
    ArchivedThing,
    ArchiveOptions,
    LeftOut,
    UnreadableArchive,
    key_without_id,
)
from newsletters.articles.archives.formats.mail_content import mail_content
from newsletters.articles.archives.formats.tables import TableRow, table_rows
from newsletters.articles.archives.formats.written_texts import moment, plain, text_of_bytes
from newsletters.articles.archives.sources import ArchiveSource
from newsletters.articles.archives.systems.description import PEOPLE_STAY_OUT, ArchiveSystem

_LARGEST_TEXT = 5_000_000  # bytes
_FOLDER = "campaigns_content/"
_TITLE = re.compile(r"<title[^<>]*>([^<]{1,500})</title>", re.IGNORECASE)
_NUMBERED = re.compile(r"^([0-9a-f]{4,24})[_ -]+(.*)$", re.IGNORECASE)
_MERGED = re.compile(r"\*\|[^|*]{1,80}\|\*")
_PEOPLE = ("lists/", "audiences/", "subscribed_", "members_export")


def recognise(source: ArchiveSource) -> bool:
    return any(_FOLDER in path for path in source.paths) or any(
        posixpath.basename(path) == "campaigns.csv" for path in source.paths
    )


def read(source: ArchiveSource, options: ArchiveOptions) -> Iterator[ArchivedThing]:
    mails = _Mails(source)
    table = min((path for path in source.paths if posixpath.basename(path) == "campaigns.csv"), key=len, default=None)
    if not mails.left and table is None:
        raise UnreadableArchive(f"There are no campaigns in {source.name}.")
    if any(path.startswith(_PEOPLE) or "/lists/" in path for path in source.paths):
        yield PEOPLE_STAY_OUT
    for row in table_rows(source, table, needed=()) if table is not None else ():
        if isinstance(row, LeftOut):
            yield row
            continue
        path = mails.take(row)
        subject = _subject(row)
        if path is None:
            if subject or _identity(row):
                yield LeftOut(subject, "Its text isn't in the archive.", _identity(row))
            continue
        yield _campaign(source, path, row, options)
    for path in list(mails.left):
        yield _campaign(source, path, TableRow(), options)


def _identity(row: TableRow) -> str:
    return row.first("unique_id", "campaign_id", "id", "web_id")


def _subject(row: TableRow) -> str:
    return " ".join(_MERGED.sub("", row.first("subject", "subject_line", "title", "campaign_title")).split())


class _Mails:
    """The HTML files, and which campaign each belongs to: by its number, else by its title."""

    def __init__(self, source: ArchiveSource) -> None:
        self.left = {path: None for path in source.paths if path.endswith((".html", ".htm")) and _is_mail(path)}
        self._by_number: dict[str, str] = {}
        self._by_title: dict[str, list[str]] = defaultdict(list)
        for path in self.left:
            stem = posixpath.splitext(posixpath.basename(path))[0]
            if found := _NUMBERED.match(stem):
                self._by_number[found[1].lower()] = path
                self._by_title[readable_slug(found[2])].append(path)
            self._by_title[readable_slug(stem)].append(path)

    def take(self, row: TableRow) -> str | None:
        numbers = (row[name].lower() for name in ("unique_id", "campaign_id", "id", "web_id"))
        titles = (readable_slug(row[name]) for name in ("title", "campaign_title", "name", "subject", "subject_line"))
        found = [self._by_number[each] for each in numbers if each in self._by_number]
        found += [path for each in titles if each for path in self._by_title.get(each, ())]
        path = next((each for each in found if each in self.left), None)
        if path is not None:
            del self.left[path]
        return path


def _is_mail(path: str) -> bool:
    return _FOLDER in path or ("campaign" in path.lower() and "template" not in path.lower())


def _campaign(source: ArchiveSource, path: str, row: TableRow, options: ArchiveOptions) -> ArchivedThing:
    sent = moment(row.first("send_date", "send_time", "sent_at", "date_sent"))
    key = _identity(row) or key_without_id(posixpath.basename(path), sent, _subject(row))
    address = row.first("archive_url", "long_archive_url", "url")
    address = address if address.startswith(("http://", "https://")) else ""
    try:
        html = text_of_bytes(source.read(path, most=_LARGEST_TEXT))
        text, fields = mail_content(html)
    except (UnreadableArchive, ValueError) as problem:
        return LeftOut(_subject(row) or posixpath.basename(path), str(problem), key, address)
    named = _TITLE.search(html)
    headline = _subject(row) or (plain(_MERGED.sub("", named[1])) if named else "")
    if not plain(text) and "<img" not in text:
        why = "It has no text apart from its header and footer."
        return LeftOut(headline or posixpath.basename(path), why, key, address)
    warnings = [f"The merge field {name} is left out of the text." for name in fields[:10]]
    if sent is None:
        warnings.append("The archive doesn't say when it was sent. It comes in as a draft.")
    return ArchivedArticle(
        key=key, headline=headline, html=text, address=address,
        lead=" ".join(_MERGED.sub("", row.first("preview_text", "preheader")).split()), published=sent,
        is_draft=sent is None, warnings=tuple(warnings),
    )  # fmt: skip


SYSTEM = ArchiveSystem("mailchimp", "Mailchimp", recognise, read)
