"""An article: its headline, summary and picture, or others for this edition alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from newsletters.blocks.content import ArticleContent, BlockContent, PictureContent
from newsletters.blocks.kind import PICTURE, BlockField, BlockText, Kind
from subscribers import languages


class ArticleBlock(Kind):
    name = "article"
    title = gettext_lazy("article")
    # What this edition says differently. No merge fields: the article's own words have none either.
    fields = (
        BlockField("headline", "headline", gettext_lazy("headline")),
        BlockField("summary", "summary", gettext_lazy("summary")),
        PICTURE,
        BlockField("without_picture", "without_picture", gettext_lazy("no picture")),
    )
    incomplete = gettext_lazy("This article was deleted: remove it.")
    more = ("position", "url", "topics", "authors", "minutes")
    is_added_by_button = False

    def is_complete(self, block: BlockContent) -> bool:
        return block.article is not None

    def said(self, block: BlockContent) -> Mapping[str, str]:
        article = block.article
        return {} if article is None else {
            "headline": article.headline,
            "summary": article.summary,
            "topics": " · ".join(article.topics),
            "authors": ", ".join(article.authors),
            "minutes": str(article.reading_minutes),
        }  # fmt: skip

    def texts(self, block: BlockContent) -> Iterator[BlockText]:
        if block.article:
            yield BlockText(block.article.headline)
            yield BlockText(block.article.summary)

    def address(self, block: BlockContent) -> str:
        return languages.localised(block.article.path) if block.article else ""

    def picture(self, block: BlockContent) -> PictureContent | None:
        return block.article.picture if block.article else None

    def samples(self, picture: PictureContent) -> tuple[BlockContent, ...]:
        first, second = _("First topic"), _("Second topic")
        return (
            _sample(1, _("The lead story: a headline of about eight words"), first, picture),
            _sample(2, _("A second headline, without a picture"), second, None),
            _sample(3, _("A third headline"), first, picture),
        )


def _sample(number: int, headline: str, topic: str, picture: PictureContent | None) -> BlockContent:
    summary = _("Two or three sentences say what happened, and why it matters to people who read this over breakfast.")
    path, published = f"/articles/sample-{number}/", "2026-01-01"
    article = ArticleContent(number, path, headline, summary, (), (topic,), (), 3 + number, published, picture)
    return BlockContent("article", article)


KIND = ArticleBlock()
