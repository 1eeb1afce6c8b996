"""The preference page behind the link of a mail, and the page for those who lost that link."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import activate, gettext

from subscribers import languages, throttling
from subscribers.forms import SOME, AddressForm, PreferencesForm
from subscribers.models import Subscriber, Subscription
from subscribers.preferences import changes as deciding
from subscribers.tokens import BadToken, Purpose, read
from subscribers.views.frame import broken_link, private_page, public_form, too_fast
from subscribers.visitors import visit_of


@dataclass(frozen=True)
class Choice:
    """One topic of a list as the page shows it."""

    slug: str
    name: str
    ticked: bool


@dataclass(frozen=True)
class Shown:
    """One subscription as the page shows it."""

    subscription: Subscription
    can_undo: bool
    some: bool
    topics: list[Choice]
    error: str


def _language(token: str) -> str:
    try:
        (subscriber_id,) = read(Purpose.PREFERENCES, token)
    except (BadToken, ValueError):
        return ""
    return Subscriber.objects.filter(pk=subscriber_id).values_list("language", flat=True).first() or ""


@private_page(_language)
def preferences(request: HttpRequest, token: str) -> HttpResponse:
    try:
        (subscriber_id,) = read(Purpose.PREFERENCES, token)
    except (BadToken, ValueError):
        return broken_link(request)
    person = Subscriber.objects.filter(pk=subscriber_id).first()
    if person is None:
        return render(request, "subscribers/left.html", {"mailing_list": None, "erased": True})
    if request.method == "POST":
        return _act(request, person)
    return _page(request, person, PreferencesForm(subscriptions=_subscriptions(person)))


def _subscriptions(person: Subscriber) -> list[Subscription]:
    return list(
        person.subscriptions.select_related("mailing_list", "selection")
        .prefetch_related("mailing_list__topics", "selection__topics")
        .order_by("mailing_list__position", "mailing_list__name")
    )


def _act(request: HttpRequest, person: Subscriber) -> HttpResponse:
    """One form, several buttons; what a button says is the action and, for one list, its id."""
    action, _, number = request.POST.get("action", "save").partition("-")
    visit = visit_of(request)
    list_id = int(number) if number.isascii() and number.isdigit() and len(number) < 15 else None
    done = ""
    match action:
        case "leave" if list_id is not None:
            left = deciding.leave(person.pk, list_id, visit=visit)
            done = (
                gettext("You have left %s.") % left[0].mailing_list.name if left else gettext("You had already left.")
            )
        case "leaveall":
            left = deciding.leave(person.pk, None, visit=visit)
            done = gettext("You have left everything.") if left else gettext("You had already left everything.")
        case "undo" if list_id is not None:
            back = deciding.come_back(person.pk, [list_id], visit=visit)
            done = gettext("You are back on %s.") % back[0].mailing_list.name if back else ""
        case "undoall":
            ids = [subscription.mailing_list_id for subscription in _subscriptions(person)]
            done = (
                gettext("You are back, with everything as it was.")
                if deciding.come_back(person.pk, ids, visit=visit)
                else ""
            )
        case "pause":
            deciding.pause(person.pk, visit=visit)
            done = gettext("Your newsletters are paused for 30 days.")
        case "resume":
            deciding.resume(person.pk, visit=visit)
            done = gettext("Your newsletters come again from now on.")
        case _:
            return _save(request, person)
    person.refresh_from_db()
    return _page(request, person, PreferencesForm(subscriptions=_subscriptions(person)), done=done)


def _save(request: HttpRequest, person: Subscriber) -> HttpResponse:
    form = PreferencesForm(request.POST, subscriptions=_subscriptions(person))
    if not form.is_valid():
        return _page(request, person, form, status=422)
    deciding.change(
        person.pk,
        name=form.cleaned_data["name"],
        topics=form.chosen(),
        language=form.cleaned_data["language"],
        visit=visit_of(request),
    )
    before = languages.language_of(person.language)
    person.refresh_from_db()
    if languages.language_of(person.language) != before:
        activate(person.language)  # the answer speaks it already; private_page restores what was
    saved = PreferencesForm(subscriptions=_subscriptions(person))
    return _page(request, person, saved, done=gettext("Your preferences are saved."))


def _page(
    request: HttpRequest, person: Subscriber, form: PreferencesForm, *, done: str = "", status: int = 200
) -> HttpResponse:
    shown = [_shown(subscription, form) for subscription in _subscriptions(person)]
    now = timezone.now()
    context = {
        "person": person,
        "name": form.data.get("name", "") if form.is_bound else person.name,
        "language": form.data.get("language", "") if form.is_bound else languages.language_of(person.language),
        "choices": languages.offered(),
        "form": form,
        "confirmed": [s for s in shown if s.subscription.status == Subscription.Status.CONFIRMED],
        "pending": [s for s in shown if s.subscription.status == Subscription.Status.PENDING],
        "left": [s for s in shown if s.subscription.status == Subscription.Status.LEFT],
        "can_undo_all": sum(s.can_undo for s in shown) > 1,
        "paused": person.paused_until is not None and person.paused_until > now,
        "done": done,
    }
    return render(request, "subscribers/preferences.html", context, status=status)


def _shown(subscription: Subscription, form: PreferencesForm) -> Shown:
    pk = subscription.mailing_list_id
    if form.is_bound:
        ticked = set(form.topics_typed(pk))
        some = form.data.get(f"which-{pk}") == SOME
    else:
        ticked = {topic.slug for topic in subscription.topic_list()}
        some = bool(ticked)
    errors = form.errors.get(f"topics-{pk}")
    return Shown(
        subscription=subscription,
        can_undo=deciding.can_undo(subscription),
        some=some,
        topics=[Choice(t.slug, t.name, t.slug in ticked) for t in subscription.mailing_list.topics.all()],
        error=str(errors[0]) if errors else "",
    )


@public_form
def lost_link(request: HttpRequest) -> HttpResponse:
    """Type an address, get the link by mail. The answer is the same for every address."""
    if request.method != "POST":
        return render(request, "subscribers/lost_link.html", {"form": AddressForm(), "email": ""})
    form = AddressForm(request.POST)
    typed = request.POST.get("email", "")
    if not form.is_valid():
        return render(request, "subscribers/lost_link.html", {"form": form, "email": typed}, status=422)
    try:
        throttling.check_signup(request, form.cleaned_data["email"])
    except throttling.TooFast as limit:
        return too_fast(request, limit, action=request.path, fields=[("email", typed)])
    deciding.ask_for_link(form.cleaned_data["email"])
    return render(request, "subscribers/link_on_its_way.html", {"email": form.cleaned_data["email"]})
