"""Markdown with front matter, in the ways of Hugo, Jekyll and Eleventy."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from time import process_time

import pytest

from newsletters.articles.archives.archived import ArchivedPicture, UnreadableArchive, archive_address
from newsletters.articles.archives.formats.front_matter import BadFrontMatter, split_file
from newsletters.articles.archives.formats.markdown_text import markdown_to_html
from tests.newsletters.articles.archives.exports import articles, laid_out, left_out, packed, read_all, single

pytestmark = pytest.mark.either_database

HUGO: dict[str, str | bytes] = {
    "site/hugo.toml": (
        'baseURL = "https://strait.example/"\nlanguageCode = "en-GB"\n[permalinks]\nposts = "/:year/:slug/"\n'
    ),
    "site/content/_index.md": "---\ntitle: Home\n---\n",
    "site/content/about.md": "---\ntitle: About\ntype: page\n---\nWho we are.\n",
    "site/content/posts/tides/index.md": (
        '+++\ntitle = "The tides"\ndate = 2024-03-05T08:30:00+01:00\ntags = ["Sea", "Trade"]\nauthors = ["Ada Marsh"]\n'
        'aliases = ["/old/tides/"]\ndescription = "A lead."\n[cover]\nimage = "lead.jpg"\nalt = "The sea"\n'
        'caption = "At noon"\n+++\n'
        'Look[^a]: ![A ship](ship.png)\n\n![A ship](ship.png "Leaving port")\n\n![Map](/maps/all.png)\n\n'
        '{{< figure src="ship.png" alt="Ship" caption="Again" attr="Bo Lind" >}}\n\n{{< youtube abc123 >}}\n\n'
        "{{< tweet 42 >}}\n\n```\n{{< shown >}}\n```\n\n[^a]: The *note*.\n"
    ),
    "site/content/posts/tides/lead.jpg": b"x",
    "site/content/posts/tides/ship.png": b"x",
    "site/static/maps/all.png": b"x",
    "site/content/posts/later.md": '{\n"title": "Later", "draft": true, "slug": "not-yet"\n}\nText.\n',
    "site/themes/any/content/demo.md": "---\ntitle: Demo\n---\nText.\n",
    "site/README.md": "# How to build this\n",
}  # fmt: skip


def test_hugo(tmp_path: Path) -> None:
    things = read_all(packed(tmp_path, HUGO), "markdown", site="")
    found = articles(things)
    article = found["The tides"]
    assert article.key == "content/posts/tides/index.md 2024-03-05"
    assert article.address == "https://strait.example/2024/tides/"
    assert (article.former_addresses, article.slug, article.lead) == (("/old/tides/",), "tides", "A lead.")
    assert article.published == datetime(2024, 3, 5, 7, 30, tzinfo=UTC)
    assert ([each.name for each in article.authors], article.topics) == (["Ada Marsh"], ("Sea", "Trade"))
    assert article.language == "en-GB"
    folder = "site/content/posts/tides"
    assert article.picture == ArchivedPicture(archive_address(f"{folder}/lead.jpg"), "The sea", "At noon", "")
    ship = archive_address(f"{folder}/ship.png")
    assert f'<figure><img src="{ship}" alt="A ship"><figcaption>Leaving port</figcaption></figure>' in article.html
    assert f'<img src="{ship}" alt="Ship"><figcaption>Again (Photo: Bo Lind)</figcaption></figure>' in article.html
    assert f'<img src="{archive_address("site/static/maps/all.png")}" alt="Map"' in article.html
    assert '<a href="https://www.youtube.com/watch?v=abc123">' in article.html
    assert "<code>{{&lt; shown &gt;}}\n</code>" in article.html
    assert '<sup><a href="#fn-1" id="fnref-1">1</a></sup>' in article.html
    assert '<li id="fn-1"><p>The <em>note</em>.' in article.html
    assert article.warnings == ("A part of it is left out: “tweet” of the site.",)
    later = found["Later"]
    assert (later.is_draft, later.slug, later.key) == (True, "not-yet", "content/posts/later.md Later")
    assert set(left_out(things)) == {"README.md", "content/_index.md", "About"}
    assert "Demo" not in found


def test_jekyll(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "_config.yml": "url: https://notes.example\nbaseurl: /blog\nlang: en\n",
        "_posts/2023-11-02-port-fees.md": (
            "---\ntitle: 'Port fees: up'\ncategories: Trade\ntags: [fees, ports]\nredirect_from:\n  - /fees\n"
            "image: /assets/port.png\npublished: yes\n---\n"
            "{% include banner.html %}\nSee [this]({{ site.baseurl }}/other/) and [that]({{ '/x/' | relative_url }}).\n"
            "{: .lead}\n\n{% highlight python %}\nprint('{{ a }}')\n{% endhighlight %}\n"
        ),
        "_posts/2023-11-05-hidden.md": "---\ntitle: Hidden\npublished: false\n---\nText.\n",
        "_drafts/idea.md": "---\ntitle: Idea\n---\nText.\n",
        "assets/port.png": b"x",
    }
    found = articles(read_all(laid_out(tmp_path / "site", files), "markdown", site=""))
    article = found["Port fees: up"]
    assert article.address == "https://notes.example/blog/trade/2023/11/02/port-fees.html"
    assert article.published == datetime(2023, 11, 2, tzinfo=UTC)
    assert article.topics == ("Trade", "fees", "ports")
    assert article.former_addresses == ("/fees",)
    assert article.picture == ArchivedPicture(archive_address("assets/port.png"))
    assert '<a href="/other/">this</a> and <a href="/x/">that</a>' in article.html
    assert "<pre><code class=\"language-python\">print('{{ a }}')" in article.html
    assert article.warnings == ("A part of it is left out: “include banner.html” of the site.",)
    assert found["Hidden"].is_draft and found["Idea"].is_draft


def test_a_file_alone_and_one_without_front_matter(tmp_path: Path) -> None:
    (article,) = articles(
        read_all(single(tmp_path, "tides.md", "# High *tides*\n\nA | B\n--|--\n1 | 2\n"), "markdown")
    ).values()
    assert (article.headline, article.slug, article.published) == ("High *tides*", "tides", None)
    assert article.html.startswith("<table>")
    files = {"content/a.md": "---\ntitle: Same\n---\n# Same\n\nText", "content/b.md": "---\ntitle: One\n---\n# Two\n"}
    found = articles(read_all(packed(tmp_path, files), "markdown"))
    assert "<h1>" not in found["Same"].html
    assert "<h1>Two</h1>" in found["One"].html


@pytest.mark.parametrize(
    ("front", "sentence"),
    [
        ("---\na: &a [x]\nb: *a\n---\n", "alias"),
        ("---\na: !!python/object/apply:os.system ['x']\n---\n", ""),
        ("---\na: [\n---\n", "YAML in line"),
        ("---\ntitle: x\n", "no end"),
        ("---\na: " + "x" * 70_000 + "\n---\n", "64 KB"),
        ("---\na: " + "[" * 3000 + "\n---\n", "brackets"),
        ("---\n" + "- " * 20_000 + "\n---\n", "YAML"),
        ("---\njust words\n---\n", "names and values"),
        ("+++\n" + "a." * 5000 + "a = 1\n+++\n", "dots"),
        ("+++\na = \n+++\n", "TOML"),
        ('{"a": ' * 5000, "JSON"),
    ],
)  # fmt: skip
def test_front_matter_that_could_do_harm_costs_one_file(tmp_path: Path, front: str, sentence: str) -> None:
    if sentence:
        with pytest.raises(BadFrontMatter, match=sentence):
            split_file(f"{front}Text.")
        files = {"content/a.md": f"{front}Text.", "content/b.md": "---\ntitle: Good\n---\nText.\n"}
        things = read_all(packed(tmp_path, files), "markdown")
        assert list(left_out(things)) == ["content/a.md"]
        assert list(articles(things)) == ["Good"]
    else:
        assert split_file(f"{front}Text.").fields == {"a": ["x"]}  # a tag makes nothing


def test_yaml_says_no_more_than_texts() -> None:
    fields = split_file(
        "---\ntitle: 2024\ndate: 2024-02-30\ndraft: no\nempty: ~\nwhen: 12:30:45\nlist: [1, yes]\n---\n"
    ).fields
    assert fields == {
        "title": "2024", "date": "2024-02-30", "draft": "no", "empty": "", "when": "12:30:45", "list": ["1", "yes"],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("begin", "piece"), [("", "["), ("", "**a"), ("", "[^a] "), ("", "{{< a "), ("{{<", " "), ("{{", " ")]
)
def test_markdown_takes_time_in_proportion_to_its_length(begin: str, piece: str) -> None:
    def seconds(pieces: int) -> float:
        begun = process_time()
        markdown_to_html(begin + piece * pieces + "\n\n[^a]: x")
        return process_time() - begun

    assert seconds(16_000) < 0.3 + 10 * seconds(4000)  # the square would be sixteen times as long


@pytest.mark.timeout(10)  # the square of these lengths would take minutes
@pytest.mark.parametrize("first", ["# a" + "#" * 200_000 + "b", "# a" + " " * 200_000 + "b", " " * 200_000 + "b"])
def test_a_first_line_is_read_in_proportion_to_its_length(tmp_path: Path, first: str) -> None:
    (article,) = articles(read_all(single(tmp_path, "a.md", f"{first}\n\nText.\n"), "markdown")).values()
    assert article.headline


def test_pictures_outside_of_the_archive_are_not_its_own(tmp_path: Path) -> None:
    files = {"content/a.md": "---\ntitle: A\nimage: ../../../etc/x.png\n---\n![x](../../../../etc/passwd)\n"}
    (article,) = articles(read_all(packed(tmp_path, files), "markdown")).values()
    assert "archive:" not in article.html
    assert article.picture == ArchivedPicture("../../../etc/x.png")
    folder = laid_out(tmp_path / "folder", {"content/a.md": "---\ntitle: A\n---\n![x](link.png)\n"})
    (folder / "content/link.png").symlink_to("/etc/hostname")
    (article,) = articles(read_all(folder, "markdown")).values()
    assert "archive:" not in article.html


def test_a_folder_of_other_things_is_no_archive(tmp_path: Path) -> None:
    with pytest.raises(UnreadableArchive, match=r"isn't an archive that we know.*Ghost.*Markdown"):
        read_all(packed(tmp_path, {"a.txt": "x"}), "markdown")
