"""The editor's work on a draft, as it travels between page and server: words, articles in order, the search for more.

Every button of the page sends the whole form. Ordering, adding and taking out change what is shown and save nothing;
only “Save” writes, through composing.save_draft with the revision that the page was opened with. So nothing that was
typed is lost on the way, with or without JavaScript, and the second of two editors is told instead of overwritten.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from newsletters.admin.prose import INTRODUCTION, ProseWidget
from newsletters.articles.writing import BodyTooLong, clean_body
from newsletters.editions.composing import Override, new_articles
from newsletters.models import Article, Edition, EditionItem
from newsletters.rendering import merge
from subscribers.models import Topic

RESULTS = 25
HEADLINE_LIMIT = 200
SUMMARY_LIMIT = 600


class WordsForm(forms.Form):
    """Subject, preheader, introduction: what stands around the articles. May be saved half done."""

    revision = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
    subject = forms.CharField(
        label=gettext_lazy("Subject"), max_length=200, required=False,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )  # fmt: skip
    preheader = forms.CharField(
        label=gettext_lazy("Preheader"), max_length=200, required=False,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
        help_text=gettext_lazy("Follows the subject in most inboxes."),
    )  # fmt: skip
    introduction = forms.CharField(
        label=gettext_lazy("Introduction"), max_length=5000, required=False,
        widget=ProseWidget(extensions=INTRODUCTION, attrs={"rows": 6, "class": "vLargeTextField"}),
    )  # fmt: skip

    def clean_subject(self) -> str:
        return self._checked("subject")

    def clean_preheader(self) -> str:
        return self._checked("preheader")

    def clean_introduction(self) -> str:
        try:
            return clean_body(self._checked("introduction", one_line=False))
        except BodyTooLong as problem:
            raise forms.ValidationError(str(problem)) from None

    def _checked(self, name: str, *, one_line: bool = True) -> str:
        text: str = self.cleaned_data[name]
        try:
            merge.check(text)
        except merge.BadMergeField as problem:
            raise forms.ValidationError(str(problem)) from None
        return " ".join(text.split()) if one_line else text


def merge_fields_in_words() -> list[tuple[str, str]]:
    """Every field that staff may write, and what it becomes."""
    personal = [(f"{{{{ {name}|reader }}}}", meaning) for name, meaning in merge.PERSONAL.items()]
    return personal + [(f"{{{{ {name} }}}}", meaning) for name, meaning in merge.COMMON.items()]


@dataclass(frozen=True, slots=True)
class Row:
    """An article's place in the edition, with what is said of it there."""

    article: Article
    headline: str = ""
    summary: str = ""
    errors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Selection:
    """The articles of the edition in order."""

    rows: tuple[Row, ...] = ()

    @classmethod
    def of_edition(cls, edition: Edition) -> Selection:
        items = edition.items.select_related("article__lead_picture").prefetch_related("article__topics")
        return cls(tuple(Row(item.article, item.headline, item.summary) for item in items))

    @classmethod
    def of_form(cls, data: QueryDict) -> Selection:
        """As the page sent it: in the order of the numbers that were typed, then of the rows."""
        ids = [int(value) for value in data.getlist("article") if value.isdecimal() and len(value) < 18]
        articles = Article.objects.select_related("lead_picture").prefetch_related("topics").in_bulk(ids)
        shown = [(place, id_) for place, id_ in enumerate(dict.fromkeys(ids), 1) if id_ in articles]
        order = sorted(shown, key=lambda entry: _wanted_place(data.get(f"position-{entry[1]}", ""), entry[0]))
        return cls(
            tuple(
                _checked_row(
                    Row(
                        articles[id_],
                        " ".join(data.get(f"headline-{id_}", "").split()),
                        data.get(f"summary-{id_}", "").strip(),
                    )
                )
                for _place, id_ in order
            )
        )

    def moved(self, article_id: int, by: int) -> Selection:
        rows = list(self.rows)
        at = next((place for place, row in enumerate(rows) if row.article.pk == article_id), None)
        if at is None or not 0 <= at + by < len(rows):
            return self
        rows[at], rows[at + by] = rows[at + by], rows[at]
        return Selection(tuple(rows))

    def without(self, article_id: int) -> Selection:
        return Selection(tuple(row for row in self.rows if row.article.pk != article_id))

    def extended(self, article_ids: Sequence[int]) -> Selection:
        here = set(self.article_ids)
        added = Article.objects.select_related("lead_picture").prefetch_related("topics").in_bulk(article_ids)
        new = [Row(added[id_]) for id_ in dict.fromkeys(article_ids) if id_ in added and id_ not in here]
        return Selection((*self.rows, *new))

    @property
    def article_ids(self) -> list[int]:
        return [row.article.pk for row in self.rows]

    @property
    def overrides(self) -> dict[int, Override]:
        return {row.article.pk: Override(row.headline, row.summary) for row in self.rows}

    @property
    def has_errors(self) -> bool:
        return any(row.errors for row in self.rows)


def _wanted_place(typed: str, place: int) -> tuple[int, int]:
    """Where a row goes. Who is moved up comes before the row that had the place, who is moved down after it."""
    wanted = int(typed) if typed.isdecimal() and len(typed) < 6 else place
    return (wanted, (wanted > place) - (wanted < place))


def _checked_row(row: Row) -> Row:
    errors = []
    if len(row.headline) > HEADLINE_LIMIT:
        errors.append(
            _("This headline has %(length)d characters; at most %(limit)d fit.")
            % {"length": len(row.headline), "limit": HEADLINE_LIMIT}
        )
    if len(row.summary) > SUMMARY_LIMIT:
        errors.append(
            _("This summary has %(length)d characters; at most %(limit)d fit.")
            % {"length": len(row.summary), "limit": SUMMARY_LIMIT}
        )
    return replace(row, errors=tuple(errors))


# --- The search for articles --------------------------------------------------------------------------------------
class SearchForm(forms.Form):
    """Stands within the page's own form, so that searching loses nothing."""

    q = forms.CharField(label=gettext_lazy("Words in headline or summary"), required=False, max_length=100)
    topic = forms.ModelChoiceField(
        Topic.objects.all(), label=gettext_lazy("Topic"), required=False, empty_label=gettext_lazy("All topics")
    )
    since = forms.DateField(
        label=gettext_lazy("Published since"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    only_new = forms.BooleanField(label=gettext_lazy("Only those in no edition yet"), required=False)


@dataclass(frozen=True, slots=True)
class Found:
    """An article that may be added, and the editions of this newsletter that it was in."""

    article: Article
    editions: tuple[str, ...]


@dataclass
class Picker:
    form: SearchForm
    found: list[Found] = field(default_factory=list)
    more: bool = False


def search(edition: Edition, data: QueryDict | None, selection: Selection) -> Picker:
    """The newest published articles that fit the search and are not in the edition."""
    form = (
        SearchForm(data, label_suffix="")
        if data is not None and "q" in data
        else SearchForm(label_suffix="", initial={"only_new": True})
    )
    terms: dict[str, Any] = {"only_new": True}
    if form.is_bound:
        terms = form.cleaned_data if form.is_valid() else {}
    articles = _matching(edition, terms).exclude(pk__in=selection.article_ids).prefetch_related("topics").defer("body")
    found = list(articles[: RESULTS + 1])
    return Picker(form, _with_editions(edition, found[:RESULTS]), more=len(found) > RESULTS)


def _matching(edition: Edition, terms: dict[str, Any]) -> QuerySet[Article]:
    everything = Article.objects.published().newest_first()
    articles = new_articles(edition.newsletter) if terms.get("only_new") else everything
    if words := terms.get("q"):
        articles = articles.filter(Q(title__icontains=words) | Q(summary__icontains=words))
    if topic := terms.get("topic"):
        articles = articles.filter(topics=topic)
    since: date | None = terms.get("since")
    if since:
        articles = articles.filter(published_at__date__gte=since)
    return articles


def _with_editions(edition: Edition, articles: Sequence[Article]) -> list[Found]:
    """“Already in edition 41” for each, in one query."""
    where: dict[int, list[str]] = {}
    items = (
        EditionItem.objects.filter(
            article__in=articles,
            edition__in=Edition.objects.filter(newsletter=edition.newsletter_id).that_count_as_sent(),
        )
        .exclude(edition=edition)
        .order_by("edition__number")
        .values_list("article_id", "edition__number")
    )
    for article_id, number in items:
        where.setdefault(article_id, []).append(_("already in edition %(number)d") % {"number": number})
    return [Found(article, tuple(where.get(article.pk, ()))) for article in articles]
