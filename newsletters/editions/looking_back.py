"""The end of an edition that makes itself: what was read most since last time, and what many have missed.

Both are lists of headlines with links, in a text that an editor can change; they are no articles of the edition. So
they are the same for all readers, whatever topics they follow; nobody gets an edition for the sake of an old article;
and they are no repeats that somebody has to confirm.

What is known of readers are the clicks of people on links in emails. Most read: of the articles in the newsletter's
last edition, those with the most clicks, in whatever emails. Missed: of the articles in its editions of the last 30
days, those that were clicked less than the average of them, by clicks per recipient of their edition, the least first.
An edition counts two days after it began, when most clicks have come; what a second edition of the newsletter linked
isn't missed any more. Where clicks aren't counted, both are empty.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from fractions import Fraction

from django.db.models import Count, Exists, OuterRef, Sum
from django.utils import translation
from django.utils.html import format_html, format_html_join

from newsletters.articles.writing import clean_body
from newsletters.editions.drafts import Block
from newsletters.models import Article, CountedLink, Edition, EditionItem, Newsletter
from newsletters.models.editions import EditionQuerySet
from newsletters.rendering import merge
from newsletters.rendering.end_words import missed_heading, most_read_heading
from subscribers import languages

MOST_NAMED = 3  # articles in each list
MISSED_WITHIN = timedelta(days=30)
COUNTED_AFTER = timedelta(days=2)


def end_blocks(newsletter: Newsletter, cutoff: datetime, without: Collection[int]) -> tuple[Block, ...]:
    """What the newsletter wants at the end of an edition, in its language; `without` are the articles it has."""
    blocks: list[Block] = []
    with translation.override(languages.language_of(newsletter.language)):
        most: list[Article] = []
        if newsletter.with_most_read:
            most = most_read(newsletter, cutoff, without)
            blocks += _list_of(most_read_heading(), most)
        if newsletter.with_missed:
            missed = most_missed(newsletter, cutoff, {*without, *(article.pk for article in most)})
            blocks += _list_of(missed_heading(), missed)
    return tuple(blocks)


def most_read(newsletter: Newsletter, cutoff: datetime, without: Collection[int] = ()) -> list[Article]:
    """The most clicked first."""
    last = _sent(newsletter, cutoff).order_by("-frozen_at", "-pk").values_list("pk", flat=True).first()
    if last is None:
        return []
    had = EditionItem.objects.filter(edition=last, article__isnull=False).order_by().values("article")
    clicked = CountedLink.objects.filter(article__in=had, people__gt=0).exclude(article__in=without)
    by_clicks = clicked.order_by().values("article").annotate(followed=Sum("people"))
    return _still_public(by_clicks.order_by("-followed", "article").values_list("article", flat=True), cutoff)


def most_missed(newsletter: Newsletter, cutoff: datetime, without: Collection[int] = ()) -> list[Article]:
    """The least clicked first."""
    begun = _sent(newsletter, cutoff - COUNTED_AFTER).filter(frozen_at__gte=cutoff - MISSED_WITHIN)
    recipients = {edition.pk: edition.recipients for edition in begun.only("pk", "candidates", "set_aside")}
    had = EditionItem.objects.filter(edition=OuterRef("edition"), article=OuterRef("article"))
    links = CountedLink.objects.filter(Exists(had), edition__in=[pk for pk, number in recipients.items() if number])
    clicks = {
        (edition, article): people
        for edition, article, people in links.order_by().values_list("edition", "article", "people")
    }
    rates = {article: Fraction(people, recipients[edition]) for (edition, article), people in clicks.items()}
    if not rates:
        return []
    average = sum(rates.values()) / len(rates)
    again = {*without, *_linked_again(newsletter, rates)}
    missed = [article for article, rate in rates.items() if rate < average and article not in again]
    return _still_public(sorted(missed, key=lambda article: (rates[article], -article)), cutoff)


def _sent(newsletter: Newsletter, by: datetime) -> EditionQuerySet:
    """Its editions with articles that had begun to go out by then."""
    articles = EditionItem.objects.filter(edition=OuterRef("pk"), article__isnull=False)
    begun = Edition.objects.filter(newsletter=newsletter, frozen_at__lte=by, parent__isnull=True).public()
    return begun.filter(Exists(articles))


def _linked_again(newsletter: Newsletter, article_ids: Iterable[int]) -> list[int]:
    """Those that a second edition of the newsletter linked as well."""
    links = CountedLink.objects.filter(
        edition__newsletter=newsletter, edition__digest="", article__in=list(article_ids)
    ).order_by()
    often = links.values("article").annotate(editions=Count("edition", distinct=True)).filter(editions__gt=1)
    return list(often.values_list("article", flat=True))


def _still_public(article_ids: Iterable[int], cutoff: datetime) -> list[Article]:
    """The first of them, in this order."""
    wanted = list(article_ids)
    there = Article.objects.published(by=cutoff).only("title", "slug", "original_url").in_bulk(wanted)
    return [there[pk] for pk in wanted if pk in there][:MOST_NAMED]


def _list_of(words: str, articles: Sequence[Article]) -> Iterator[Block]:
    if articles:
        rows = ((_address_of(article), _headline_of(article)) for article in articles)
        items = format_html_join("", '<li><a href="{}">{}</a></li>', rows)
        yield Block(kind="heading", headline=words)
        yield Block(kind="text", html=clean_body(format_html("<ul>{}</ul>", items)))


def _headline_of(article: Article) -> str:
    """Texts have merge fields: a headline never is one."""
    return merge.as_fallback(article.title) if merge.has_braces(article.title) else article.title


def _address_of(article: Article) -> str:
    return article.full_address.replace("{", "%7B").replace("}", "%7D")
