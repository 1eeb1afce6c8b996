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
from lib.query_numbers import read_number
from newsletters.admin.edition.edition_urls import edition_url
from newsletters.admin.roles import may, require, who_may
from newsletters.models import Newsletter, Reengagement
from newsletters.reports.list_figures import read_list_figures
from newsletters.reports.reengaging import (
    FEWEST_DAYS,
    MOST_DAYS,
    UNSUBSCRIBE,
    USUAL_DAYS,
    CantAsk,
    ask_quiet_readers,
    asked_of,
    due_at,
    why_not,
    why_not_by_itself,
    withdraw,
)


class ReengagementForm(forms.Form):
    days = forms.IntegerField(
        label=gettext_lazy("Days to react"), min_value=FEWEST_DAYS, max_value=MOST_DAYS, initial=USUAL_DAYS,
        help_text=gettext_lazy("They begin when all of the edition has gone out. Then you get an email."),
    )  # fmt: skip
    unsubscribes = forms.BooleanField(
        label=gettext_lazy("Then unsubscribe those who didn't react"), required=False,
        help_text=gettext_lazy(
            "Otherwise nothing is done by itself: you look at them first. Either way you can undo it."
        ),
    )  # fmt: skip

    def __init__(self, *args: Any, by_itself: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not by_itself:
            del self.fields["unsubscribes"]


def reengage(request: HttpRequest, pk: int) -> HttpResponse:
    require(request, "newsletters.add_edition", _("Compose an edition"))
    newsletter = Newsletter.objects.select_related("mailing_list").filter(pk=pk).first()
    if newsletter is None:
        raise Http404(_("This newsletter doesn't exist."))
    if request.method == "POST" and "withdraw" in request.POST:
        return _withdraw(request, newsletter)
    sent = request.POST if request.method == "POST" else None
    form = ReengagementForm(sent, by_itself=may(request, UNSUBSCRIBE) and not why_not_by_itself())
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
        "why_not_by_itself": why_not_by_itself(),
        "who_may_unsubscribe": "" if may(request, UNSUBSCRIBE) else who_may(UNSUBSCRIBE),
        "asked": [_shown(each) for each in asked_of(newsletter)],
    }
    template = "admin/newsletters/newsletter/reengage.html"
    return TemplateResponse(request, template, context, status=422 if form.errors else 200)


def _withdraw(request: HttpRequest, newsletter: Newsletter) -> HttpResponse:
    """By anybody who may ask: it takes nothing from readers."""
    if withdraw(read_number(request.POST["withdraw"]) or 0, newsletter):
        messages.success(
            request, _("Nobody will be unsubscribed by itself. You'll get an email when the days are over.")
        )
    else:
        messages.error(request, _("There is nothing to withdraw: it has begun already, or wasn't chosen."))
    return HttpResponseRedirect(reverse("admin:newsletters_newsletter_reengage", args=[newsletter.pk]))


def _shown(asked: Reengagement) -> dict[str, Any]:
    due = due_at(asked)
    return {
        "id": asked.pk,
        "sending": asked.edition.frozen_at is not None and due is None,
        "edition": asked.edition,
        "url": edition_url(asked.edition),
        "due": in_local_words(due) if due else "",
        "over": asked.over_at is not None or asked.found is not None,
        "found": asked.found,
        "unsubscribes": asked.unsubscribes and not why_not_by_itself(),
        "job": asked.job,
        "silent": asked.silent,
    }
