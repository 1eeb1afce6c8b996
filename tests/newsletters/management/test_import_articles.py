"""`manage.py import_articles`: what it says, what a dry run leaves behind, and the way back."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from newsletters.models import ArchiveImport, Article
from tests.factories import make_topic
from tests.newsletters.articles.archives.wordpress_export import Post, export

pytestmark = pytest.mark.django_db


def said(*words: str, **options: Any) -> str:
    out = StringIO()
    call_command("import_articles", *words, stdout=out, stderr=StringIO(), **options)
    return out.getvalue()


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "export.xml"
    path.write_bytes(export(Post(1, "One"), Post(2, "Two", categories=()), Post(3, kind="page")))
    return str(path)


def test_a_dry_run_says_it_all_and_leaves_nothing(file: str, tmp_path: Path, settings: Settings) -> None:
    settings.IRIA_DATA = tmp_path
    make_topic(name="News")
    answer = said(file, "--dry-run")
    assert answer.splitlines()[:3] == [
        "export.xml: WordPress, 2 in it.", "This is a dry run: nothing was changed.", "        2  come in"
    ]  # fmt: skip
    assert "1 page, left out." in answer
    assert not (ArchiveImport.objects.exists() or Article.objects.exists())
    assert not list((tmp_path / "archives").iterdir())


def test_bringing_in_and_back_again(file: str) -> None:
    topic = make_topic(name="Other")
    report = json.loads(said(file, "--json", "--topic", topic.slug))
    assert (report["new"], report["state"], [each["title"] for each in report["items"]]) == (2, "done", ["One", "Two"])
    assert set(Article.objects.values_list("status", flat=True)) == {"published"}
    answer = said(undo=report["import"])
    assert "        2  are removed again" in answer and not Article.objects.exists()


def test_a_folder_of_markdown_comes_in_with_the_address_of_its_site(tmp_path: Path) -> None:
    folder = tmp_path / "blog"
    folder.mkdir()
    (folder / "2024-10-14-hello.md").write_text("---\ntitle: Hello\ndate: 2024-10-14\ntags: [News]\n---\nText.\n")
    make_topic(name="News")
    said(str(folder), site="https://old.example")
    article = Article.objects.get()
    assert (article.title, article.body) == ("Hello", "<p>Text.</p>")


def test_what_cannot_be_read_is_said(tmp_path: Path) -> None:
    for words, why in (
        ((str(tmp_path / "none.xml"),), "We can't find"),
        (("a", "--undo", "1"), "Give one file or address"),
        (("--undo", "77"), "No import has the number 77"),
        (("a", "--topic", "none"), "No topic has the address"),
    ):
        with pytest.raises(CommandError, match=why):
            said(*words)
    assert not ArchiveImport.objects.exists()
