"""Readers who went quiet: the page from which they are asked whether they want to stay, and what came of it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lib.dates import in_local_words
from newsletters.admin.edition.edition_urls import edition_url
from newsletters.admin.roles import may, require, who_may
from newsletters.models import Newsletter, Reengagement
from newsletters.reports.list_figures import read_list_figures
from newsletters.reports.reengaging import (
    FEWEST_DAYS,
    MOST_DAYS,
    USUAL_DAYS,
    CantAsk,
    ask_quiet_readers,
    asked_of,
    due_at,
    why_not,
)

UNSUBSCRIBE = "subscribers.change_subscription"


class ReengagementForm(forms.Form):
    days = forms.IntegerField(
        label=gettext_lazy("Days to react"), min_value=FEWEST_DAYS, max_value=MOST_DAYS, initial=USUAL_DAYS,
        help_text=gettext_lazy("They begin when the edition begins to go out. Then you get an email."),
    )  # fmt: skip
    unsubscribes = forms.BooleanField(
        label=gettext_lazy("Then unsubscribe those who didn't react"), required=False,
        help_text=gettext_lazy(
            "Otherwise nothing is done by itself: you look at them first. Either way you can undo it."
        ),
    )  # fmt: skip

    def __init__(self, *args: Any, may_unsubscribe: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not may_unsubscribe:
            del self.fields["unsubscribes"]


def reengage(request: HttpRequest, pk: int) -> HttpResponse:
    require(request, "newsletters.add_edition", _("Compose an edition"))
    newsletter = Newsletter.objects.select_related("mailing_list").filter(pk=pk).first()
    if newsletter is None:
        raise Http404(_("This newsletter doesn't exist."))
    sent = request.POST if request.method == "POST" else None
    form = ReengagementForm(sent, may_unsubscribe=may(request, UNSUBSCRIBE))
    if sent is not None and form.is_valid():
        try:
            asked = ask_quiet_readers(
                newsletter, days=form.cleaned_data["days"], unsubscribes=form.cleaned_data.get("unsubscribes", False),
                by=User.objects.get(pk=request.user.pk or 0),
            )  # fmt: skip
        except CantAsk as why:
            messages.error(request, str(why))
            return HttpResponseRedirect(reverse("admin:newsletters_newsletter_reengage", args=[pk]))
        messages.success(request, _("Here is the draft. Read it, change what you like, and send it."))
        return HttpResponseRedirect(edition_url(asked.edition))
    counted = read_list_figures(newsletter.mailing_list)
    context = {
        **admin.site.each_context(request),
        "title": _("Readers who went quiet: %s") % newsletter,
        "opts": Newsletter._meta,
        "newsletter": newsletter,
        "form": form,
        "quiet": counted.quiet if counted else None,
        "why_not": why_not(newsletter),
        "who_may_unsubscribe": "" if may(request, UNSUBSCRIBE) else who_may(UNSUBSCRIBE),
        "asked": [_shown(each) for each in asked_of(newsletter)],
    }
    template = "admin/newsletters/newsletter/reengage.html"
    return TemplateResponse(request, template, context, status=422 if form.errors else 200)


def _shown(asked: Reengagement) -> dict[str, Any]:
    due = due_at(asked)
    return {
        "edition": asked.edition,
        "url": edition_url(asked.edition),
        "due": in_local_words(due) if due else "",
        "over": asked.over_at is not None or asked.found is not None,
        "found": asked.found,
        "unsubscribes": asked.unsubscribes,
        "job": asked.job,
        "silent": asked.silent,
    }
