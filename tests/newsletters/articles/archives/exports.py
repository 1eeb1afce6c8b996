"""Exports of other systems, made as these make them, and what is read of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

from newsletters.articles.archives.archived import ArchivedArticle, ArchivedThing, ArchiveNote, ArchiveOptions, LeftOut
from newsletters.articles.archives.sources import opened
from newsletters.articles.archives.systems.registry import system_of

SITE = "https://old.example"


def packed(folder: Path, files: Mapping[str, str | bytes], name: str = "export.zip") -> Path:
    with ZipFile(folder / name, "w", ZIP_DEFLATED) as archive:
        for path, said in files.items():
            archive.writestr(path, said)
    return folder / name


def laid_out(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    """The same as a folder."""
    for path, said in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(said.encode() if isinstance(said, str) else said)
    return folder


def single(folder: Path, name: str, said: str | bytes) -> Path:
    (folder / name).write_bytes(said.encode() if isinstance(said, str) else said)
    return folder / name


def read_all(path: Path, system: str, *, site: str = SITE, with_pages: bool = False) -> list[ArchivedThing]:
    with opened(path) as source:
        found = system_of(source)
        assert found.key == system
        return list(found.read(source, ArchiveOptions(site=site, with_pages=with_pages)))


def articles(things: list[ArchivedThing]) -> dict[str, ArchivedArticle]:
    """By headline."""
    return {each.headline: each for each in things if isinstance(each, ArchivedArticle)}


def left_out(things: list[ArchivedThing]) -> dict[str, str]:
    return {each.title: each.why for each in things if isinstance(each, LeftOut)}


def notes(things: list[ArchivedThing]) -> list[str]:
    return [each.sentence for each in things if isinstance(each, ArchiveNote)]


# --- Ghost ----------------------------------------------------------------------------------------------------
def lexical(*children: Mapping[str, Any]) -> str:
    return json.dumps({"root": {"type": "root", "version": 1, "children": children}})


def paragraph(*words: str | Mapping[str, Any]) -> dict[str, Any]:
    said = [{"type": "extended-text", "text": each, "format": 0} if isinstance(each, str) else each for each in words]
    return {"type": "paragraph", "children": said}


def ghost_export(posts: list[dict[str, Any]], **tables: list[dict[str, Any]]) -> str:
    """With the tables that every export has."""
    data = {
        "migrations": [{"id": 1, "name": "init"}],
        "posts": posts,
        "posts_authors": [{"id": "pa1", "post_id": each["id"], "author_id": "u1", "sort_order": 0} for each in posts],
        "posts_meta": [],
        "posts_tags": [],
        "settings": [{"key": "title", "value": "Strait Notes"}],
        "tags": [{"id": "t1", "name": "Trade"}, {"id": "t2", "name": "#internal", "visibility": "internal"}],
        "users": [{"id": "u1", "name": "Ada Marsh", "bio": "Reads tide tables.", "email": "ada@old.example"}],
        **tables,
    }
    return json.dumps({"db": [{"meta": {"exported_on": 1769900000000, "version": "5.80.0"}, "data": data}]})


def ghost_post(number: int, title: str, **values: Any) -> dict[str, Any]:
    return {
        "id": f"p{number}", "uuid": f"00000000-0000-4000-8000-{number:012}", "title": title,
        "slug": title.lower().replace(" ", "-"), "mobiledoc": None, "html": None, "lexical": None, "type": "post",
        "status": "published", "visibility": "public", "published_at": "2024-03-05T08:30:00.000Z",
        "updated_at": "2024-03-06T08:30:00.000Z", "custom_excerpt": None, "feature_image": None, **values,
    }  # fmt: skip
