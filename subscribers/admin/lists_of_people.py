"""What the people's admin pages share: tables that are only read, lists that never count a million rows, and one
confirming page with a note for everything that is done to a person."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from lib.characters import without_controls
from subscribers.models import Subscriber

if TYPE_CHECKING:
    AnyAdmin = admin.ModelAdmin[Any]
    AnyInline = admin.TabularInline[Any, Any]
    AnyPaginator = Paginator[Any]
    AnyForm = forms.ModelForm[Any]
else:
    AnyAdmin = admin.ModelAdmin
    AnyInline = admin.TabularInline
    AnyPaginator = Paginator
    AnyForm = forms.ModelForm


class PlainTexts(forms.BaseForm):
    """A form without the control characters that come along with what is pasted from Word or a PDF."""

    def __init__(self, data: Any = None, *args: Any, **kwargs: Any) -> None:
        super().__init__(_plain(data), *args, **kwargs)


def _plain(data: Any) -> Any:
    if not isinstance(data, QueryDict):
        return data
    plain = data.copy()
    for name, values in data.lists():
        plain.setlist(name, [without_controls(value) for value in values])
    return plain


class PlainTextsForm(PlainTexts, AnyForm):
    pass


PEOPLE_AT_MOST = 500
FEW = 20_000
SEARCH_HELP = _(
    "An address or a name, or the beginning of one; the first 500 are shown. Where there are not many thousands of"
    " people, a part is found too."
)


class MoreThan(int):
    """A number at which counting stopped: pages are made of it as of any, and it says what it is when shown."""

    def __str__(self) -> str:
        return _("more than %s") % f"{int(self):,}"


class CappedPaginator(AnyPaginator):
    """Counts no further than what anybody pages through: who looks for one person searches. Of a choice among the rows
    it counts less, since one that is not counted in an index costs what is passed over, too."""

    MOST, MOST_CHOSEN = 10_000, 1000

    @cached_property
    def count(self) -> int:
        rows = self.object_list
        if not isinstance(rows, QuerySet):
            return len(rows)
        most = self.MOST_CHOSEN if rows.query.where else self.MOST
        counted = rows.order_by()[: most + 1].count()
        return MoreThan(most) if counted > most else counted


def people_like(term: str) -> list[int]:
    """The numbers of the subscribers whom a search means: the one with that address, else those whose address or name
    begins so, else, where there are few people, those who have it anywhere. As far as a list is read."""
    if exact := list(Subscriber.objects.with_address(term).values_list("pk", flat=True)):
        return exact
    found = Subscriber.objects.beginning_with(term, PEOPLE_AT_MOST)
    if found or not _are_few():
        return found
    within = Subscriber.objects.filter(Q(email__icontains=term) | Q(name__icontains=term))
    return list(within.order_by("-pk").values_list("pk", flat=True)[:PEOPLE_AT_MOST])


def _are_few() -> bool:
    """So few that all may be read. By the highest number, since counting is reading, too."""
    last = Subscriber.objects.order_by("-pk").values_list("pk", flat=True).first()
    return last is not None and last <= FEW


class OfPeople(AnyAdmin):
    """Rows about subscribers, searched by the person: by index, and never within all addresses of the world."""

    search_fields = ["subscriber__email"]  # shows the field; the search itself is below
    search_help_text = SEARCH_HELP

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        term = search_term.strip()
        return (queryset.filter(subscriber__in=people_like(term)) if term else queryset), False


class BigTable(AnyAdmin):
    """A table that may have millions of rows."""

    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    paginator = CappedPaginator
    list_per_page = 50
    list_max_show_all = 0
    actions = None


class ReadOnly:
    """Staff look; the stages write."""

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class NoteForm(forms.Form):
    note = forms.CharField(
        label=_("Note"),
        max_length=400,
        help_text=_("Why, and at whose request. It stays in the history."),
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )


class JustPress(forms.Form):
    """Nothing to fill in."""


@dataclass(frozen=True)
class Deed:
    """Something that is done after one more look: what it is called, what it does, and who may."""

    title: str
    explanation: str
    button: str
    permission: str
    do: Callable[[str], str]  # takes the note, returns a sentence about what became of it
    asks_for_note: bool = True
    is_grave: bool = False


def confirm_deed(
    model_admin: AnyAdmin, request: HttpRequest, target: Model, deed: Deed, *, back: str, then: str = ""
) -> HttpResponse:
    """GET shows what would happen, POST does it and says so."""
    if not request.user.has_perm(deed.permission):
        raise PermissionDenied
    form_class = NoteForm if deed.asks_for_note else JustPress
    form = form_class(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        sentence = deed.do(form.cleaned_data.get("note", ""))
        model_admin.message_user(request, sentence)
        return HttpResponseRedirect(then or back)
    context = {
        **model_admin.admin_site.each_context(request),
        "title": deed.title,
        "subtitle": str(target),
        "opts": model_admin.model._meta,
        "target": target,
        "deed": deed,
        "form": form,
        "back": back,
    }
    return render(request, "subscribers/admin/deed.html", context, status=422 if form.errors else 200)
