"""What a reader gets, by the topics they follow and the segments they are in; worked out once for each choice that
readers made.

An edition without any article, a letter of texts, is the same for everybody but for blocks that only a segment sees.
What is left of another one for readers of some segments may be a letter, too.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from newsletters.blocks.content import ArticleContent, BlockContent
from newsletters.rendering.block_readers import for_mixture, has_part
from newsletters.rendering.content import EditionContent

# Numbers of variants that are nobody's: no article is about what the reader follows; and of what is about it, nothing
# is for the segments that they are in.
NOTHING, NO_PART = 0, 32_767
NOBODYS = frozenset({NOTHING, NO_PART})


class Variants:
    """Numbers the different selections of articles and blocks, from 1; the same are the same variant."""

    def __init__(self, content: EditionContent, topics_of: Mapping[int, frozenset[int]]) -> None:
        """`topics_of` gives the topic ids of each choice (a TopicSelection's id)."""
        self._content = content
        self._topics_of = topics_of
        self._numbers: dict[tuple[tuple[int, ...], tuple[BlockContent | int, ...]], int] = {}
        self._letters: set[int] = set()
        self._contents: dict[int, EditionContent] = {}  # by number
        self._narrowed: dict[int, EditionContent] = {}  # by mixture
        self._of_choice: dict[tuple[int | None, int], int] = {}

    def number_for(self, selection: int | None, mixture: int = 0) -> int:
        """The variant for readers with this choice of topics, who are in these segments.

        `selection` is a TopicSelection's id; None is no choice, which means everything. `mixture` has a bit for each
        segment in the content's `block_segments`, in their order. Asked for every reader, so it is remembered.
        """
        number = self._of_choice.get((selection, mixture))
        if number is None:
            number = self._of_choice[selection, mixture] = self._number_in(selection, mixture)
        return number

    def number_of(self, article_ids: Collection[int]) -> int:
        """The variant with those of the edition's articles whose ids are given: of a digest, where each reader lacks
        others."""
        return self._number(self._content, (each for each in self._content.articles if each.id in article_ids))

    def _number_in(self, selection: int | None, mixture: int) -> int:
        topics = None if selection is None else self._topics_of[selection]
        if not self._content.block_segments:
            return self._number(self._content, self._content.articles_for(topics))
        if self._content.articles and not self._content.articles_for(topics):
            return NOTHING
        if mixture not in self._narrowed:
            self._narrowed[mixture] = for_mixture(self._content, mixture)
        narrowed = self._narrowed[mixture]
        articles = narrowed.articles_for(topics)
        return self._number(narrowed, articles, may_lack=True) if has_part(narrowed, articles) else NO_PART

    def _number(self, content: EditionContent, articles: Iterable[ArticleContent], *, may_lack: bool = False) -> int:
        ids = tuple(article.id for article in articles)
        if not ids and content.articles and not may_lack:
            return NOTHING
        # Equal blocks at other places make another mail: two for different segments may say the same.
        layout = tuple(each.article.id if each.article else each for each in content.blocks
                       if each.article is None or each.article.id in ids)  # fmt: skip
        number = self._numbers.setdefault((ids, layout), len(self._numbers) + 1)
        if not ids:
            self._letters.add(number)
        if number >= NO_PART:
            raise ValueError(f"The edition has more than {NO_PART - 1} different emails.")
        self._contents.setdefault(number, content)
        return number

    def articles(self) -> dict[int, tuple[ArticleContent, ...]]:
        """The articles of each variant in use, in the order of the edition."""
        by_id = {article.id: article for article in self._content.articles}
        return {number: tuple(by_id[id_] for id_ in ids) for (ids, _layout), number in self._numbers.items()}

    def is_letter(self, number: int) -> bool:
        """Has this variant, which somebody gets, no articles?"""
        return number in self._letters

    def content_of(self, number: int) -> EditionContent:
        """What the edition says in this variant."""
        return self._contents[number]
