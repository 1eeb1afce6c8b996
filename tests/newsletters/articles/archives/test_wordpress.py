"""What an export of WordPress says becomes articles: blocks and the classic editor, pictures with their words, people,
dates; and what no export should hold."""

from __future__ import annotations

import zipfile
from io import BytesIO
from pathlib import Path

import pytest

from newsletters.articles.archives.archived import (
    ArchivedArticle,
    ArchiveNote,
    LeftOut,
    UnreadableArchive,
    archive_address,
    archive_path,
)
from newsletters.articles.archives.credits import split_credit, split_credit_html
from newsletters.articles.archives.systems.wordpress import wxr
from newsletters.articles.archives.systems.wordpress.paragraphs import with_paragraphs
from tests.newsletters.articles.archives.brought import ready, things
from tests.newsletters.articles.archives.wordpress_export import SITE, Post, export, picture

pytestmark = pytest.mark.either_database
UPLOADS = f"{SITE}/wp-content/uploads/2024/10"


def html_of(folder: Path, content: str, *more: str) -> str:
    (article, *_others) = ready(folder, export(Post(1, content=content), *more))
    return article.html


BLOCKS = {
    "a picture in full size with its words": (
        '<!-- wp:image {"id":11} --><figure class="wp-block-image"><a href="/jets.jpg"><img class="wp-image-11" '
        'src="/wp-content/uploads/2024/10/jets-300x200.jpg"/></a><figcaption>Two <em>jets</em>. (Image Credit: AP)'
        "</figcaption></figure><!-- /wp:image --><!-- wp:paragraph --><p>Text.</p><!-- /wp:paragraph -->",
        "<p>Text.</p>",
    ),
    "columns, buttons and a line": (
        '<!-- wp:columns --><div class="wp-block-columns"><div class="wp-block-column"><p>Left</p></div><div><p>Right'
        '</p></div></div><!-- /wp:columns --><div class="wp-block-buttons"><div><a href="/r.pdf">'
        "Read</a></div></div><!-- wp:separator --><hr/><!-- /wp:separator -->",
        f'<p>Left</p><p>Right</p><p><a href="{SITE}/r.pdf" rel="noopener noreferrer">Read</a></p><hr>',
    ),
    "what another site shows": (
        '<p>See.</p><figure class="wp-block-embed"><div class="wp-block-embed__wrapper">\nhttps://v.example/1\n</div>'
        '</figure><iframe src="https://www.youtube.com/embed/abc?rel=0"></iframe>',
        '<p>See.</p><p><a href="https://v.example/1" rel="noopener noreferrer">https://v.example/1</a></p><p>'
        '<a href="https://www.youtube.com/watch?v=abc" rel="noopener noreferrer">https://www.youtube.com/watch?v=abc</a></p>',
    ),
    "a declaration and nothing else": ("<!-- wp:x --><!DOCTYPE html>", ""),
    "what plugins add": (
        '<p>4 minute read</p><p>It takes 4 minutes to read.</p><div class="sharedaddy"><p>Share</p></div>'
        '<h2>Related Articles</h2><ul><li><a href="/x">Another one of ours</a></li></ul>',
        "<p>It takes 4 minutes to read.</p>",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BLOCKS)
def test_blocks(name: str, tmp_path: Path) -> None:
    content, expected = BLOCKS[name]
    assert html_of(tmp_path, f"<!-- wp:group -->{content}", picture(11, "jets.jpg", alt="Jets")) == expected


def test_a_picture_that_the_text_begins_with_stands_above_it(tmp_path: Path) -> None:
    (article,) = ready(
        tmp_path, export(Post(1, content=BLOCKS["a picture in full size with its words"][0]), picture(11, "jets.jpg"))
    )
    assert article.picture == {"url": f"{UPLOADS}/jets.jpg", "alt": "", "caption": "Two jets.", "credit": "AP"}


def test_the_classic_editor_and_shortcodes(tmp_path: Path) -> None:
    content = (
        'One line,\nanother.\n\n[caption id="a" width="300"]<img class="wp-image-11" src="/x.jpg" alt="Own words"> '
        'Jets.[/caption]\n\nhttps://v.example/1\n\n[gallery ids="11,12"][contact-form-7 id="4"]\n\n[vc_row a="1"]'
        "Kept [sic] [Daesh’s] [[caption]][/vc_row]\n<pre>a\n\nb</pre>"
    )
    pictures = picture(11, "jets.jpg", alt="Jets"), picture(12, "tank.jpg", caption="A tank (Photo: AFP)")
    (article,) = ready(tmp_path, export(Post(1, content=content), *pictures))
    link = '<a href="https://v.example/1" rel="noopener noreferrer">https://v.example/1</a>'
    assert article.html.split("\n") == [
        "<p>One line,<br>another.</p>",
        f'<figure><img src="{UPLOADS}/jets.jpg" alt="Own words"><figcaption>Jets.</figcaption></figure>',
        f"<p>{link}</p>",
        f'<figure><img src="{UPLOADS}/jets.jpg" alt="Jets"></figure>',
        f'<figure><img src="{UPLOADS}/tank.jpg" alt=""><figcaption>A tank</figcaption></figure>',
        "<p>Kept [sic] [Daesh’s] [caption]</p>",
        "<pre>a", "", "b</pre>",
    ]  # fmt: skip
    assert article.credits == {f"{UPLOADS}/tank.jpg": "AFP"}
    assert article.sentences == ("Shortcodes are left out: [contact-form-7], [vc_row].",)


def test_every_version_of_the_format_is_read(tmp_path: Path) -> None:
    for version in ("1.0", "1.1", "1.2"):
        (article,) = ready(tmp_path, export(Post(7, "Fish &amp; <em>chips</em>", excerpt="A lead."), version=version))
        assert (article.key, article.headline, article.summary) == ("7", "Fish & chips", "A lead.")
        assert (article.authors, article.topics, article.language) == ((("Mira Osei", ""),), ("News",), "en-US")
        assert (article.published, article.address) == ("2024-10-14T09:00:00+00:00", f"{SITE}/2024/10/post-7/")


def test_what_does_not_come_in_says_why(tmp_path: Path) -> None:
    found = things(
        tmp_path,
        export(
            Post(1, "Locked", more="<wp:post_password>x</wp:post_password>"), Post(2, "Mine", status="private"),
            Post(3, status="trash"), Post(4, kind="page"), Post(5, kind="product"), Post(6, kind="product"),
            Post(8, status="draft"), Post(9, status="future", date="2999-01-01 00:00:00"),
        ),
    )  # fmt: skip
    assert [(each.title, each.why) for each in found if isinstance(each, LeftOut)] == [
        ("Locked", "It is protected with a password there."), ("Mine", "It is private there.")
    ]  # fmt: skip
    assert [each.sentence for each in found if isinstance(each, ArchiveNote)] == [
        "Of the kind “product”: 2 things, left out.",
        "In the trash, or never written: 1 post, left out.",
        "1 page, left out. They come in as articles if you ask for that.",
    ]
    draft, future = ready(
        tmp_path, export(Post(8, status="draft"), Post(9, status="future", date="2999-01-01 00:00:00"))
    )
    assert draft.is_draft and future.is_draft
    assert future.sentences == (
        "It was to be published on 1 January 2999. It is held as a draft: give it a time here.",
    )


CAPTIONS = {
    "Tanks. (Image Credit: Reuters)": ("Tanks.", "Reuters"),
    "Tanks. [Photo by Jo Roe/AFP]": ("Tanks.", "Jo Roe/AFP"),
    "Jets. (U.S. Navy photo by T. Emery)": ("Jets.", "U.S. Navy photo by T. Emery"),
    "Tanks. Photo: Reuters": ("Tanks.", "Reuters"),
    "© Getty Images": ("", "Getty Images"),
    "The summit (2019)": ("The summit (2019)", ""),
    "A photo by the sea": ("A photo by the sea", ""),
}  # fmt: skip


@pytest.mark.parametrize("caption", CAPTIONS)
def test_a_credit_at_the_end_of_a_caption(caption: str) -> None:
    assert split_credit(caption) == CAPTIONS[caption]


def test_a_caption_keeps_its_links_where_the_credit_is_cut_off() -> None:
    html = 'Two <a href="/x">jets &amp; more</a>. (Photo: <em>AP</em>)'
    assert split_credit_html(html) == ('Two <a href="/x">jets &amp; more</a>.', "AP")


def test_an_address_within_an_archive_is_found_again() -> None:
    assert archive_path(archive_address("images/a b/ü.png")) == "images/a b/ü.png"
    assert archive_path("https://a.example/x.png") == ""


# --- What no export should hold -----------------------------------------------------------------------------------
def test_entities_are_not_read(tmp_path: Path) -> None:
    bomb = b'<!DOCTYPE rss [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY f SYSTEM "file:///etc/passwd">]>\n<rss'
    data = export(Post(1, content="x]]>&b;&f;<![CDATA[")).replace(b"<rss", bomb, 1)
    with pytest.raises(UnreadableArchive, match="defines entities"):
        things(tmp_path, data)


def test_a_file_that_breaks_off_brings_what_is_whole(tmp_path: Path) -> None:
    data = export(Post(1, "First"), Post(2, "Second"), Post(3, "Third"))
    found = things(tmp_path, data[: data.index(b"Third")])
    assert [each.headline for each in found if isinstance(each, ArchivedArticle)] == ["First", "Second"]
    (note,) = [each.sentence for each in found if isinstance(each, ArchiveNote)]
    assert "is broken in line" in note and note.endswith("The 2 things before that come in.")
    with pytest.raises(UnreadableArchive, match="can't be read as an export"):
        things(tmp_path, data[: data.index(b"<item>") + 20])


def test_characters_that_xml_does_not_know_and_other_charsets(tmp_path: Path) -> None:
    (article,) = ready(tmp_path, export(Post(1, "A\x0bB")))
    assert article.headline == "AB"
    latin = export(Post(1, "Zürich")).decode().replace('encoding="UTF-8"', 'encoding="iso-8859-1"').encode("latin-1")
    assert [each.headline for each in ready(tmp_path, latin)] == ["Zürich"]
    unknown = export(Post(1, "Zürich")).replace(b'encoding="UTF-8"', b'encoding="idna"')
    assert [each.headline for each in ready(tmp_path, unknown)] == ["Zürich"]


def test_an_item_without_an_end_takes_no_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wxr, "MOST_OF_AN_ITEM", 200_000)
    with pytest.raises(UnreadableArchive, match="one post of it is larger"):
        things(tmp_path, export(Post(1, more="<wp:postmeta></wp:postmeta>" * 20_000)))


def test_tags_within_tags_are_one_post_that_stays_out(tmp_path: Path) -> None:
    found = things(tmp_path, export(Post(1, content="<div>" * 5000), Post(2)))
    assert [type(each) for each in found] == [LeftOut, ArchivedArticle]


@pytest.mark.timeout(10)  # the square of these lengths would take minutes
def test_captions_within_captions_take_time_in_proportion_to_their_length(tmp_path: Path) -> None:
    content = '[caption id="a"]' * 2400 + "z" * 900_000 + "[/caption]" * 2400
    assert "z" * 900_000 in html_of(tmp_path, content)


@pytest.mark.timeout(10)  # the square of this length would take an hour
def test_a_long_run_of_blanks_takes_time_in_proportion_to_its_length() -> None:
    blanks = "\t" * 400_000
    assert with_paragraphs(f"a<br>{blanks}b \n\t c<br>\nd") == f"<p>a<br>{blanks}b<br>c<br>\nd</p>"


def _packed(entries: dict[str, bytes]) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return out.getvalue()


def test_a_zip_file_is_read_in_its_place_unless_it_leads_outside(tmp_path: Path) -> None:
    found = things(tmp_path, _packed({"site.000.xml": export(Post(1)), "site.001.xml": export(Post(2))}), "export.zip")
    assert [each.key for each in found if isinstance(each, ArchivedArticle)] == ["1", "2"]
    two = _packed({"a.xml": export(Post(1), folder="/a"), "b.xml": export(Post(2), folder="/b")})
    note, *found = things(tmp_path, two, "export.zip")
    assert isinstance(note, ArchiveNote) and note.sentence.startswith("b.xml is of another site than the rest")
    assert [(each.key, each.site) for each in found if isinstance(each, ArchivedArticle)] == [("1", f"{SITE}/a")]
    with pytest.raises(UnreadableArchive, match="outside of itself"):
        things(tmp_path, _packed({"../a.xml": export(Post(1))}), "export.zip")
    with pytest.raises(UnreadableArchive, match="packed so densely"):
        things(tmp_path, _packed({"a.xml": b" " * 30_000_000}), "export.zip")


def test_files_of_another_kind_and_of_five_gigabytes(tmp_path: Path) -> None:
    with pytest.raises(UnreadableArchive, match="isn't an archive that we know"):
        things(tmp_path, b"\x89PNG\r\n", "picture.png")
    (tmp_path / "large.xml").touch()
    with (tmp_path / "large.xml").open("r+b") as file:
        file.truncate(5_000_000_000)  # a sparse file
    from newsletters.articles.archives.sources import opened

    with (
        pytest.raises(UnreadableArchive, match=r"5,000 MB. An archive may have 4,000 MB"),
        opened(tmp_path / "large.xml"),
    ):
        pass
