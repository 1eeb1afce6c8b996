"""Ghost's export: both editors it has had, what stands beside a post, and what isn't for everybody."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from newsletters.articles.archives.archived import (
    ArchivedAuthor,
    ArchivedPicture,
    UnreadableArchive,
    archive_address,
)
from newsletters.articles.archives.formats import json_rows
from newsletters.articles.archives.formats.mobiledoc import mobiledoc_to_html
from tests.newsletters.articles.archives.exports import (
    SITE,
    articles,
    ghost_export,
    ghost_post,
    left_out,
    lexical,
    notes,
    packed,
    paragraph,
    read_all,
    single,
)

pytestmark = pytest.mark.either_database
TEXT = lexical(
    {"type": "extended-heading", "tag": "h2", "children": [{"type": "text", "text": "A & B", "format": 0}]},
    paragraph(
        "The ", {"type": "text", "text": "strait", "format": 3}, " is open: ",
        {"type": "link", "url": "__GHOST_URL__/more/", "children": [{"type": "text", "text": "more"}]},
    ),
    {"type": "list", "listType": "number", "children": [
        {"type": "listitem", "children": [{"type": "text", "text": "one"}]},
    ]},
    {"type": "image", "src": "__GHOST_URL__/content/images/2024/03/ship.jpg", "alt": "A ship",
     "caption": "<b>Leaving</b> port"},
    {"type": "bookmark", "url": "https://example.org/", "metadata": {"title": "Tides", "description": "A table"}},
    {"type": "callout", "calloutEmoji": "💡", "calloutText": "<em>Note</em>"},
    {"type": "toggle", "heading": "Why?", "content": "<p>Because.</p>"},
    {"type": "button", "buttonText": "Read", "buttonUrl": "https://example.org/read"},
    {"type": "markdown", "markdown": "Some *words*"},
    {"type": "horizontalrule"},
    {"type": "signup", "header": "Join us"},
    {"type": "email", "html": "<p>Only in the mail</p>"},
)  # fmt: skip


def test_a_post_comes_with_all_that_stands_beside_it(tmp_path: Path) -> None:
    post = ghost_post(
        1, "The strait", lexical=TEXT, custom_excerpt="A lead.",
        feature_image="__GHOST_URL__/content/images/2024/03/lead.jpg",
    )  # fmt: skip
    written = ghost_export(
        [post],
        posts_tags=[{"post_id": "p1", "tag_id": f"t{at}", "sort_order": 2 - at} for at in (1, 2)],
        posts_meta=[
            {"post_id": "p1", "feature_image_alt": "The sea", "feature_image_caption": "<i>Photo by</i> Bo Lind"}
        ],
    )  # fmt: skip
    things = read_all(single(tmp_path, "strait.ghost.json", written), "ghost")
    article = articles(things)["The strait"]
    assert (article.key, article.slug) == (post["uuid"], "the-strait")
    assert (article.address, article.lead) == (f"{SITE}/the-strait/", "A lead.")
    assert article.published == datetime(2024, 3, 5, 8, 30, tzinfo=UTC)
    assert article.authors == (ArchivedAuthor("Ada Marsh", "Reads tide tables."),)
    assert article.topics == ("Trade",)
    assert article.picture == ArchivedPicture(f"{SITE}/content/images/2024/03/lead.jpg", "The sea", "", "Bo Lind")
    assert article.html == (
        "<h2>A &amp; B</h2>"
        f'<p>The <strong><em>strait</em></strong> is open: <a href="{SITE}/more/">more</a></p>'
        "<ol><li>one</li></ol>"
        f'<figure><img src="{SITE}/content/images/2024/03/ship.jpg" alt="A ship">'
        "<figcaption><b>Leaving</b> port</figcaption></figure>"
        '<p><a href="https://example.org/">Tides</a><br>A table</p>'
        "<blockquote><p>💡 <em>Note</em></p></blockquote>"
        "<h3>Why?</h3><p>Because.</p>"
        '<p><a href="https://example.org/read">Read</a></p>'
        "<p>Some <em>words</em></p>\n"
        "<hr>"
    )
    assert article.warnings == ("A part of it is left out: a card “signup” of Ghost.",)


def test_the_older_editor_and_plain_html_are_read_too(tmp_path: Path) -> None:
    document = {
        "version": "0.3.1", "atoms": [["soft-return", "", {}]],
        "cards": [["image", {"src": "https://cdn.example/a.jpg"}], ["hr", {}]],
        "markups": [["a", ["href", "https://example.org/"]], ["em"]],
        "sections": [
            [1, "p", [[0, [0], 0, "go "], [0, [1], 2, "there"], [1, [], 0, 0], [0, [], 0, "<now>"]]],
            [10, 0], [3, "ul", [[[0, [], 0, "one"]], [[0, [], 0, "two"]]]], [10, 1], [10, 99],
        ],
    }  # fmt: skip
    posts = [
        ghost_post(1, "Old", mobiledoc=json.dumps(document)),
        ghost_post(2, "Older", html="<p>As <b>it</b> was</p>"),
        ghost_post(3, "Broken", mobiledoc='{"sections": '),
    ]
    things = read_all(single(tmp_path, "a.json", ghost_export(posts)), "ghost")
    assert articles(things)["Old"].html == (
        '<p><a href="https://example.org/">go <em>there</em></a><br>&lt;now&gt;</p>'
        '<figure><img src="https://cdn.example/a.jpg" alt=""></figure><ul><li>one</li><li>two</li></ul><hr>'
    )
    assert articles(things)["Older"].html == "<p>As <b>it</b> was</p>"
    assert left_out(things) == {"Broken": "Its text is damaged."}


def test_what_was_not_for_everybody_comes_in_as_a_draft_and_says_so(tmp_path: Path) -> None:
    posts = [
        ghost_post(1, "Members", visibility="paid", lexical=lexical(paragraph("x"), {"type": "paywall"})),
        ghost_post(2, "By mail", status="sent", html="<p>x</p>"),
        ghost_post(3, "Later", status="scheduled", html="<p>x</p>"),
        ghost_post(4, "Draft", status="draft", html="<p>x</p>"),
        ghost_post(5, "About us", type="page", html="<p>x</p>"),
    ]
    path = single(tmp_path, "a.json", ghost_export(posts))
    found = articles(read_all(path, "ghost"))
    assert all(each.is_draft and each.published is None for each in found.values())
    assert {name: each.warnings[0].split(". ")[0] for name, each in found.items() if each.warnings} == {
        "Members": "Only members could read it there",
        "By mail": "It was sent as an email only and had no page",
        "Later": "It was to be published later",
    }
    assert list(left_out(read_all(path, "ghost"))) == ["About us"]
    assert "About us" in articles(read_all(path, "ghost", with_pages=True))


def test_pictures_beside_the_file_are_found_and_a_site_that_is_missing_is_said(tmp_path: Path) -> None:
    images = "".join(f'<img src="__GHOST_URL__/content/images/{name}">' for name in ("a%20b.jpg", "c.jpg"))
    post = ghost_post(1, "Ships", html=images)
    files: dict[str, str | bytes] = {"ghost/data.json": ghost_export([post]), "ghost/content/images/a b.jpg": b"x"}
    things = read_all(packed(tmp_path, files), "ghost", site="")
    assert archive_address("ghost/content/images/a b.jpg") in articles(things)["Ships"].html
    assert 'src="/content/images/c.jpg"' in articles(things)["Ships"].html
    assert "Give the address of the old site" in notes(things)[0]


@pytest.mark.parametrize("cut", [60, 400, -4])
def test_a_file_that_breaks_off_is_said_in_a_sentence(tmp_path: Path, cut: int) -> None:
    written = ghost_export([ghost_post(1, "One", html="<p>x</p>")])
    with pytest.raises(UnreadableArchive, match=r"breaks off|isn't an archive"):
        read_all(single(tmp_path, "a.json", written[:cut]), "ghost")


def test_posts_are_read_in_pieces_whatever_their_length(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_rows, "_CHUNK", 50)
    posts = [
        ghost_post(at, f"Post {at}", html=f"<p>{'Straße “Ω” 🚢 ' * at}</p>", featured=at % 2) for at in range(1, 30)
    ]
    found = articles(read_all(single(tmp_path, "a.json", ghost_export(posts)), "ghost"))
    assert [each.html for each in found.values()] == [each["html"] for each in posts]


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ('{"db":[{"data":{"posts":[' + "[" * 100_000, "nested too deeply"),
        ('{"db":[{"data":{"posts":[["' + "x" * 1_000_000 + '"' + ",[]" * 400_000 + "]]}}]}", "too many parts"),
        ('{"db":[{"data":{"posts":[{"html":"' + "x" * 4_000_000 + '"}]}}]}', "larger than 3 MB"),
        ('{"db":[{"data":{"posts":[{"html":"x" "y"}]}}]}', "broken"),
        ('{"db":[{"data":{"posts":[],"tags":[]}}], "exported_on":1}', "no posts"),
    ],
    ids=["deep", "many", "long", "wrong", "none"],
)  # fmt: skip
def test_what_would_fill_the_memory_is_refused_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: str, sentence: str
) -> None:
    monkeypatch.setattr(json_rows, "LARGEST_ROW", 3_000_000)
    path = single(tmp_path, "a.json", written.replace('{"db"', '{"exported_on":1,"db"', 1))
    with pytest.raises(UnreadableArchive, match=sentence):
        read_all(path, "ghost")


def test_one_post_that_is_nested_too_deeply_is_left_out_alone(tmp_path: Path) -> None:
    deep = paragraph("x")
    for _level in range(200):
        deep = {"type": "quote", "children": [deep]}
    posts = [ghost_post(1, "Deep", lexical=lexical(deep)), ghost_post(2, "Plain", html="<p>x</p>")]
    things = read_all(single(tmp_path, "a.json", ghost_export(posts)), "ghost")
    assert left_out(things) == {"Deep": "Its text is nested too deeply."}
    assert list(articles(things)) == ["Plain"]


def test_a_link_that_is_named_again_and_again_is_too_long_before_it_is_made() -> None:
    markers = [[0, [0], 1, "x"]] * 3000
    document = {"markups": [["a", ["href", "https://x.example/" + "y" * 50_000]]], "sections": [[1, "p", markers]]}
    with pytest.raises(ValueError, match="longer than 5 MB"):
        mobiledoc_to_html(document, {})


def test_a_number_of_thousands_of_digits_is_said(tmp_path: Path) -> None:
    export = ghost_export([ghost_post(1, "A", n=7777)]).replace("7777", "1" * 5000)
    with pytest.raises(UnreadableArchive, match="a number in it is too long"):
        read_all(single(tmp_path, "a.json", export), "ghost")
