"""What an article's text may hold, its reading time, and the rules of saving."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from lib.html_text import html_to_words
from newsletters.articles.writing import (
    BodyTooLong,
    BodyTooTangled,
    clean_body,
    own_picture_path,
    reading,
    save_article,
)
from newsletters.models import Article
from tests.factories import make_article

PICTURE = "/media/pictures/ab/0123456789abcdef-640.jpg"

ATTACKS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    '<img src="javascript:alert(1)">',
    f'<img src="{PICTURE}" onload="alert(1)">',
    "<svg onload=alert(1)><script>alert(1)</script></svg>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    '<a href="javascript:alert(1)">x</a>',
    '<a href="java\nscript:alert(1)">x</a>',
    '<a href=" &#106;avascript:alert(1)">x</a>',
    '<a href="data:text/html,<script>alert(1)</script>">x</a>',
    '<a href="vbscript:msgbox(1)">x</a>',
    '<iframe src="https://evil.example"></iframe>',
    '<iframe srcdoc="<script>alert(1)</script>"></iframe>',
    '<object data="x"></object><embed src="x">',
    '<form action="https://evil.example"><input name="password"></form>',
    '<p style="background:url(https://evil.example/x)">x</p>',
    '<style>@import "https://evil.example";</style>',
    '<base href="https://evil.example"><meta http-equiv="refresh" content="0">',
    '<link rel="stylesheet" href="https://evil.example/x.css">',
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
    "<!--[if gte IE 4]><script>alert(1)</script><![endif]-->",
    "<details open ontoggle=alert(1)>x</details>",
    '<video src="https://evil.example/x.mp4" autoplay></video>',
    '<figure onmouseover="alert(1)"><figcaption id="top">x</figcaption></figure>',
    "<p\x00 onclick=alert(1)>x</p>",
]


class _Tags(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))


def assert_harmless(html: str) -> None:
    for tag, attributes in _Tags(html).seen:
        assert tag not in {"script", "style", "iframe", "object", "embed", "form", "input", "svg", "math", "base"}
        assert tag not in {"meta", "link", "video", "audio", "details", "button", "template"}
        for name, value in attributes.items():
            assert not name.startswith("on")
            assert name not in {"style", "id", "class", "srcset", "srcdoc", "action"}
            if name == "href":
                assert re.match(r"(https?:|mailto:|tel:|[/#?]|[^:]*$)", (value or "").strip())
            if name == "src":
                assert (value or "").startswith("/media/pictures/")


@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_that_could_run_or_fetch_survives(attack: str) -> None:
    assert_harmless(clean_body(f"<p>before</p>{attack}<p>after</p>"))


@given(
    st.lists(st.sampled_from([*ATTACKS, '"', "'", ">", "<", "</", "<p>", "</figure>", "<figure>", "&lt;"]), max_size=6)
)
def test_attacks_stay_harmless_however_they_are_joined(pieces: list[str]) -> None:
    once = clean_body("".join(pieces))
    assert_harmless(once)
    assert clean_body(once) == once


@given(st.text(max_size=300))
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    once = clean_body(f"<p>{text}</p>")
    assert clean_body(once) == once


def test_what_editors_use_survives() -> None:
    html = (
        "<h2>One</h2><h3>Two</h3><h4>Three</h4><p>With <em>stress</em>, <strong>weight</strong> and"
        ' <a href="https://example.org/a" title="A" rel="noopener noreferrer">a link</a>.</p>'
        "<ul><li>a</li></ul><ol><li>b</li></ol><blockquote><p>said</p></blockquote><hr>"
        f'<figure data-picture="7"><img src="{PICTURE}" alt="A ship"><figcaption>At sea</figcaption></figure>'
        "<table><thead><tr><th>a</th></tr></thead><tbody><tr><td>b</td></tr></tbody></table>"
    )
    assert clean_body(html) == html


def test_a_pasted_headline_becomes_a_heading_of_the_text() -> None:
    assert clean_body("<H1>Big</H1><h5 class='x'>small</h5>") == "<h2>Big</h2><h4>small</h4>"


def test_a_text_from_another_site_keeps_its_paragraphs() -> None:
    pasted = (
        '<article class="post"><div><div class="x">One.</div><div>Two.<br></div></div><p> </p><div></div></article>'
    )
    assert clean_body(pasted) == "<p>One.</p><p>Two.<br></p>"


def test_text_without_markup_becomes_paragraphs() -> None:
    pasted = "One & two\r\nof the same.\n\nThree < four."
    cleaned = clean_body(pasted)
    assert cleaned == "<p>One &amp; two<br>of the same.</p>\n\n<p>Three &lt; four.</p>"
    assert clean_body(cleaned) == cleaned


def test_a_pasted_report_loses_no_paragraph() -> None:
    paragraphs = [f"Paragraph {number} with a “quotation” of some length." for number in range(1, 20)]
    cleaned = clean_body("\n\n".join(paragraphs))
    assert html_to_words(cleaned).splitlines() == paragraphs


@pytest.mark.parametrize(
    "source",
    [
        "https://elsewhere.example/x.jpg",
        "data:image/png;base64,AAAA",
        "//elsewhere.example/media/pictures/ab/0123456789abcdef-640.jpg",
        "/media/pictures/../../secret",
        "/media/secret.txt",
        f"{PICTURE}?x=1",
        "http://[broken",
    ],
)
def test_a_picture_from_elsewhere_is_dropped(source: str) -> None:
    assert clean_body(f'<figure><img src="{source}" alt="x"></figure><p>text</p>') == "<p>text</p>"


def test_our_own_picture_is_kept_by_its_path() -> None:
    assert own_picture_path(f"{settings.SITE_URL}{PICTURE}") == PICTURE
    assert own_picture_path(PICTURE) == PICTURE


def test_a_body_of_ten_megabytes_is_refused_with_a_sentence() -> None:
    with pytest.raises(BodyTooLong, match=r"10\.0 MB long, and an article can be 1 MB"):
        clean_body("<p>" + "x" * 10_000_000 + "</p>")


@pytest.mark.parametrize("tag", ["<figure>", "<blockquote>", "<b>", "<figure><p>", "<unknown>"])
def test_a_text_that_would_take_minutes_to_parse_is_refused_at_once(tag: str) -> None:
    with pytest.raises(BodyTooTangled, match="nested too deeply"):
        clean_body(tag * (900_000 // len(tag)))


def test_many_elements_beside_each_other_are_no_tangle() -> None:
    html = "<p>a<br>" * 500 + "<ul>" + "<li>b" * 500 + "</ul>" + "<blockquote><p><em>c</em></p></blockquote>" * 500
    assert clean_body(html).count("<em>") == 500


def test_plain_text_has_a_line_a_paragraph() -> None:
    assert html_to_words("<h2>A &amp; B</h2><p>one  <em>two</em></p><ul><li>three</li></ul>") == "A & B\none two\nthree"


@pytest.mark.parametrize(("words", "minutes"), [(0, 1), (1, 1), (220, 1), (221, 2), (660, 3), (802, 4)])
def test_reading_time_is_rounded_up_and_at_least_a_minute(words: int, minutes: int) -> None:
    assert reading("<p>" + "word " * words + "</p>") == (words, minutes)


@pytest.mark.parametrize(
    ("text", "words"),
    [("don’t well-known 1,500", 3), ("Ёлка в лесу", 3), ("السلام عليكم", 2), ("국제 안보", 2), ("—  …", 0)],
)
def test_words_are_counted_in_scripts_with_spaces(text: str, words: int) -> None:
    assert reading(f"<p>{text}</p>")[0] == words


def test_chinese_japanese_and_thai_are_counted_by_character() -> None:
    assert reading("<p>" + "安" * 1000 + "</p>") == (1000, 2)
    assert reading("<p>" + "か" * 1001 + "</p>") == (1001, 3)
    assert reading("<p>" + "ก" * 500 + "</p>") == (500, 1)


@pytest.mark.django_db
def test_saving_cleans_counts_and_names() -> None:
    article = save_article(
        Article(title="Ships & straits", summary="s", body="<p onclick=x>One two</p><script>x</script>")
    )
    article.refresh_from_db()
    assert (article.body, article.word_count, article.reading_minutes) == ("<p>One two</p>", 2, 1)
    assert article.slug == "ships-straits"
    assert article.published_at is None


@pytest.mark.django_db
def test_publishing_says_when_and_keeps_a_moment_that_was_chosen() -> None:
    now = save_article(Article(title="Now", summary="s", body="<p>x</p>", status="published"))
    assert now.published_at is not None
    chosen = datetime(2020, 1, 1, tzinfo=UTC)
    dated = save_article(Article(title="Then", summary="s", body="<p>x</p>", status="published", published_at=chosen))
    assert dated.published_at == chosen


@pytest.mark.django_db
def test_an_address_is_never_given_twice() -> None:
    make_article(title="Straits", slug="straits")
    make_article(title="Straits", slug="straits-2")
    assert save_article(Article(title="Straits", summary="s", body="<p>x</p>")).slug == "straits-3"


@pytest.mark.django_db
def test_the_address_follows_the_headline_until_readers_have_it() -> None:
    article = save_article(Article(title="Straits", summary="s", body="<p>x</p>"))
    article.title = "Another headline"
    save_article(article)
    assert (article.slug, article.revision) == ("another-headline", 2)
    article.title, article.status = "A third", Article.Status.PUBLISHED
    save_article(article)
    article.title = "A fourth"
    save_article(article)
    assert (article.slug, article.revision) == ("a-third", 4)


@pytest.mark.django_db
def test_an_address_that_was_typed_follows_nothing() -> None:
    article = save_article(Article(title="Straits", slug="Typed by hand", summary="s", body="<p>x</p>"))
    article.title = "Another headline"
    assert save_article(article).slug == "typed-by-hand"


@pytest.mark.django_db
def test_an_old_address_leads_to_the_new_one_and_to_no_other_article() -> None:
    article = save_article(Article(title="Straits", summary="s", body="<p>x</p>", status="published"))
    for slug in ("channels", "canals"):
        article.slug = slug
        save_article(article)
    assert {each.slug for each in article.former_addresses.all()} == {"straits", "channels"}
    assert save_article(Article(title="Straits", summary="s", body="<p>x</p>")).slug == "straits-2"
    article.slug = "straits"
    save_article(article)
    assert {each.slug for each in article.former_addresses.all()} == {"channels", "canals"}


@pytest.mark.django_db
def test_an_address_that_no_reader_had_is_forgotten() -> None:
    draft = save_article(Article(title="Straits", summary="s", body="<p>x</p>"))
    draft.slug = "channels"
    save_article(draft)
    assert not draft.former_addresses.exists()


@pytest.mark.django_db
def test_a_headline_in_any_script_gets_an_address() -> None:
    assert save_article(Article(title="国际安全", summary="s", body="<p>x</p>")).slug == "国际安全"
    assert save_article(Article(title="؟!", summary="s", body="<p>x</p>")).slug == "article"


@pytest.mark.django_db
def test_a_body_that_is_too_long_saves_nothing() -> None:
    with pytest.raises(BodyTooLong):
        save_article(Article(title="Long", summary="s", body="x" * 1_000_001))
    assert not Article.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("character", ["\x02", "\x08", "\x0b", "\x0c", "\x1f", "\x7f", "\ufffe", "\uffff"])
def test_characters_that_no_mail_can_hold_are_not_kept(character: str) -> None:
    article = Article(
        title=f"Ri{character}vers", summary=f"They\n{character}\trise.", body=f"<p>a{character}b &#2;c</p>"
    )
    save_article(article)
    assert (article.title, article.summary, article.body) == ("Rivers", "They\n\trise.", "<p>ab c</p>")
