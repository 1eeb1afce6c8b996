"""What is done to a person or an address after a page that says what will happen, with a note for the history."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    AnyAdmin = admin.ModelAdmin[Any]
else:
    AnyAdmin = admin.ModelAdmin


class NoteForm(forms.Form):
    note = forms.CharField(
        label=_("Note"),
        max_length=400,
        help_text=_("Why, and at whose request. This is kept in the history."),
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )


class ConfirmForm(forms.Form):
    """Nothing to fill in."""


@dataclass(frozen=True)
class ConfirmedAction:
    """What is confirmed first: what it is called, what it does, and who may."""

    title: str
    explanation: str
    button: str
    permission: str
    do: Callable[[str], str]  # takes the note, returns a sentence about what became of it
    asks_for_note: bool = True
    is_grave: bool = False


def confirm_action(
    model_admin: AnyAdmin, request: HttpRequest, target: Model, action: ConfirmedAction, *, back: str, then: str = ""
) -> HttpResponse:
    """GET shows what would happen, POST does it and says so."""
    if not request.user.has_perm(action.permission):
        raise PermissionDenied
    form_class = NoteForm if action.asks_for_note else ConfirmForm
    form = form_class(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        sentence = action.do(form.cleaned_data.get("note", ""))
        model_admin.message_user(request, sentence)
        return HttpResponseRedirect(then or back)
    context = {
        **model_admin.admin_site.each_context(request),
        "title": action.title,
        "subtitle": str(target),
        "opts": model_admin.model._meta,
        "target": target,
        "action": action,
        "form": form,
        "back": back,
    }
    return render(request, "subscribers/admin/confirm_action.html", context, status=422 if form.errors else 200)
