"""The email preferences page behind the link of a mail: name, language, topics, pause, unsubscribe, undo.

One form with several buttons: the button says what to do. A GET changes nothing, and every POST may come twice.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import activate, gettext

from lib.query_numbers import read_number
from subscribers import languages
from subscribers.models import Subscriber, Subscription
from subscribers.preferences import changes, unsubscribing
from subscribers.preferences.forms import SOME, PreferencesForm
from subscribers.tokens import BadToken, Purpose, read
from subscribers.views.decorators import private_page
from subscribers.views.error_pages import broken_link
from subscribers.visitors import visit_of


@dataclass(frozen=True)
class TopicChoice:
    """One topic of a list as the page shows it."""

    slug: str
    name: str
    ticked: bool


@dataclass(frozen=True)
class SubscriptionRow:
    """One subscription as the page shows it."""

    subscription: Subscription
    can_undo: bool
    some: bool
    topics: list[TopicChoice]
    error: str


def _language(token: str) -> str:
    try:
        (subscriber_id,) = read(Purpose.PREFERENCES, token)
    except (BadToken, ValueError):
        return ""
    return Subscriber.objects.filter(pk=subscriber_id).values_list("language", flat=True).first() or ""


@private_page(_language)
def email_preferences(request: HttpRequest, token: str) -> HttpResponse:
    try:
        (subscriber_id,) = read(Purpose.PREFERENCES, token)
    except (BadToken, ValueError):
        return broken_link(request)
    person = Subscriber.objects.filter(pk=subscriber_id).first()
    if person is None:
        return render(request, "subscribers/unsubscribed.html", {"mailing_list": None})
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
    """One form, several buttons; what a button says is the action and, behind a hyphen, the list it is for."""
    action, _, which = request.POST.get("action", "save").partition("-")
    visit = visit_of(request)
    list_id = read_number(which)
    done = ""
    if action == "unsubscribe" and which == "all":
        ended = unsubscribing.unsubscribe(person.pk, None, visit=visit)
        done = gettext("You have left everything.") if ended else gettext("You had already left everything.")
    elif action == "unsubscribe" and list_id is not None:
        ended = unsubscribing.unsubscribe(person.pk, list_id, visit=visit)
        done = gettext("You have left %s.") % ended[0].mailing_list.name if ended else gettext("You had already left.")
    elif action == "undo" and which == "all":
        ids = [subscription.mailing_list_id for subscription in _subscriptions(person)]
        if unsubscribing.resubscribe(person.pk, ids, visit=visit):
            done = gettext("You are back, with everything as it was.")
    elif action == "undo" and list_id is not None:
        if restored := unsubscribing.resubscribe(person.pk, [list_id], visit=visit):
            done = gettext("You are back on %s.") % restored[0].mailing_list.name
    elif action == "pause":
        changes.pause(person.pk, visit=visit)
        done = gettext("Your newsletters are paused for 30 days.")
    elif action == "resume":
        changes.resume(person.pk, visit=visit)
        done = gettext("Your newsletters come again from now on.")
    else:
        return _save(request, person)
    person.refresh_from_db()
    return _page(request, person, PreferencesForm(subscriptions=_subscriptions(person)), done=done)


def _save(request: HttpRequest, person: Subscriber) -> HttpResponse:
    form = PreferencesForm(request.POST, subscriptions=_subscriptions(person))
    if not form.is_valid():
        return _page(request, person, form, status=422)
    changes.update_preferences(
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
    rows = [_row(subscription, form) for subscription in _subscriptions(person)]
    now = timezone.now()
    context = {
        "person": person,
        "name": form.data.get("name", "") if form.is_bound else person.name,
        "language": form.data.get("language", "") if form.is_bound else languages.language_of(person.language),
        "choices": languages.offered(),
        "form": form,
        "confirmed": [s for s in rows if s.subscription.status == Subscription.Status.CONFIRMED],
        "pending": [s for s in rows if s.subscription.status == Subscription.Status.PENDING],
        "unsubscribed": [s for s in rows if s.subscription.status == Subscription.Status.LEFT],
        "can_undo_all": sum(s.can_undo for s in rows) > 1,
        "paused": person.paused_until is not None and person.paused_until > now,
        "done": done,
    }
    return render(request, "subscribers/email_preferences.html", context, status=status)


def _row(subscription: Subscription, form: PreferencesForm) -> SubscriptionRow:
    pk = subscription.mailing_list_id
    if form.is_bound:
        ticked = set(form.topics_typed(pk))
        some = form.data.get(f"which-{pk}") == SOME
    else:
        ticked = {topic.slug for topic in subscription.topic_list()}
        some = bool(ticked)
    errors = form.errors.get(f"topics-{pk}")
    return SubscriptionRow(
        subscription=subscription,
        can_undo=unsubscribing.can_resubscribe(subscription),
        some=some,
        topics=[TopicChoice(t.slug, t.name, t.slug in ticked) for t in subscription.mailing_list.topics.all()],
        error=str(errors[0]) if errors else "",
    )
