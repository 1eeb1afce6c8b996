"""The sign-up form: /subscribe/, the footer of every page, and any other site's snippet post here.

The answer to a valid request is the same page, whatever is known of the address, and takes the same time: it is only
written down here (`subscribers.intake`).
"""

from __future__ import annotations

import time

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.template.loader import render_to_string

from lib.addresses import did_you_mean, readable
from lib.fragments import read_once
from lib.public_pages import public_page
from subscribers import consent, institute, intake, links, sample_editions
from subscribers.models import MailingList, Topic
from subscribers.readership import readers_in_round_numbers
from subscribers.sample_editions import SampleEdition
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
FILLED_IN = ("email", "name", "lists", "topics")


def shown_now() -> str:
    return make(Purpose.SIGNUP_FORM, int(time.time()))


@public_form
def sign_up(request: HttpRequest) -> HttpResponseBase:
    if request.method == "POST":
        return _take_request(request, _offered(request))
    if any(name in request.GET for name in FILLED_IN):
        return _empty_form(request)
    return _same_form_for_everybody(request)


@public_page(reads=FILLED_IN)
def _same_form_for_everybody(request: HttpRequest) -> HttpResponse:
    return _empty_form(request)


def _empty_form(request: HttpRequest) -> HttpResponse:
    offered = _offered(request)
    return _form_page(request, SignupForm(offered=offered, topics=_topics_of(offered)), offered)


def _offered(request: HttpRequest) -> list[MailingList]:
    return read_once(request, "subscribers.offered", _read_offered)


def _read_offered() -> list[MailingList]:
    return list(MailingList.objects.filter(is_public=True).prefetch_related("topics"))


def _topics_of(offered: list[MailingList]) -> list[Topic]:
    """The topics of the offered lists, each once."""
    topics = {topic.pk: topic for mailing_list in offered for topic in mailing_list.topics.all()}
    return sorted(topics.values(), key=lambda topic: (topic.position, topic.name))


def _take_request(request: HttpRequest, offered: list[MailingList]) -> HttpResponse:
    typed = request.POST.get("email", "").strip()
    if request.POST.get(HONEYPOT):
        return _check_your_email(request, typed)
    form = SignupForm(request.POST, offered=offered, topics=_topics_of(offered))
    if not offered or not form.is_valid():
        return _form_page(request, form, offered, status=422)
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
        visit=visit_of(request),
    )
    return _check_your_email(request, email)


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
    return [*changed.items(), *fields]


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


def _check_your_email(request: HttpRequest, email: str) -> HttpResponse:
    fields = _typed_fields(request, email=email[:254], **{AS_TYPED: "1"})
    return HttpResponse(check_your_email.page(request, email[:254], fields, again=AGAIN in request.POST))


def _form_page(request: HttpRequest, form: SignupForm, offered: list[MailingList], status: int = 200) -> HttpResponse:
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
        "privacy": institute.privacy_notice(request),
    }
    return render(request, "subscribers/sign_up.html", context, status=status)


def _with_samples(request: HttpRequest, offered: list[MailingList]) -> list[tuple[MailingList, SampleEdition | None]]:
    found = read_once(request, "subscribers.samples", lambda: sample_editions.find_samples(offered))
    return [(mailing_list, found.get(mailing_list.pk)) for mailing_list in offered]


@public_page
def embed(request: HttpRequest) -> HttpResponse:
    """The form as HTML to copy into any other site."""
    offered = list(MailingList.objects.filter(is_public=True))
    snippet = render_to_string(
        "subscribers/embed_snippet.html",
        {
            "action": links.subscribe_url(),
            "offered": offered,
            "wording": consent.signup_wording(),
            "privacy": institute.privacy_notice(request),
            "site_url": settings.SITE_URL,
        },
    )
    return render(request, "subscribers/embed.html", {"snippet": snippet.strip(), "offered": offered})
