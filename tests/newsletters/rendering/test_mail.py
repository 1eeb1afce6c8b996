"""The mail, as every reader gets it: golden files for the whole, and what must hold for any edition."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lib import colours
from newsletters.rendering.checking import check_mail
from newsletters.rendering.content import EditionContent, digest
from newsletters.rendering.mail import render
from newsletters.rendering.message import build, personal
from newsletters.rendering.recipients import Recipient
from tests.newsletters.rendering.golden_files import is_golden
from tests.newsletters.rendering.sample import ARTICLES, CONTENT, NAMELESS, READER, blocks_of

DATE = datetime(2026, 3, 3, 6, 0, tzinfo=UTC)


def sent(recipient: Recipient = READER, content: EditionContent = CONTENT) -> EmailMessage:
    message = build(render(content), recipient, content, date=DATE)
    parsed = message_from_bytes(message.message().as_bytes(), policy=policy.default)
    assert isinstance(parsed, EmailMessage)
    return parsed


def part(message: EmailMessage, subtype: str) -> str:
    body = message.get_body((subtype,))
    assert body is not None
    return str(body.get_content())


@pytest.mark.parametrize("name", ["edition.ar.html", "edition.ar.txt"])
def test_an_arabic_mail_is_the_golden_one(name: str) -> None:
    """What is around the articles, from right to left; the articles are in the language of the sample."""
    content = replace(CONTENT, language="ar", cadence="weekly", weekdays=(1, 4))
    made = part(sent(content=content), "html" if name.endswith("html") else "plain")
    assert is_golden(made, name)


def test_an_arabic_mail_runs_from_right_to_left_and_leads_to_arabic_pages() -> None:
    html = part(sent(content=replace(CONTENT, language="ar")), "html")
    assert '<html lang="ar" dir="rtl"' in html
    assert not re.search(r"direction: ?ltr", html)
    texts = re.sub(r'<div class="mj-outlook-group-fix[^>]*>', "", html)  # a column says “left” in every language
    texts = re.sub(r'<[a-z0-9]+ [^>]*\bdir="ltr"[^>]*>', "", texts)  # and so do words in English
    texts = re.sub(r'<td class="day"[^>]*>', "", texts)  # the date stands at the far end of its line
    assert not re.search(r"text-align: ?left", texts)
    assert "https://news.iria.example/ar/articles/strikes/" in html
    assert "https://news.iria.example/ar/archive/iria-news-7/" in html
    assert "https://news.iria.example/media/" in html
    assert "Read" not in html.replace("READER", "")
    assert "اقرأ المقال (4 د)" in html


def test_a_reader_without_a_name_gets_the_fallback() -> None:
    message = sent(NAMELESS)
    assert message["Subject"] == "IRIA News for you: Strikes & counter-strikes"
    assert message["To"] == "j.mueller@example.org"
    assert "Dear reader & friend," in part(message, "plain")
    assert "Dear reader &amp; friend," in part(message, "html")
    assert "You signed up on 4 November 2025 to get IRIA News." in part(message, "plain")


def test_a_subject_promises_only_what_is_in_the_mail() -> None:
    subject, html, _ = personal(render(CONTENT, ARTICLES[1:]), READER, CONTENT)
    assert subject == "IRIA News for Jürgen: Die Meerengen: wer darf passieren?"
    assert "Strikes" not in html


@pytest.mark.parametrize(
    "name", ["Eve\r\nBcc: all@example.org", "Eve\x00\x0b\x85\u2028Bcc: x", '"><script>', "李 小龍", "Z" * 300]
)
def test_a_name_can_do_no_harm(name: str) -> None:
    message = sent(READER._replace(name=name))
    assert message["Bcc"] is None
    assert len(message["To"].addresses) == 1
    assert message["To"].addresses[0].addr_spec == READER.email
    assert "<script>" not in part(message, "html")


@settings(max_examples=30, deadline=None)
@given(name=st.text(max_size=100), introduction=st.text(alphabet="ab.= \n<>&é€", max_size=300))
def test_any_name_and_text_parse_back(name: str, introduction: str) -> None:
    from html import escape

    content = replace(CONTENT, introduction=f"<p>{escape(introduction)}</p>", blocks=blocks_of(ARTICLES[:1]))
    message = sent(READER._replace(name=name), content)
    assert message["To"].addresses[0].addr_spec == READER.email
    assert "https://news.iria.example/articles/strikes/" in part(message, "plain")
    assert "https://news.iria.example/articles/strikes/" in part(message, "html")
    raw = message.as_bytes(policy=policy.SMTP)
    assert max(len(line) for line in raw.split(b"\r\n")) <= 998


def test_the_raw_message_is_seven_bit() -> None:
    raw = build(render(CONTENT), READER, CONTENT, date=DATE).message().as_bytes()
    assert raw.isascii()


class Tags(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.found if name == tag]


def test_the_html_is_what_mail_clients_can_show() -> None:
    html = part(sent(), "html")
    tags = Tags(html)
    assert tags.all("html")[0]["lang"] == "en"
    assert [name for name, _ in tags.found if re.fullmatch(r"h\d", name)] == ["h1", "h2", "h2", "h2"]
    for image in tags.all("img"):
        assert image["alt"]
        assert (image["width"] or "").isdigit()
        assert (image["src"] or "").startswith("https://news.iria.example/media/")
    assert all(table.get("role") == "presentation" for table in tags.all("table"))
    for link in tags.all("a"):
        assert (link["href"] or "").startswith("https://")
    assert not tags.all("link")
    assert not tags.all("script")
    assert "@import" not in html
    assert "url(" not in html
    assert len(html.encode()) < 95 * 1024
    assert sum(len(style) for style in re.findall(r"<style[^>]*>(.*?)</style>", html, re.DOTALL)) < 14_000
    assert "color-scheme" in html
    assert "iRiA" not in html


def test_no_check_of_mails_finds_anything() -> None:
    items = [f"https://news.iria.example{article.path}" for article in ARTICLES]
    message = sent()
    assert check_mail(message["Subject"], part(message, "html"), part(message, "plain"), items=items) == []


def test_the_text_part_holds_every_address_alone_on_its_line() -> None:
    lines = part(sent(), "plain").splitlines()
    for article in ARTICLES:
        assert f"https://news.iria.example{article.path}" in lines
    unsubscribe = [line for line in lines if "/unsubscribe/" in line]
    assert len(unsubscribe) == 1
    assert unsubscribe[0].startswith("https://")
    assert all(len(line) <= 76 for line in lines if "://" not in line)


@pytest.mark.parametrize("colour", ["#000000", "#ffffff", "#ffee00", "#1F3A5F", "#808080", "#ff0000"])
def test_any_colour_of_a_newsletter_is_made_readable(colour: str) -> None:
    for sheet in ("#fdfdfc", "#1d2126"):
        readable = colours.readable(colour, sheet)
        assert colours.contrast(readable, sheet) >= 4.5
    masthead = colours.readable(colour, "#fdfdfc")
    assert colours.contrast(colours.text_on(masthead), masthead) >= 4.5


def test_content_survives_json_and_its_hash_changes_with_any_field() -> None:
    import json

    again = EditionContent.from_json(json.loads(json.dumps(CONTENT.to_json())))
    assert again == CONTENT
    assert digest(again) == digest(CONTENT)
    assert digest(replace(CONTENT, footer="x")) != digest(CONTENT)
    assert digest(replace(CONTENT, blocks=CONTENT.blocks[::-1])) != digest(CONTENT)
