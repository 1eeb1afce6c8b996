"""Articles that nobody put under headings, sorted by their topics: nothing is lost, nobody's own order is changed."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletters.blocks.content import BlockContent
from newsletters.rendering.sections import HEADING, sorted_by_topic
from tests.newsletters.rendering.sample import ARTICLES

pytestmark = pytest.mark.either_database


def articles(*topics: str) -> list[BlockContent]:
    """An article for each, with the topics that its word names, one a letter."""
    return [
        BlockContent("article", replace(ARTICLES[0], id=number, headline=f"{number}", topics=tuple(each.strip("-"))))
        for number, each in enumerate(topics, 1)
    ]


def said(blocks: tuple[BlockContent, ...]) -> str:
    return " ".join(block.article.headline if block.article else block.words or block.kind for block in blocks)


@pytest.mark.parametrize(
    ("topics", "order"),
    [
        (("a", "b", "c", "bx", "c"), "1 b 2 4 c 3 5"),
        (("a", "b", "a", "b"), "1 b 2 4 More 3"),
        (("a", "-", "b", "b", "-"), "1 b 3 4 More 2 5"),
        (("a", "b", "c", "d"), "1 2 3 4"),  # each its own topic
        (("a", "-", "-"), "1 2 3"),
        (("a", "b"), "1 2"),
        (("b", "b", "b"), "1 b 2 3"),
    ],
)
def test_the_lead_comes_first_then_topics_with_several_articles_then_the_rest(
    topics: tuple[str, ...], order: str
) -> None:
    assert said(sorted_by_topic(articles(*topics))) == order


@pytest.mark.parametrize(
    "own",
    [BlockContent(HEADING, words="Our own"), BlockContent("divider"), BlockContent("text", html="<p>Between</p>")],
)
def test_what_somebody_has_divided_keeps_its_order(own: BlockContent) -> None:
    blocks = articles("a", "b", "a", "b")
    divided = (*blocks[:2], own, *blocks[2:])
    assert sorted_by_topic(divided) == divided


def test_what_stands_before_and_after_the_articles_stays_there() -> None:
    text, button = BlockContent("text", html="<p>Hello</p>"), BlockContent("button", words="Go", url="/")
    end = [BlockContent(HEADING, words="In case you missed it"), text]
    blocks = sorted_by_topic([text, *articles("a", "b", "b"), button, *end])
    kinds = ["text", "article", "heading", "article", "article", "button", "heading", "text"]
    assert [block.kind for block in blocks] == kinds


@given(st.lists(st.sampled_from(["a", "b", "c", "ab", "-"]), max_size=12))
def test_no_article_is_lost_or_doubled_and_the_lead_stays(topics: list[str]) -> None:
    before = articles(*topics)
    after = [block for block in sorted_by_topic(before) if block.article]
    assert sorted(block.article.id for block in after if block.article) == [*range(1, len(topics) + 1)]
    assert after[:1] == before[:1]
