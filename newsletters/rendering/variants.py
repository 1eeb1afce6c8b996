"""Which articles a reader gets, by the topics they follow; worked out once for each choice that readers made.

An edition without any article, a letter of texts, is the same for everybody.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from newsletters.blocks.content import ArticleContent
from newsletters.rendering.content import EditionContent

NOTHING = 0  # the number of the variant that is nobody's: no article is about what the reader follows


class Variants:
    """Numbers the different selections of articles, from 1; the same articles are the same variant."""

    def __init__(self, content: EditionContent, topics_of: Mapping[int, frozenset[int]]) -> None:
        """`topics_of` gives the topic ids of each choice (a TopicSelection's id)."""
        self._content = content
        self._topics_of = topics_of
        self._numbers: dict[tuple[int, ...], int] = {}
        self._of_selection: dict[int | None, int] = {}

    def number_for(self, selection: int | None) -> int:
        """The variant for readers who made this choice; None is no choice, which means everything."""
        number = self._of_selection.get(selection)
        if number is None:
            number = self._of_selection[selection] = self._number(self._articles_for(selection))
        return number

    def number_of(self, article_ids: Collection[int]) -> int:
        """The variant with those of the edition's articles whose ids are given: of a digest, where each reader lacks
        others."""
        return self._number(article for article in self._content.articles if article.id in article_ids)

    def _articles_for(self, selection: int | None) -> tuple[ArticleContent, ...]:
        return self._content.articles_for(None if selection is None else self._topics_of[selection])

    def _number(self, articles: Iterable[ArticleContent]) -> int:
        ids = tuple(article.id for article in articles)
        if not ids and self._content.articles:
            return NOTHING
        return self._numbers.setdefault(ids, len(self._numbers) + 1)

    def articles(self) -> dict[int, tuple[ArticleContent, ...]]:
        """The articles of each variant in use, in the order of the edition."""
        by_id = {article.id: article for article in self._content.articles}
        return {number: tuple(by_id[id_] for id_ in ids) for ids, number in self._numbers.items()}
