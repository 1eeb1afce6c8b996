"""Substack, Mailchimp and Buttondown: articles that were mails."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from html import escape
from pathlib import Path

import pytest

from newsletters.articles.archives.archived import ArchivedPicture, UnreadableArchive
from tests.newsletters.articles.archives.exports import (
    SITE,
    articles,
    left_out,
    notes,
    packed,
    read_all,
    single,
)

pytestmark = pytest.mark.either_database

# --- Substack -----------------------------------------------------------------------------------------------------
COLUMNS = (
    "post_id,post_date,is_published,email_sent_at,inbox_sent_at,type,audience,title,subtitle,search_engine_title,"
    "podcast_url"
)
WHEN = "2024-03-05T08:30:00.000Z"
IMAGE = "https://substack-post-media.s3.example/a.png"
SUBSTACK_TEXT = (
    '<div class="captioned-image-container"><figure><a class="image-link image2" href="https://cdn.example/big">'
    '<div class="image2-inset"><picture><source type="image/webp" srcset="x"><img src="https://cdn.example/small.png"'
    f' data-attrs="{escape(json.dumps({"src": IMAGE}))}" alt="A ship" class="sizing-normal"></picture>'
    '<div class="image-link-expand"></div></div></a><figcaption class="image-caption">Leaving port</figcaption>'
    '</figure></div><p>The strait<a class="footnote-anchor" id="footnote-anchor-1" href="#footnote-1">1</a></p>'
    '<div class="subscription-widget-wrap" data-attrs="{}"><p>Subscribe now!</p></div>'
    f'<div id="youtube2-x" class="youtube-wrap" data-attrs="{escape(json.dumps({"videoId": "abc"}))}"></div>'
    f'<div class="tweet" data-attrs="{escape(json.dumps({"url": "https://x.example/1", "full_text": "A & b"}))}">'
    "</div>"
    '<p class="button-wrapper"><a href="https://old.example/share">Share</a></p><div class="poll-embed"></div>'
    '<div class="footnote"><a id="footnote-1" href="#footnote-anchor-1" class="footnote-number">1</a>'
    '<div class="footnote-content"><p>A note</p></div></div>'
)  # fmt: skip


def substack(folder: Path, *rows: str, **texts: str) -> Path:
    files = {f"posts/{name.replace('_', '.', 1)}.html": said for name, said in texts.items()}
    files = {name.replace("posts/n", "posts/"): said for name, said in files.items()}
    table = "\n".join([COLUMNS, *rows, ""])
    return packed(folder, {"posts.csv": table, "email_list.strait.csv": "email\nada@example.org\n", **files})


def test_substack(tmp_path: Path) -> None:
    path = substack(
        tmp_path,
        f'101.tides,{WHEN},true,{WHEN},,newsletter,everyone,"Tides, high","A lead",,',
        f"102.talk,{WHEN},true,{WHEN},,podcast,everyone,Talk,,,https://audio.example/a.mp3",
        f"103.paid,{WHEN},true,{WHEN},,newsletter,only_paid,For some,,,",
        "104.idea,,false,,,newsletter,everyone,Idea,,,",
        f"105.chat,{WHEN},true,,,thread,everyone,Chat,,,",
        f"106.lost,{WHEN},true,,,newsletter,everyone,Lost,,,",
        f"107.about,{WHEN},true,,,page,everyone,About,,,",
        n101_tides=SUBSTACK_TEXT, n102_talk="<p>Listen</p>", n103_paid="<p>x</p>", n104_idea="<p>x</p>",
    )  # fmt: skip
    things = read_all(path, "substack")
    found = articles(things)
    article = found["Tides, high"]
    assert (article.key, article.slug, article.address) == ("101", "tides", f"{SITE}/p/tides")
    assert (article.lead, article.published) == ("A lead", datetime(2024, 3, 5, 8, 30, tzinfo=UTC))
    assert f'<figure><img src="{IMAGE}"' in article.html
    assert "Leaving port</figcaption></figure>" in article.html
    assert '<a href="https://www.youtube.com/watch?v=abc">' in article.html
    assert "<blockquote><p>A &amp; b</p>" in article.html
    assert '<sup><a href="#fn-1" id="fnref-1">1</a></sup>' in article.html
    assert '<li id="fn-1">' in article.html
    assert "Subscribe" not in article.html and "Share" not in article.html and "big" not in article.html
    assert article.warnings == ("A part of it is left out: a poll of Substack.",)
    assert '<a href="https://audio.example/a.mp3">Talk</a>' in found["Talk"].html
    assert found["For some"].is_draft and "Only some subscribers" in found["For some"].warnings[0]
    assert found["Idea"].is_draft and not found["Idea"].warnings
    assert left_out(things) == {
        "Chat": "It is a discussion thread, and not an article.", "Lost": "Its text isn't in the archive.",
        "About": "It is a page, and not a post. Pages weren't asked for.",
    }  # fmt: skip
    assert "subscribers in this archive" in notes(things)[0]


def test_one_text_that_no_editor_wrote_costs_one_line(tmp_path: Path) -> None:
    rows = [f"10{at}.a{at},{WHEN},true,,,newsletter,everyone,Post {at},,," for at in range(1, 4)]
    long = "<p>" + "x" * 5_100_000
    path = substack(tmp_path, *rows, n101_a1="<div>" * 5000, n102_a2=long, n103_a3="<p>Good</p>")
    things = read_all(path, "substack")
    assert list(articles(things)) == ["Post 3"]
    assert [each.partition(" is ")[2] for each in left_out(things).values()] == [
        "nested too deeply.",
        "larger than 5 MB.",
    ]


# --- Mailchimp ----------------------------------------------------------------------------------------------------
MAIL = """<!doctype html><html><head><title>*|MC:SUBJECT|*</title><style>p{color:red}</style></head><body>
<!--[if mso]><table><tr><td>Outlook</td></tr></table><![endif]-->
<span class="mcnPreviewText" style="display:none">Preview of it</span>
<table id="bodyTable"><tr><td>
<table id="templatePreheader"><tr><td><a href="*|ARCHIVE|*">View this email in your browser</a></td></tr></table>
<table id="templateBody"><tr><td class="mcnTextContent"><h1>Tides</h1><p>Dear *|FNAME|*, the <b>strait</b> is open.</p>
*|IF:CITY|*<p>Near you</p>*|END:IF|*</td></tr>
<tr><td><img src="https://gallery.example/ship.jpg" alt="A ship" width="564"></td></tr>
<tr><td><table><tr><th>Port</th><th>Fee</th></tr><tr><td>Aden</td><td>12</td></tr></table></td></tr></table>
<table class="mcnFollowBlock"><tr><td>Follow us</td></tr></table>
<table><tr><td><p>You get this because you signed up.
<a href="https://x.us1.list-manage.com/unsubscribe?u=1">unsubscribe</a></p>
<em>Copyright *|CURRENT_YEAR|* *|LIST:COMPANY|*</em></td></tr></table>
<img src="https://x.list-manage.com/track/open.php" width="1" height="1"></td></tr></table></body></html>"""


def test_mailchimp_gives_what_a_mail_says_without_its_frame(tmp_path: Path) -> None:
    files = {
        "campaigns.csv": (
            "Title,Subject,Send Date,Unique Id\nMarch tides,Tides for *|FNAME|*,2024-03-05 08:30:00,abc123\n"
            "April,April,2024-04-05 08:30:00,abc124\n"
        ),
        "campaigns_content/7700123_-march-tides-.html": MAIL,
        "campaigns_content/7700123_-march-tides-.txt": "x",
        "campaigns_content/7700999_draft.html": "<title>May</title><table><tr><td><p>Soon.</p></td></tr></table>",
        "campaigns_content/7701000_empty.html": "<table><tr><td><a href='*|UNSUB|*'>unsubscribe</a></td></tr></table>",
        "lists/members.csv": "email\n",
    }  # fmt: skip
    things = read_all(packed(tmp_path, files), "mailchimp")
    found = articles(things)
    article = found["Tides for"]
    assert (article.key, article.published) == ("abc123", datetime(2024, 3, 5, 8, 30, tzinfo=UTC))
    assert (
        "<h1>Tides</h1>" in article.html and "Dear, the" in article.html and "the <b>strait</b> is open" in article.html
    )
    assert '<img src="https://gallery.example/ship.jpg"' in article.html
    assert "<th>Port</th>" in article.html and article.html.count("<table") == 1
    for gone in ("browser", "Preview", "Follow", "unsubscribe", "Copyright", "track", "*|", "Outlook", "color"):
        assert gone not in article.html
    assert article.warnings == ("The merge field FNAME is left out of the text.",)
    assert found["May"].is_draft and "when it was sent" in found["May"].warnings[0]
    assert left_out(things) == {
        "April": "Its text isn't in the archive.",
        "7701000_empty.html": "It has no text apart from its header and footer.",
    }
    assert "subscribers in this archive" in notes(things)[0]


# --- Buttondown ---------------------------------------------------------------------------------------------------
def test_buttondown_as_a_table_with_texts_beside_it(tmp_path: Path) -> None:
    files = {
        "emails.csv": (
            "id,secondary_id,subject,publish_date,source,slug,email_type,status\n"
            "aa-1,1,Tides,2024-03-05 08:30:00+00:00,app,tides,public,sent\n"
            "aa-2,2,Fancy,2024-03-06 08:30:00+00:00,app,fancy,premium,sent\n"
            "aa-3,3,Lost,2024-03-06 08:30:00+00:00,app,lost,public,sent\n"
        ),
        "emails/tides.md": "Hello {{ subscriber.metadata.name }},\n\nthe *strait* is open.\n",
        "emails/fancy.md": "<!-- buttondown-editor-mode: fancy --><h2>Two</h2><p>{{ subscribe_form }}As it is.</p>",
    }
    things = read_all(packed(tmp_path, files), "buttondown")
    found = articles(things)
    assert found["Tides"].html == "<p>Hello ,</p>\n<p>the <em>strait</em> is open.</p>\n"
    assert (found["Tides"].key, found["Tides"].address) == ("aa-1", f"{SITE}/archive/tides/")
    assert found["Tides"].published == datetime(2024, 3, 5, 8, 30, tzinfo=UTC)
    assert found["Tides"].warnings == ("A part of it is left out: “subscriber.metadata.name” of Buttondown.",)
    assert found["Fancy"].html == "<h2>Two</h2><p>As it is.</p>"
    assert found["Fancy"].is_draft and "Not everybody could read it" in found["Fancy"].warnings[-1]
    assert left_out(things) == {"Lost": "Its text isn't in the archive."}


def test_buttondown_as_one_file_and_as_its_command_line_pulls_it(tmp_path: Path) -> None:
    rows = [{"id": "aa-1", "subject": "Tides", "body": "The *strait*.", "publish_date": "2024-03-05T08:30:00Z",
             "email_type": "public", "status": "sent", "absolute_url": "https://buttondown.example/s/archive/t/",
             "image": "https://cdn.example/a.png", "description": "A lead."}]  # fmt: skip
    alone = articles(read_all(single(tmp_path, "emails.json", json.dumps({"results": rows})), "buttondown"))["Tides"]
    assert (alone.html, alone.lead) == ("<p>The <em>strait</em>.</p>\n", "A lead.")
    assert alone.address == "https://buttondown.example/s/archive/t/"
    assert alone.picture == ArchivedPicture("https://cdn.example/a.png")
    table = single(tmp_path, "emails.csv", 'id,subject,body,publish_date,slug\naa-1,Tides,"One\n\nTwo",2024-03-05,t\n')
    assert articles(read_all(table, "buttondown"))["Tides"].html == "<p>One</p>\n<p>Two</p>\n"
    pulled = {
        "emails/tides.md": "---\nid: aa-1\nsubject: Tides\nstatus: draft\nemail_type: public\nslug: tides\n---\nText.\n"
    }
    article = articles(read_all(packed(tmp_path, pulled), "buttondown"))["Tides"]
    assert (article.key, article.is_draft, article.html) == ("aa-1", True, "<p>Text.</p>\n")


def test_a_table_without_its_columns_is_said(tmp_path: Path) -> None:
    path = packed(tmp_path, {"posts.csv": "post_id,post_date,is_published\n1,2,3\n"})
    with pytest.raises(UnreadableArchive, match=r"posts\.csv has no column “audience”"):
        read_all(path, "substack")
