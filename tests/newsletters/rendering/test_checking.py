"""Each check of a mail by a mail that has the fault, made from the golden one, which has none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from pytest_django import Settings

from newsletters.rendering.checking import check_mail
from newsletters.rendering.mail import render
from newsletters.rendering.message import personal
from tests.newsletters.rendering.sample import ARTICLES, CONTENT, NAMELESS, READER

ITEMS = [f"https://news.iria.example{article.path}" for article in ARTICLES]
SUBJECT, HTML, TEXT = personal(render(CONTENT), READER, CONTENT)


def codes(html: str = HTML, text: str = TEXT, subject: str = SUBJECT) -> set[str]:
    return {fault.code for fault in check_mail(subject, html, text, items=ITEMS)}


def body(addition: str) -> str:
    return HTML.replace("</body>", f"{addition}</body>")


@pytest.mark.parametrize("reader", [READER, NAMELESS])
@pytest.mark.parametrize("colour", ["#000000", "#ffffff", "#ffee00", "#1F3A5F", "#808080", "#ff0000"])
def test_our_mail_has_no_fault_in_any_colour(reader: object, colour: str) -> None:
    content = replace(CONTENT, colour=colour)
    subject, html, text = personal(render(content), reader, content)  # type: ignore[arg-type]
    assert check_mail(subject, html, text, items=ITEMS) == []


@pytest.mark.parametrize(
    ("address", "code", "certain"),
    [
        ("/articles/x/", "link", True),
        ("articles/x/", "link", True),
        ("#top", "link", True),
        ("javascript:alert(1)", "link", True),
        ("data:text/html,x", "link", True),
        ("ftp://example.org/x", "link", True),
        ("https://", "link", True),
        ("http://[::1", "link", True),
        ("http://example.org/", "link_http", True),
        ("https://localhost:8000/", "link_private", True),
        ("https://10.1.2.3/x", "link_private", True),
        ("https://[fe80::1]/", "link_private", True),
        ("https://printer.local/", "link_private", True),
        ("https://bit.ly/3xyz", "shortener", False),
        ("https://www.tinyurl.com/x", "shortener", False),
    ],
)
def test_an_address_that_is_wrong_from_a_mail_is_named(address: str, code: str, certain: bool) -> None:
    linked = body(f'<p><a href="{address}">The treaty</a></p>')
    found = check_mail(SUBJECT, linked, f"{TEXT}{address}\n", items=ITEMS)
    assert [(fault.code, fault.about, fault.certain) for fault in found] == [(code, address, certain)]


@pytest.mark.parametrize(
    "address", ["https://example.org/a?b=c#d", "mailto:ada@example.org", "tel:+491", "https://bücher.example/"]
)
def test_an_address_that_works_is_no_fault(address: str) -> None:
    assert codes(body(f'<p><a href="{address}">The treaty</a></p>'), f"{TEXT}{address}\n") == set()


def test_where_our_own_site_stands_is_not_the_mails_fault(settings: Settings) -> None:
    settings.SITE_URL = "http://localhost:8000"
    address = "http://localhost:8000/archive/"
    assert codes(body(f'<p><a href="{address}">All editions</a></p>'), f"{TEXT}{address}\n") == set()


@pytest.mark.parametrize(
    ("addition", "code"),
    [
        ('<img src="https://example.org/a.png" width="100">', "alt"),
        ('<img src="https://example.org/a.png" width="100" alt=" ">', "alt"),
        ('<img src="https://example.org/a.png" alt="A tower">', "width"),
        ('<img src="https://example.org/a.png" alt="A tower" width="50%">', "width"),
        ('<img src="https://example.org/a.png" alt="A tower" width="600">', "wide"),
        ('<img src="data:image/png;base64,AA" alt="A tower" width="60">', "link"),
        ('<img src="mailto:a@example.org" alt="A tower" width="60">', "link"),
        ("<h1>Another</h1>", "headings"),
        ("<h2>Two</h2><h4>Four</h4>", "headings"),
        ("<table><tr><td>Layout</td></tr></table>", "role"),
        ('<p><a href="https://example.org/">Click here</a></p>', "link_words"),
        ('<p><a href="https://example.org/">here.</a></p>', "link_words"),
        ('<p><a href="https://example.org/">Hier klicken!</a></p>', "link_words"),
        ('<p><a href="https://example.org/"><b> </b></a></p>', "link_words"),
        ('<p style="color:#999999;background-color:#ffffff">Hardly to be read</p>', "contrast"),
        ('<p style="color:#767676;background:#eeeeee">Hardly to be read</p>', "contrast"),
        ('<td bgcolor="#222222"><p style="color:#333333">Hardly to be read</p></td>', "contrast"),
        ('<p style="display:flex">Side by side</p>', "css"),
        ('<p style="color:var(--ink)">Ink</p>', "css"),
        ('<p style="position:absolute">On top</p>', "css"),
        ('<td style="background:url(https://example.org/a.png)">Below</td>', "css"),
        ("<style>@import 'https://example.org/a.css';</style>", "css"),
        ("<style>@media print { @media (width: 1px) { p { color: red } } }</style>", "css"),
        (f"<style>{'/* nothing */ p { margin: 0 }' * 700}</style>", "style_size"),
        ("<iframe src='https://example.org/'></iframe>", "element"),
        ("<script>alert(1)</script>", "element"),
        ("<p>Dear {{ name }},</p>", "merge_left"),
        ("<p>{% now %}</p>", "merge_left"),
        ("<p>iRiAsLoT003x</p>", "merge_left"),
    ],
)
def test_each_fault_is_found(addition: str, code: str) -> None:
    assert code in codes(body(addition))


def test_a_data_table_with_headings_may_be_a_table() -> None:
    assert codes(body("<table><tr><th>Year</th></tr><tr><td>1936</td></tr></table>")) == set()


def test_what_nobody_sees_need_not_be_readable() -> None:
    assert codes(body('<div style="display:none;color:#ffffff">Hidden</div>')) == set()


def test_the_dark_colours_are_judged_by_the_rules_that_win_there() -> None:
    """A light text on the dark sheet, since the rule for the dark palette changes the sheet and not the text."""
    rule = "<style>@media (prefers-color-scheme: dark) { .note { background-color: #eeeeee !important } }</style>"
    note = '<div class="note" style="background-color:#222222"><p style="color:#ffffff">Seen by day</p></div>'
    found = [fault for fault in check_mail(SUBJECT, body(rule + note), TEXT, items=ITEMS) if fault.code == "contrast"]
    assert len(found) == 1
    assert "dark colours: #ffffff on #eeeeee" in found[0].sentence
    weak = rule.replace(" !important", "")  # which an inline style beats
    assert codes(body(weak + note)) == set()


@pytest.mark.parametrize(
    ("remove", "by"),
    [(' lang="en"', ""), ('name="viewport"', 'name="nothing"'), ('name="color-scheme"', 'name="nothing"')],
)
def test_a_mail_says_what_it_is(remove: str, by: str) -> None:
    assert remove in HTML
    assert codes(HTML.replace(remove, by)) == {"head"}


@pytest.mark.parametrize(("size", "certain"), [(90_000, False), (102_000, True)])
def test_gmail_cuts_off_what_is_too_large(size: int, certain: bool) -> None:
    filler = "x " * ((size - len(HTML.encode())) // 2 + 10)
    found = check_mail(SUBJECT, body(f"<p>{filler}</p>"), TEXT + filler, items=ITEMS)
    assert [(fault.code, fault.certain) for fault in found] == [("size", certain)]


Change = Callable[[str], str]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda text: "", "text_missing"),
        (lambda text: "\n".join(line for line in text.splitlines() if "://" in line), "text_short"),
        (lambda text: text.replace(ITEMS[1], "see the web"), "text_address"),
        (lambda text: text.replace(ITEMS[1], f"Read {ITEMS[1]} now"), "text_address"),
        (lambda text: text.replace("a=1&b=2", "a=1&amp;b=2"), "text_address"),
        (lambda text: text.replace("/archive/iria-news-7/", "/archive/iria-news-7"), "text_address"),
        (lambda text: text + "{{ lead }}", "merge_left"),
    ],
)
def test_the_text_part_says_it_all(change: Change, code: str) -> None:
    assert codes(text=change(TEXT)) == {code}


def test_what_only_the_design_links_to_need_not_be_in_the_text() -> None:
    profile = "https://social.example/@iria?a=1&b=2"
    linked = body(f'<p><a href="{profile.replace("&", "&amp;")}">Our profile</a></p>')
    assert codes(linked) == {"text_address"}
    assert check_mail(SUBJECT, linked, TEXT, items=ITEMS, apart={profile}) == []


def test_a_field_left_in_the_subject_is_found() -> None:
    assert codes(subject="For {{ name }}") == {"merge_left"}
