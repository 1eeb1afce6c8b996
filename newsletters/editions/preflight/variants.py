"""What the mail of some readers would promise or lack: those who follow topics and get only some of the articles."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

from django.utils.translation import gettext as _

from newsletters.blocks.content import ArticleContent
from newsletters.editions.named_articles import is_named
from newsletters.editions.preflight.edition_texts import Said, texts
from newsletters.editions.preflight.findings import Finding
from newsletters.editions.readers import Readership
from newsletters.rendering.block_readers import mixtures
from newsletters.rendering.content import EditionContent
from newsletters.rendering.mail import for_anybody

FIELDS = ("subject", "preheader", "introduction")  # what everybody gets, whatever articles stand below it


def check(content: EditionContent, readership: Callable[[], Readership]) -> Iterator[Finding]:
    """`readership` is asked only where it matters: it may have to count a whole list."""
    named = [*_named(content)]
    others_named = "{{" in content.preheader and for_anybody(content, content.preheader).strip()
    if not (named or others_named) or not content.articles:
        return
    variants = _variants(content, readership())
    total = variants.total()
    for said, article in named:
        if lacking := sum(count for articles, count in variants.items() if article not in articles):
            message = _("%(text)s names “%(headline)s”, but %(lacking)s of %(total)s readers don't get that article.")
            words = {"text": said.name[:1].upper() + said.name[1:], "headline": article.headline}
            numbers = {"lacking": f"{lacking:,}", "total": f"{total:,}"}
            yield Finding("named_article", False, message % {**words, **numbers}, said.field, names=article.id)
    if others_named and (empty := _without_preheader(content, variants)):
        message = _("For %(empty)s of %(total)s readers the preheader is empty: they get too few articles for its "
                    "merge fields. Inboxes show the first words of the email instead.")  # fmt: skip
        yield Finding("preheader", False, message % {"empty": f"{empty:,}", "total": f"{total:,}"}, "preheader")


def _named(content: EditionContent) -> Iterator[tuple[Said, ArticleContent]]:
    said = [text for text in texts(content) if text.field in FIELDS and text.text]
    for article in content.articles:
        if is_named(content.newsletter, article.headline):
            continue  # the newsletter's own name promises no article
        yield from ((text, article) for text in said if is_named(text.text, article.headline))


def _variants(content: EditionContent, readership: Readership) -> Counter[tuple[ArticleContent, ...]]:
    """Readers by the articles they get; without those who get nothing. What is only for a segment may be all articles
    on a reader's topics: then they get the rest."""
    found: Counter[tuple[ArticleContent, ...]] = Counter()
    narrowed = dict(mixtures(content))
    for (topics, mixture), count in readership.by_parts.items():
        if content.articles_for(topics):
            found[narrowed[mixture].articles_for(topics)] += count
    return found


def _without_preheader(content: EditionContent, variants: Counter[tuple[ArticleContent, ...]]) -> int:
    return sum(
        count for articles, count in variants.items() if not for_anybody(content, content.preheader, articles).strip()
    )
