"""Two people who are one, merged by staff: the other's address first, then what would happen, then the button."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lib.addresses import BadAddress, normalise
from subscribers import merging
from subscribers.admin.confirmed_actions import AnyAdmin, NoteForm
from subscribers.models import Subscriber, Subscription

URL_NAME = "subscribers_subscriber_merge"
PERMISSION = "subscribers.delete_subscriber"  # one of the two is gone afterwards


class OtherPersonForm(forms.Form):
    other = forms.CharField(
        label=gettext_lazy("The other address"),
        max_length=1000,
        widget=forms.TextInput(attrs={"class": "vTextField", "dir": "ltr", "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, kept: Subscriber, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.kept = kept
        self.person: Subscriber | None = None

    def clean_other(self) -> str:
        try:
            email = normalise(self.cleaned_data["other"])
        except BadAddress as problem:
            raise forms.ValidationError(str(problem)) from None
        self.person = Subscriber.objects.with_address(email).first()
        if self.person is None:
            raise forms.ValidationError(_("There's no subscriber with this address."))
        if self.person.pk == self.kept.pk:
            raise forms.ValidationError(_("That's this person's own address. Enter the other one."))
        return email


def show_merge(model_admin: AnyAdmin, request: HttpRequest, pk: int) -> HttpResponse:
    if not request.user.has_perm(PERMISSION):
        raise PermissionDenied
    kept = Subscriber.objects.filter(pk=pk).first()
    if kept is None:
        raise Http404
    back = reverse("admin:subscribers_subscriber_change", args=[pk])
    posted = request.POST if request.method == "POST" else None
    form = OtherPersonForm(posted, kept=kept)
    note = NoteForm(posted if posted and "merge" in posted else None)
    plan = merging.plan(kept, form.person) if form.is_valid() and form.person else None
    if plan and "merge" in request.POST and note.is_valid():
        words = note.cleaned_data["note"]
        try:
            merging.merge(kept, plan.other, note=words, by=request.user.get_username())
        except merging.PersonGone:
            gone = _("One of the two isn't there any more: somebody else merged or erased them just now.")
            messages.warning(request, gone)
            return HttpResponseRedirect(reverse("admin:subscribers_subscriber_changelist"))
        model_admin.log_change(request, kept, f"merged with another person: {words}")
        model_admin.message_user(request, _("The two are one person now."))
        return HttpResponseRedirect(back)
    context = {
        **model_admin.admin_site.each_context(request),
        "title": _("Merge with another person"),
        "subtitle": str(kept),
        "opts": model_admin.model._meta,
        "kept": kept,
        "form": form,
        "note": note,
        "plan": plan,
        "lists": [_list_in_words(each) for each in plan.lists] if plan else [],
        "back": back,
    }
    return render(request, "subscribers/admin/merge.html", context, status=422 if form.errors or note.errors else 200)


def _list_in_words(each: merging.ListAfterwards) -> dict[str, str]:
    ours, theirs = (str(Subscription.Status(status).label) if status else "–" for status in each.before)
    return {"name": each.mailing_list.name, "ours": ours, "theirs": theirs, "after": each.in_words}
