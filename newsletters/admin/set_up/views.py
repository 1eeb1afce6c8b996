"""The pages of the set-up. Every step is a plain form; leaving one out is a link."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.forms import ModelForm
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from mail.models import Message
from newsletters.admin.set_up.forms import InstituteStepForm, LookStepForm, NewsletterStepForm
from newsletters.admin.set_up.headers_in_words import what_it_says
from newsletters.admin.set_up.steps import SetUpStep, dismiss, list_steps, may_set_up, what_there_is
from newsletters.delivery.trial_mail import TRIAL, send_trial, sender
from newsletters.models import Institute, Newsletter
from subscribers import suppression


def overview(request: HttpRequest) -> HttpResponse:
    """All steps; sending the form dismisses them."""
    _require_owner(request)
    if request.method == "POST":
        dismiss()
        messages.info(request, _("We won't remind you again. You can open the set-up at /admin/set-up/ at any time."))
        return HttpResponseRedirect(reverse("admin:index"))
    steps = list_steps(what_there_is())
    context = {"steps": steps, "next": next((step for step in steps if not step.done), None)}
    return _page(request, "overview", _("Set up Iria"), context)


def step(request: HttpRequest, key: str) -> HttpResponse:
    _require_owner(request)
    steps = list_steps(what_there_is())
    at = next((number for number, each in enumerate(steps) if each.key == key), None)
    if at is None:
        raise Http404
    following = steps[at + 1].address if at + 1 < len(steps) else reverse("admin:set_up")
    context = {
        "step": steps[at], "steps": steps, "number": at + 1, "following": following, "is_last": at + 1 == len(steps),
        "before": steps[at - 1].address if at else "",
    }  # fmt: skip
    return _STEPS[key](request, steps[at], context)


def _require_owner(request: HttpRequest) -> None:
    if not may_set_up(request):
        raise PermissionDenied(_("Only an owner can set up the institute."))


def _page(request: HttpRequest, template: str, title: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    context = {**admin.site.each_context(request), "title": title, **context}
    return TemplateResponse(request, f"admin/set_up/{template}.html", context, status=status)


def _form_step(
    request: HttpRequest, step: SetUpStep, context: dict[str, Any], make: Callable[..., ModelForm[Any]], saved: str
) -> HttpResponse:
    sent = (request.POST, request.FILES) if request.method == "POST" else ()
    form = make(*sent)
    if sent and form.is_valid():
        form.save()
        messages.success(request, saved)
        return HttpResponseRedirect(context["following"])
    return _page(request, "step", step.title, {**context, "form": form}, 422 if sent else 200)


def _show_institute(request: HttpRequest, step: SetUpStep, context: dict[str, Any]) -> HttpResponse:
    def make(*sent: Any) -> InstituteStepForm:
        return InstituteStepForm(*sent, instance=Institute.current())

    return _form_step(request, step, context, make, _("Your institute is saved."))


def _show_look(request: HttpRequest, step: SetUpStep, context: dict[str, Any]) -> HttpResponse:
    def make(*sent: Any) -> LookStepForm:
        return LookStepForm(*sent, instance=Institute.current())

    context["more"] = reverse("admin:newsletters_institute_changelist")
    return _form_step(request, step, context, make, _("The look is saved. Every page and email wears it now."))


def _show_newsletter(request: HttpRequest, step: SetUpStep, context: dict[str, Any]) -> HttpResponse:
    there = Newsletter.objects.select_related("mailing_list").order_by("pk").first()
    if there is not None:  # a second one is made where all are
        return _page(request, "newsletter_there", step.title, {**context, "newsletter": there})
    saved = _("The newsletter and its mailing list are made. Readers can subscribe.")
    return _form_step(request, step, context, NewsletterStepForm, saved)


def _show_test(request: HttpRequest, step: SetUpStep, context: dict[str, Any]) -> HttpResponse:
    user = request.user
    address = user.email if isinstance(user, User) else ""
    problem = ""
    if request.method == "POST" and address:
        if suppression.is_suppressed(address):
            problem = _("%s is suppressed, so we don't send to it.") % address
        else:
            send_trial(address)
            return HttpResponseRedirect(request.path + "#answer")
    last = Message.objects.filter(kind=TRIAL.name, address=address).order_by("-pk").first() if address else None
    context |= {
        "address": address, "problem": problem, "last": last, "says": what_it_says(last) if last else [],
        "in_inbox": settings.INBOX_ENABLED, "newsletter": Newsletter.objects.order_by("pk").first(), "sender": sender(),
    }  # fmt: skip
    return _page(request, "test", step.title, context, 422 if problem else 200)


def _show_staff(request: HttpRequest, step: SetUpStep, context: dict[str, Any]) -> HttpResponse:
    colleagues = User.objects.filter(is_staff=True).prefetch_related("groups").order_by("pk")[:50]
    return _page(request, "staff", step.title, {**context, "colleagues": colleagues})


def _show_import(request: HttpRequest, step: SetUpStep, context: dict[str, Any]) -> HttpResponse:
    return _page(request, "import", step.title, context)


_STEPS: dict[str, Callable[[HttpRequest, SetUpStep, dict[str, Any]], HttpResponse]] = {
    "institute": _show_institute,
    "look": _show_look,
    "newsletter": _show_newsletter,
    "test": _show_test,
    "staff": _show_staff,
    "import": _show_import,
}
