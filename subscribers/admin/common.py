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
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    AnyAdmin = admin.ModelAdmin[Any]
    AnyInline = admin.TabularInline[Any, Any]
    AnyPaginator = Paginator[Any]
else:
    AnyAdmin = admin.ModelAdmin
    AnyInline = admin.TabularInline
    AnyPaginator = Paginator


class MoreThan(int):
    """A number at which counting stopped: pages are made of it as of any, and it says what it is when shown."""

    def __str__(self) -> str:
        return _("more than %s") % int(self)


class CappedPaginator(AnyPaginator):
    """Counts no further than what anybody pages through: who looks for one person searches."""

    MOST = 10_000

    @cached_property
    def count(self) -> int:
        rows = self.object_list
        if isinstance(rows, QuerySet):
            counted = rows.order_by()[: self.MOST + 1].count()
            return MoreThan(self.MOST) if counted > self.MOST else counted
        return len(rows)


class BigTable(AnyAdmin):
    """A table that may have millions of rows."""

    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    paginator = CappedPaginator
    list_per_page = 50
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
