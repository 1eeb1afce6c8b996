"""The sign-up form: /subscribe/, /subscribe/<list>/ for one list, the footer of every page, and the forms of other
sites post here.

The answer to a valid request is the same page, whatever is known of the address, and takes the same time: it is only
written down here (`subscribers.intake`).
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render

from lib.addresses import did_you_mean, readable
from lib.fragments import read_once
from lib.public_pages import public_page
from subscribers import consent, institute, intake, list_pages, sample_editions
from subscribers.models import MailingList, OptIn, Topic
from subscribers.readership import readers_in_round_numbers
from subscribers.sample_editions import SampleEdition
from subscribers.signup import origins
from subscribers.signup.forms import SignupForm
from subscribers.tokens import BadToken, Purpose, make, read
from subscribers.views import check_your_email
from subscribers.views.check_your_email import AGAIN
from subscribers.views.decorators import public_form
from subscribers.views.signup_limits import hold_up
from subscribers.visitors import visit_of

# A field that people do not see and programs fill in.
HONEYPOT = "homepage"
# When the form was shown, signed. Absent in forms of other sites.
SHOWN = "shown"
# The visitor was asked about an unusual domain and meant it.
AS_TYPED = "as_typed"
# What a link to the form may fill in.
FILLED_IN = ("email", "name", "lists", "topics", *origins.PARAMETERS)


def shown_now() -> str:
    return make(Purpose.SIGNUP_FORM, int(time.time()))


@public_form
def sign_up(request: HttpRequest, slug: str = "") -> HttpResponseBase:
    """The form for all lists that are offered, or the page of one of them."""
    if request.method == "POST":
        return _take_request(request, _offered(request, slug), own_page=bool(slug))
    if any(name in request.GET for name in FILLED_IN):
        return _empty_form(request, slug)
    return _same_form_for_everybody(request, slug)


@public_page(reads=FILLED_IN)
def _same_form_for_everybody(request: HttpRequest, slug: str) -> HttpResponse:
    return _empty_form(request, slug)


def _empty_form(request: HttpRequest, slug: str) -> HttpResponse:
    offered = _offered(request, slug)
    form = SignupForm(offered=offered, topics=_topics_of(offered))
    return _form_page(request, form, offered, own_page=bool(slug))


def _offered(request: HttpRequest, slug: str = "") -> list[MailingList]:
    """The public lists, or the one with this slug. Raises `Http404` when it isn't offered."""
    offered = read_once(request, "subscribers.offered", _read_offered)
    if not slug:
        return offered
    named = [mailing_list for mailing_list in offered if mailing_list.slug == slug]
    if not named:
        raise Http404
    return named


def _read_offered() -> list[MailingList]:
    return list(MailingList.objects.filter(is_public=True).prefetch_related("topics"))


def _topics_of(offered: list[MailingList]) -> list[Topic]:
    """The topics of the offered lists, each once."""
    topics = {topic.pk: topic for mailing_list in offered for topic in mailing_list.topics.all()}
    return sorted(topics.values(), key=lambda topic: (topic.position, topic.name))


def _take_request(request: HttpRequest, offered: list[MailingList], *, own_page: bool) -> HttpResponse:
    typed = request.POST.get("email", "").strip()
    form = SignupForm(request.POST, offered=offered, topics=_topics_of(offered))
    is_valid = bool(offered) and form.is_valid()
    if request.POST.get(HONEYPOT):
        return _check_your_email(request, typed, form.cleaned_data.get("lists", ()))
    if not is_valid:
        return _form_page(request, form, offered, own_page=own_page, status=422)
    email: str = form.cleaned_data["email"]
    if _too_quick(request):
        return _ask_to_submit_again(request)
    mended = did_you_mean(email)
    if mended and AS_TYPED not in request.POST:
        return _ask_about_domain(request, email, mended)
    if held_up := hold_up(request, email, _typed_fields(request)):
        return held_up
    intake.hand_in_signup(
        email,
        lists=form.cleaned_data["lists"],
        topics=form.cleaned_data["topics"],
        name=form.cleaned_data["name"],
        visit=replace(visit_of(request), origin=origins.origin_of(request)),
    )
    return _check_your_email(request, email, form.cleaned_data["lists"])


def _too_quick(request: HttpRequest) -> bool:
    """Filled in faster than a person can; a timestamp that is not ours counts as that."""
    token = request.POST.get(SHOWN)
    if not token:
        return False
    try:
        shown_at = read(Purpose.SIGNUP_FORM, token)[0]
    except BadToken:
        return True
    return time.time() - shown_at < settings.SIGNUP_MINIMUM_SECONDS


def _typed_fields(request: HttpRequest, **changed: str) -> list[tuple[str, str]]:
    """What was typed, for the hidden fields of the next page: nobody types twice."""
    fields = [
        (name, value)
        for name in ("email", "name", "lists", "topics", AS_TYPED)
        if name not in changed
        for value in request.POST.getlist(name)
    ]
    origin = origins.origin_of(request)
    return [*changed.items(), *fields, *([(origins.FIELD, origin)] if origin else [])]


def _ask_to_submit_again(request: HttpRequest) -> HttpResponse:
    return render(request, "subscribers/submit_again.html", {"action": request.path, "fields": _typed_fields(request)})


def _ask_about_domain(request: HttpRequest, email: str, mended: str) -> HttpResponse:
    context = {
        "email": readable(email),
        "mended": mended,
        "domain": readable(email).rpartition("@")[2],
        "mended_domain": mended.rpartition("@")[2],
        "mended_fields": _typed_fields(request, email=mended),
        "typed_fields": _typed_fields(request, email=email, **{AS_TYPED: "1"}),
    }
    return render(request, "subscribers/did_you_mean.html", context)


def _check_your_email(request: HttpRequest, email: str, lists: Sequence[MailingList]) -> HttpResponse:
    """It depends on what was asked for, and never on what is known of the address."""
    fields = _typed_fields(request, email=email[:254], **{AS_TYPED: "1"})
    at_once = bool(lists) and all(mailing_list.opt_in == OptIn.SINGLE for mailing_list in lists)
    page = check_your_email.page(request, email[:254], fields, again=AGAIN in request.POST, at_once=at_once)
    return HttpResponse(page)


def _form_page(
    request: HttpRequest, form: SignupForm, offered: list[MailingList], *, own_page: bool, status: int = 200
) -> HttpResponse:
    typed = request.POST if request.method == "POST" else request.GET
    samples = _with_samples(request, offered)
    context = {
        "form": form,
        "offered": samples,
        "sample": next((sample for _list, sample in samples if sample), None),
        "readers": read_once(request, "subscribers.readers", lambda: readers_in_round_numbers(offered[0]))
        if offered
        else 0,
        "topics": _topics_of(offered),
        "typed": {
            "email": typed.get("email", ""),
            "name": typed.get("name", ""),
            "lists": typed.getlist("lists"),
            "topics": typed.getlist("topics"),
        },
        "as_typed": AS_TYPED in request.POST,
        "wording": consent.signup_wording(),
        "shown": shown_now(),
        "honeypot": HONEYPOT,
        "origin": origins.origin_in(request.GET) if request.method != "POST" else origins.origin_of(request),
        "own_page": list_pages.page_of(offered[0]) if own_page else None,
        "action": request.path,
        "asks": any(mailing_list.opt_in == OptIn.DOUBLE for mailing_list in offered),
        "privacy": institute.privacy_notice(request),
    }
    return render(request, "subscribers/sign_up.html", context, status=status)


def _with_samples(request: HttpRequest, offered: list[MailingList]) -> list[tuple[MailingList, SampleEdition | None]]:
    found = read_once(request, "subscribers.samples", lambda: sample_editions.find_samples(offered))
    return [(mailing_list, found.get(mailing_list.pk)) for mailing_list in offered]
