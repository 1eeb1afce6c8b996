"""The search for articles within the page of a draft, so that searching loses nothing that was typed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from newsletters.admin.edition.edition_page import EditionPage
from newsletters.articles.pictures import picture_path
from newsletters.editions.new_articles import find_new_articles
from newsletters.models import Article, Edition, EditionItem
from subscribers.models import Topic

RESULTS = 25
EVERYTHING = "everything"  # the value of the button that shows what "only new" hides


class ArticleSearchForm(forms.Form):
    q = forms.CharField(label=gettext_lazy("Words in the headline or summary"), required=False, max_length=100)
    topic = forms.ModelChoiceField(
        Topic.objects.all(), label=gettext_lazy("Topic"), required=False, empty_label=gettext_lazy("All topics")
    )
    since = forms.DateField(
        label=gettext_lazy("Published since"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    only_new = forms.BooleanField(label=gettext_lazy("Only articles not in an edition yet"), required=False)

    def __init__(self, *args: Any, topics: Sequence[Topic], **kwargs: Any) -> None:
        """`topics` are all that there are: the page has read them already."""
        super().__init__(*args, **kwargs)
        field: Any = self.fields["topic"]
        field.choices = [("", field.empty_label or ""), *((topic.pk, topic.name) for topic in topics)]


@dataclass(frozen=True, slots=True)
class PickableArticle:
    """An article that may be added, and the editions of this newsletter that it was in."""

    article: Article
    editions: tuple[str, ...]

    @property
    def thumbnail(self) -> str:
        """The path of a small rendition of its picture, if it has one."""
        return picture_path(shown, 128) if (shown := self.article.shown_picture) else ""


@dataclass
class Picker:
    form: ArticleSearchForm
    found: list[PickableArticle] = field(default_factory=list)
    more: bool = False
    hidden: str = ""  # why articles that match aren't shown, where none is and there are some


def search_articles(page: EditionPage, data: QueryDict, chosen: Sequence[int]) -> Picker:
    """The newest published articles that fit the search and are not in the edition."""
    if data.get("_search") == EVERYTHING:
        data = data.copy()
        data.pop("only_new", None)
    form = (
        ArticleSearchForm(data, label_suffix="", topics=page.all_topics)
        if "q" in data
        else ArticleSearchForm(label_suffix="", initial={"only_new": True}, topics=page.all_topics)
    )
    terms: dict[str, Any] = {"only_new": True}
    if form.is_bound:
        terms = form.cleaned_data if form.is_valid() else {}
    articles = _matching(page, terms).exclude(pk__in=chosen).defer("body")
    found = list(articles.select_related("lead_picture").prefetch_related("topics")[: RESULTS + 1])
    shown = found[:RESULTS]
    if terms.get("only_new"):  # which says that they are in no edition
        if not shown and _matching(page, {**terms, "only_new": False}).exclude(pk__in=chosen).exists():
            return Picker(form, hidden=_why_hidden(page))
        return Picker(form, [PickableArticle(article, ()) for article in shown], more=len(found) > RESULTS)
    return Picker(form, _with_editions(page.edition, shown), more=len(found) > RESULTS)


def _why_hidden(page: EditionPage) -> str:
    if page.newsletter_topics:
        return _(
            "No new articles match. Others do, but they’re in another edition of this newsletter already or not on its "
            "topics."
        )
    return _("No new articles match. Others do, but they’re in another edition of this newsletter already.")


def search_query(data: QueryDict) -> str:
    """The search that a form was sent with, as the query of an address; empty where nobody searched. Enter in a field
    of the search saves the draft where the page's script isn't there (yet): the page that answers finds what was asked.
    """
    asked = {name: data[name] for name in ArticleSearchForm.base_fields if data.get(name)}
    return f"?{urlencode({'q': '', **asked})}" if asked.keys() != {"only_new"} and "q" in data else ""


def _matching(page: EditionPage, terms: dict[str, Any]) -> QuerySet[Article]:
    everything = Article.objects.published().newest_first()
    topics = [topic.pk for topic in page.newsletter_topics]
    articles = find_new_articles(page.edition.newsletter, topics=topics) if terms.get("only_new") else everything
    if words := terms.get("q"):
        articles = articles.filter(Q(title__icontains=words) | Q(summary__icontains=words))
    if topic := terms.get("topic"):
        articles = articles.filter(topics=topic)
    since: date | None = terms.get("since")
    if since:
        articles = articles.filter(published_at__date__gte=since)
    return articles


def _with_editions(edition: Edition, articles: Sequence[Article]) -> list[PickableArticle]:
    """“Already in edition 41” or “already in another draft” for each, in one query."""
    where: dict[int, list[str]] = {}
    items = (
        EditionItem.objects.filter(
            article__in=articles,
            edition__in=Edition.objects.filter(newsletter=edition.newsletter_id).that_count_as_sent(),
        )
        .exclude(edition=edition)
        .order_by("edition__number")
        .values_list("article_id", "edition__number", "edition__status")
    )
    for article_id, number, status in items:
        where.setdefault(article_id, []).append(_place(number, status))
    return [PickableArticle(article, tuple(where.get(article.pk, ()))) for article in articles]


def _place(number: int | None, status: str) -> str:
    if number is not None:
        return _("already in edition %(number)d") % {"number": number}
    if status == Edition.Status.DRAFT:
        return _("already in another draft")
    return _("already in an edition that is waiting to be sent")
