"""A quote: marked as one wherever it stands, with its source beside it and not in it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.test import Client
from lxml import html as lxml_html

from newsletters.blocks.content import BlockContent
from newsletters.blocks.registry import is_complete
from newsletters.editions.preflight import wording
from newsletters.editions.preflight.edition_texts import item_addresses, links, texts
from newsletters.rendering import designs
from newsletters.rendering.content import EditionContent
from newsletters.rendering.custom.filling import EXAMPLE
from newsletters.rendering.mail import render
from newsletters.rendering.message import personal
from tests.newsletters.rendering.sample import EVERY_BLOCK, READER, RIGHT_TO_LEFT
from tests.newsletters.site.test_editions import make_edition

QUOTE = BlockContent("quote", summary="One line.\nAnother.", words="A pilot & poet", url="https://example.org/log")
CONTENT = replace(EVERY_BLOCK, introduction="", blocks=(QUOTE,))
HEADING_AND_QUOTE = replace(CONTENT, blocks=(BlockContent("heading", words="Today"), QUOTE))


@pytest.mark.parametrize("design", [*designs.names(), designs.OWN])
def test_a_mail_marks_the_words_as_a_quote_and_links_the_source(design: str) -> None:
    content = replace(CONTENT, design=design, own_mjml=EXAMPLE.read_text())
    tree = lxml_html.fromstring(personal(render(content), READER, content)[1])
    [quote] = tree.xpath("//blockquote")
    assert " ".join(" ".join(quote.itertext()).split()) == "One line. Another."
    [source] = tree.xpath("//a[@href='https://example.org/log']")
    assert source.text_content() == "A pilot & poet"
    assert not source.xpath("ancestor::blockquote")


def test_the_text_part_marks_each_line_and_has_the_address_alone() -> None:
    text = render(CONTENT).text
    assert "\n> One line.\n> Another.\n\n— A pilot & poet\nhttps://example.org/log\n" in text
    assert item_addresses(CONTENT) == ["https://example.org/log"]


def test_a_long_quote_keeps_its_mark_where_it_is_wrapped() -> None:
    content = replace(CONTENT, blocks=(replace(QUOTE, summary="word " * 40),))
    quoted = [line for line in render(content).text.splitlines() if "word" in line]
    assert len(quoted) > 2
    assert all(line.startswith("> word") and len(line) <= 74 for line in quoted)


@pytest.mark.django_db
@pytest.mark.parametrize("content", [CONTENT, RIGHT_TO_LEFT], ids=["left-to-right", "right-to-left"])
def test_the_archive_shows_a_quote_and_its_source(client: Client, content: EditionContent) -> None:
    make_edition(blocks=tuple(block for block in content.blocks if block.kind == "quote"))
    tree = lxml_html.fromstring(client.get("/archive/iria-news-1/").content.decode())
    [figure] = tree.xpath("//figure[blockquote]")
    assert figure.xpath("blockquote/p")
    assert figure.xpath("figcaption/cite/a[starts-with(@href, 'https://example.org/')]")


def test_braces_in_a_quote_are_its_own() -> None:
    content = replace(CONTENT, blocks=(replace(QUOTE, summary="We write {{ name }} TK.", url=""),))
    assert "We write {{ name }} TK." in render(content).text
    assert list(wording.unrenderable(content)) == []
    assert [finding.field for finding in wording.check(content) if finding.code == "tk"] == ["block.0"]


def test_preflight_reads_its_words_its_source_and_its_link() -> None:
    read = [said.text for said in texts(CONTENT) if said.field == "block.0"]
    assert read == ["One line.\nAnother.", "A pilot & poet"]
    assert [link.text for link in links(CONTENT)] == ["https://example.org/log"]


@pytest.mark.parametrize("lacking", ["summary", "words"])
def test_a_quote_needs_its_words_and_its_source(lacking: str) -> None:
    half = replace(QUOTE, summary="") if lacking == "summary" else replace(QUOTE, words="")
    assert not is_complete(half)
    assert is_complete(replace(QUOTE, url=""))


def test_blocks_without_a_summary_are_hashed_as_before_there_were_any() -> None:
    """Approvals and overrides are bound to the hash: what nobody changed must keep it through an upgrade."""
    heading, quote = HEADING_AND_QUOTE.to_json()["blocks"]
    assert "summary" not in heading
    assert quote["summary"] == "One line.\nAnother."
    assert EditionContent.from_json(HEADING_AND_QUOTE.to_json()) == HEADING_AND_QUOTE
