"""Who gets which articles."""

from __future__ import annotations

from newsletters.rendering.variants import NOTHING, Variants
from tests.newsletters.rendering.sample import ARTICLES, CONTENT


def test_readers_get_the_articles_on_their_topics_and_equal_mails_are_one_variant() -> None:
    variants = Variants(
        CONTENT,
        {
            100: frozenset({1}),
            101: frozenset({3, 9}),  # another choice that comes to the same articles
            102: frozenset({2}),
            103: frozenset({9}),
            104: frozenset({1, 2}),
        },
    )
    everything = variants.number_for(None)
    middle_east, us, europe = variants.number_for(100), variants.number_for(101), variants.number_for(102)
    assert variants.number_for(103) == NOTHING
    assert middle_east == us
    assert len({everything, middle_east, europe, variants.number_for(104)}) == 4
    articles = variants.articles()
    assert articles[everything] == ARTICLES
    assert articles[middle_east] == ARTICLES[:1]
    assert articles[europe] == ARTICLES[1:2]
    assert NOTHING not in articles
