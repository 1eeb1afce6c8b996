"""Blocks for a segment: what is left for readers who are in some of the segments."""

from __future__ import annotations

from dataclasses import replace

import pytest

from newsletters.blocks.content import BlockContent
from newsletters.rendering.block_readers import for_everybody, for_readers_in, has_part, in_all, mixtures
from newsletters.rendering.content import EditionContent, SegmentContent, digest
from newsletters.rendering.mail import render
from newsletters.rendering.variants import NO_PART, NOTHING, Variants
from subscribers.segments.rules import parse_rule
from tests.newsletters.rendering.sample import ARTICLES, CONTENT

RULE = parse_rule({"all": [{"field": "tag", "is": "not_empty"}]})
MEMBERS, PRESS = 7, 9
SEGMENTS = (SegmentContent(MEMBERS, "Members", RULE), SegmentContent(PRESS, "Press", RULE))


def text(words: str, only: int = 0) -> BlockContent:
    return BlockContent("text", html=f"<p>{words}</p>", only=only)


def heading(words: str, only: int = 0) -> BlockContent:
    return BlockContent("heading", words=words, only=only)


def article(at: int, only: int = 0) -> BlockContent:
    return BlockContent("article", article=ARTICLES[at], only=only)


SPONSOR = BlockContent("sponsor", label="Sponsored", words="Ours", html="<p>Buy.</p>")
DIVIDER = BlockContent("divider")


def content_of(*blocks: BlockContent) -> EditionContent:
    return replace(CONTENT, blocks=blocks, block_segments=SEGMENTS)


def words_for(blocks: tuple[BlockContent, ...], *held: int) -> list[str]:
    narrowed = for_readers_in(content_of(*blocks), held)
    return [block.article.headline if block.article else block.words or block.html for block in narrowed.blocks]


@pytest.mark.parametrize(
    ("blocks", "others"),
    [
        pytest.param((text("a"), text("b", MEMBERS)), ["<p>a</p>"], id="a text"),
        pytest.param((heading("h", MEMBERS), text("b")), [], id="a heading takes its section with it"),
        pytest.param((heading("h", MEMBERS), text("b"), SPONSOR), [], id="with its sponsor"),
        pytest.param((heading("h", MEMBERS), text("b"), DIVIDER, text("c")), ["", "<p>c</p>"], id="up to the divider"),
        pytest.param((heading("h"), text("b", MEMBERS)), [], id="a heading alone is nothing"),
        pytest.param((heading("h"), text("b", MEMBERS), text("c")), ["h", "<p>c</p>"], id="a heading with the rest"),
        pytest.param((heading("h"), text("b"), article(0, MEMBERS)), [], id="a section without its articles"),
        pytest.param((heading("h"), article(0, MEMBERS), SPONSOR), ["Ours"], id="but its sponsor"),
        pytest.param((heading("h"),), ["h"], id="an empty section as it is"),
    ],
)
def test_who_is_not_in_the_segment_sees_the_rest(blocks: tuple[BlockContent, ...], others: list[str]) -> None:
    assert words_for(blocks) == words_for(blocks, PRESS) == others
    everything = [block.article.headline if block.article else block.words or block.html for block in blocks]
    assert words_for(blocks, MEMBERS) == everything


OTHERS = BlockContent("text", html="<p>o</p>", only=MEMBERS, others=True)


@pytest.mark.parametrize(
    ("blocks", "members", "everybody"),
    [
        pytest.param((text("m", MEMBERS), OTHERS), ["<p>m</p>"], ["<p>o</p>"], id="one or the other"),
        pytest.param(
            (heading("h", MEMBERS), text("m"), replace(heading("i", MEMBERS), others=True), text("n")),
            ["h", "<p>m</p>"], ["i", "<p>n</p>"], id="sections",
        ),
        pytest.param((heading("h"), OTHERS), [], ["h", "<p>o</p>"], id="a heading goes with the last of it"),
    ],
)  # fmt: skip
def test_what_is_for_the_others(blocks: tuple[BlockContent, ...], members: list[str], everybody: list[str]) -> None:
    assert words_for(blocks, MEMBERS) == members
    assert words_for(blocks) == words_for(blocks, PRESS) == everybody
    narrowed = for_everybody(content_of(*blocks))
    assert not any(block.only or block.others for block in narrowed.blocks)


def test_what_everybody_sees_holds_no_condition_and_renders_as_if_there_were_none() -> None:
    both = content_of(article(0), text("for members", MEMBERS), text("for the press", PRESS), text("for all"))
    plain = replace(both, blocks=(both.blocks[0], both.blocks[3]), block_segments=())
    assert for_everybody(both) == plain
    for part in ("html", "text"):
        everybody, everything = getattr(render(for_everybody(both)), part), getattr(render(in_all(both)), part)
        assert "for members" not in everybody
        assert "for the press" not in everybody
        assert "for members" in everything
        assert "for the press" in everything
        assert "for all" in everybody


def test_each_mixture_is_its_own_variant_and_equal_mails_are_one() -> None:
    content = content_of(article(0), article(1, MEMBERS), text("p", PRESS))
    variants = Variants(content, {100: frozenset({1}), 101: frozenset({2}), 102: frozenset({9})})
    everything = [variants.number_for(None, mixture) for mixture, _narrowed in mixtures(content)]
    assert len(set(everything)) == 4
    assert variants.number_for(100, 0) == variants.number_for(None, 0)
    assert variants.number_for(102, 3) == NOTHING  # their topics, before any segment
    assert variants.number_for(101, 0) == NO_PART
    assert variants.number_for(101, 2) not in {NOTHING, NO_PART}  # the text for the press
    for mixture, narrowed in mixtures(content):
        assert variants.content_of(everything[mixture]) == narrowed
    assert [each.id for each in variants.articles()[everything[1]]] == [ARTICLES[0].id, ARTICLES[1].id]
    assert {NOTHING, NO_PART}.isdisjoint(variants.articles())


def test_equal_words_at_another_place_make_another_mail() -> None:
    content = content_of(text("x", MEMBERS), article(0), text("x", PRESS))
    variants = Variants(content, {})
    for mixture, narrowed in mixtures(content):
        assert variants.content_of(variants.number_for(None, mixture)) == narrowed


def test_a_letter_whose_texts_are_all_for_others_is_no_mail() -> None:
    content = content_of(text("m", MEMBERS), SPONSOR)
    variants = Variants(content, {})
    assert variants.number_for(None, 0) == NO_PART
    assert variants.number_for(None, 1) not in {NOTHING, NO_PART}
    assert not has_part(for_everybody(content), ())


def test_a_content_without_such_blocks_is_hashed_as_it_always_was() -> None:
    assert "block_segments" not in CONTENT.to_json()
    assert all({"only", "others"}.isdisjoint(block) for block in CONTENT.to_json()["blocks"])
    content = content_of(article(0), text("m", MEMBERS))
    assert EditionContent.from_json(content.to_json()) == content
    assert digest(content) != digest(content_of(article(0), text("m", PRESS)))
    others = content_of(article(0), replace(text("m", MEMBERS), others=True))
    assert digest(content) != digest(others)
    assert EditionContent.from_json(others.to_json()) == others
