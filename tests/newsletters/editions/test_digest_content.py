"""What a digest says of editions whose blocks were for some of their readers."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from newsletters.blocks.content import BlockContent
from newsletters.editions.digests import digest_content
from newsletters.models import Edition, Newsletter
from newsletters.rendering.content import SegmentContent
from subscribers.segments.rules import parse_rule
from tests.newsletters.rendering.sample import ARTICLES, CONTENT

MEMBERS = SegmentContent(7, "Members", parse_rule({"all": [{"field": "tag", "is": "not_empty"}]}))


def test_a_reader_who_lacks_an_article_sees_it_although_it_was_for_a_segment() -> None:
    newest = replace(CONTENT, blocks=(BlockContent("article", article=ARTICLES[0]),), block_segments=(MEMBERS,))
    older = replace(
        CONTENT, blocks=(BlockContent("article", article=ARTICLES[1], only=MEMBERS.id),), block_segments=(MEMBERS,)
    )
    edition = Edition(pk=5, slug="weekly", digest="weekly", newsletter=Newsletter(name="News", zone="UTC"))
    sources = [Edition(snapshot=each.to_json()) for each in (newest, older)]
    made = digest_content(edition, sources, {each.id for each in ARTICLES}, datetime(2026, 3, 2, 9, tzinfo=UTC))
    assert [each.article.id for each in made.blocks if each.article] == [ARTICLES[0].id, ARTICLES[1].id]
    assert made.block_segments == ()
    assert not any(each.only for each in made.blocks)
