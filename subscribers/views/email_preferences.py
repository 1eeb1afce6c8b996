"""The email preferences page behind the link of a mail: name, language, topics, pause, address, unsubscribe, undo.

One form with several buttons: the button says what to do. A GET changes nothing, and every POST may come twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import activate, gettext

from lib.addresses import readable
from lib.query_numbers import read_number
from subscribers import languages, sample_editions
from subscribers.institute import institute_zone
from subscribers.models import Frequency, Subscriber, Subscription
from subscribers.preferences import addresses, changes, data_links, unsubscribing
from subscribers.preferences.forms import HOW_OFTEN, SOME, PreferencesForm
from subscribers.preferences.leaving import REASONS, may_be_weekly, reason_from
from subscribers.preferences.links import find_reader
from subscribers.preferences.own_attributes import own_attributes, shown_attributes
from subscribers.preferences.zones import zones_by_continent
from subscribers.sample_editions import SampleEdition
from subscribers.signup.forms import AddressForm
from subscribers.tokens import BadToken
from subscribers.views.decorators import private_page
from subscribers.views.error_pages import broken_link
from subscribers.visitors import Visit, visit_of

_PAUSES = {str(days): days for days in changes.PAUSES}


@dataclass(frozen=True)
class TopicChoice:
    """One topic of a list as the page shows it."""

    slug: str
    name: str
    description: str
    ticked: bool


@dataclass(frozen=True)
class SubscriptionRow:
    """One subscription as the page shows it."""

    subscription: Subscription
    can_undo: bool
    some: bool
    topics: list[TopicChoice]
    error: str
    frequency: str
    may_be_weekly: bool

    @property
    def leaving_form(self) -> str:
        """The id of the form that leaves this list."""
        return f"leave-{self.subscription.mailing_list_id}"

    @property
    def reason_field(self) -> str:
        """The name under which the reason for leaving this list is posted."""
        return f"reason-{self.subscription.mailing_list_id}"


def language_of_reader(token: str) -> str:
    try:
        reader = find_reader(token)
    except BadToken:
        return ""
    return reader.person.language if reader else ""


@private_page(language_of_reader)
def email_preferences(request: HttpRequest, token: str) -> HttpResponse:
    try:
        reader = find_reader(token)
    except BadToken:
        return broken_link(request)
    if reader is None:
        return render(request, "subscribers/unsubscribed.html", {"mailing_list": None})
    if not reader.opens:
        return earlier_address(request, reader.person)
    if request.method == "POST":
        return _act(request, reader.person)
    return _page(request, reader.person, _form(reader.person))


def earlier_address(request: HttpRequest, person: Subscriber) -> HttpResponse:
    """The link was mailed to an address that they had before: it shows nothing, and its button mails a new one to the
    present address. The answer is the same whether that has room for one more mail or not."""
    sent = request.method == "POST" and request.POST.get("action") == "send-link"
    if sent:
        changes.request_link_of(person.pk)
    return render(request, "subscribers/earlier_address.html", {"sent": sent}, status=200 if sent else 410)


def _subscriptions(person: Subscriber) -> list[Subscription]:
    return list(
        person.subscriptions.select_related("mailing_list", "selection")
        .prefetch_related("mailing_list__topics", "selection__topics")
        .order_by("mailing_list__position", "mailing_list__name")
    )


def _form(person: Subscriber, posted: QueryDict | None = None) -> PreferencesForm:
    return PreferencesForm(posted, subscriptions=_subscriptions(person), attributes=shown_attributes())


def _act(request: HttpRequest, person: Subscriber) -> HttpResponse:
    """One form, several buttons: a button says the action and, behind a hyphen, the list it is for, or “all”."""
    action, _, which = request.POST.get("action", "save").partition("-")
    visit = visit_of(request)
    list_id = read_number(which)
    match action:
        case "unsubscribe" if which == "all" or list_id is not None:
            done = _unsubscribe(person, list_id, visit, reason_from(request.POST.get(f"reason-{which}", "")))
        case "weekly" if list_id is not None:
            done = _get_weekly(person, list_id, visit)
        case "undo" if which == "all" or list_id is not None:
            done = _resubscribe(person, list_id, visit)
        case "pause" if (which or "30") in _PAUSES:
            changes.pause(person.pk, days=_PAUSES[which or "30"], visit=visit)
            done = gettext("Your newsletters are paused for %d days.") % _PAUSES[which or "30"]
        case "resume":
            changes.resume(person.pk, visit=visit)
            done = gettext("Your newsletters have resumed.")
        case "address":
            return _change_address(request, person)
        case "keep":
            addresses.cancel_change(person.pk, visit=visit)
            done = gettext("We’ll go on using %s.") % person.readable_email
        case "data":
            done = _request_data(person)
        case _:
            return _save(request, person)
    person.refresh_from_db()
    return _page(request, person, _form(person), done=done)


def _change_address(request: HttpRequest, person: Subscriber) -> HttpResponse:
    form = AddressForm(request.POST)
    unchanged = _form(person)
    if form.is_valid():
        try:
            change = addresses.request_change(person.pk, form.cleaned_data["email"], visit=visit_of(request))
        except addresses.ChangeRefused as refused:
            form.add_error("email", _refusal(refused.why))
        else:
            words = {"new": readable(change.email), "old": person.readable_email}
            done = gettext("We’ve sent a link to %(new)s. Until you use it, your emails go to %(old)s.") % words
            return _page(request, person, unchanged, done=done)
    return _page(request, person, unchanged, address_form=form, status=422)


def _request_data(person: Subscriber) -> str:
    try:
        data_links.request_links(person.pk)
    except addresses.ChangeRefused as refused:
        return _refusal(refused.why)
    return gettext("We’ve sent links to %s. They work for 24 hours.") % person.readable_email


def _refusal(why: addresses.AddressRefusal) -> str:
    match why:
        case addresses.AddressRefusal.SAME_ADDRESS:
            return gettext("Your emails already go to this address.")
        case addresses.AddressRefusal.TOO_MANY:
            return gettext("You’ve asked for several links today. Use the newest one, or try again tomorrow.")
        case addresses.AddressRefusal.HELD:
            return gettext("We don’t send email to you at the moment. Contact us to change this.")


def _get_weekly(person: Subscriber, list_id: int, visit: Visit) -> str:
    """Returns the sentence that says so; nothing is said to somebody who unsubscribed meanwhile."""
    changed = changes.set_frequency(person.pk, list_id, Frequency.WEEKLY, visit=visit)
    if changed is None:
        return ""
    words = gettext("%(list)s comes in one email on Monday morning, when there’s something new.")
    return words % {"list": changed.name}


def _unsubscribe(person: Subscriber, list_id: int | None, visit: Visit, leaving_reason: str) -> str:
    """From one list, or with None from all; returns the sentence that says so."""
    ended = unsubscribing.unsubscribe(person.pk, list_id, visit=visit, leaving_reason=leaving_reason)
    if list_id is None:
        if not ended:
            return gettext("You were already unsubscribed from all newsletters.")
        return gettext("You’re unsubscribed from all newsletters.")
    if not ended:
        return gettext("You were already unsubscribed.")
    return gettext("You’re unsubscribed from %s.") % ended[0].mailing_list.name


def _resubscribe(person: Subscriber, list_id: int | None, visit: Visit) -> str:
    """Undo it for one list, or with None for all; returns the sentence that says so, empty when it is too late."""
    every_list = [subscription.mailing_list_id for subscription in _subscriptions(person)]
    restored = unsubscribing.resubscribe(person.pk, every_list if list_id is None else [list_id], visit=visit)
    if not restored:
        return ""
    if list_id is None:
        return gettext("You’re subscribed again, with the same topics as before.")
    return gettext("You’re subscribed to %s again.") % restored[0].mailing_list.name


def _save(request: HttpRequest, person: Subscriber) -> HttpResponse:
    form = _form(person, request.POST)
    if not form.is_valid():
        return _page(request, person, form, status=422)
    changes.update_preferences(
        person.pk,
        name=form.cleaned_data["name"],
        topics=form.chosen(),
        language=form.cleaned_data["language"],
        time_zone=form.cleaned_data["time_zone"] if "time_zone" in request.POST else None,
        visit=visit_of(request),
    )
    if form.values:
        changes.set_attributes(person.pk, form.values, visit=visit_of(request))
    for list_id, frequency in form.frequencies().items():
        changes.set_frequency(person.pk, list_id, frequency, visit=visit_of(request))
    before = languages.language_of(person.language)
    person.refresh_from_db()
    if languages.language_of(person.language) != before:
        activate(person.language)  # the answer speaks it already; private_page restores what was
    saved = _form(person)
    return _page(request, person, saved, done=gettext("Your preferences have been saved."))


def _page(
    request: HttpRequest,
    person: Subscriber,
    form: PreferencesForm,
    *,
    address_form: AddressForm | None = None,
    done: str = "",
    status: int = 200,
) -> HttpResponse:
    rows = [_row(subscription, form) for subscription in _subscriptions(person)]
    time_zone = form.data.get("time_zone", "") if form.is_bound else person.time_zone
    now = timezone.now()
    # After the last newsletter is left there is nothing that would start again.
    gets_any = any(s.subscription.status != Subscription.Status.UNSUBSCRIBED for s in rows)
    context = {
        "person": person,
        "name": form.data.get("name", "") if form.is_bound else person.name,
        "language": form.data.get("language", "") if form.is_bound else languages.language_of(person.language),
        "choices": languages.offered(),
        "form": form,
        "confirmed": [s for s in rows if s.subscription.status == Subscription.Status.CONFIRMED],
        "pending": [s for s in rows if s.subscription.status == Subscription.Status.PENDING],
        "held": [s for s in rows if s.subscription.status == Subscription.Status.HELD],
        "unsubscribed": [s for s in rows if s.subscription.status == Subscription.Status.UNSUBSCRIBED],
        "can_undo_all": sum(s.can_undo for s in rows) > 1,
        "paused": gets_any and person.paused_until is not None and person.paused_until > now,
        "attributes": own_attributes(
            person, form.attributes, request.POST if form.is_bound else {}, form.wrong_attributes
        ),
        "how_often": HOW_OFTEN,
        "reasons": REASONS,
        "time_zone": time_zone,
        "zones": zones_by_continent(time_zone),
        "institute_zone": str(institute_zone()),
        "pauses": changes.PAUSES,
        "change": addresses.pending_change(person),
        "may_change_address": addresses.may_change(person),
        "address_form": address_form or AddressForm(),
        "typed_address": request.POST.get("email", "") if address_form else "",
        "done": done,
        "sample": _newest(rows),
    }
    return render(request, "subscribers/email_preferences.html", context, status=status)


def _newest(rows: Sequence[SubscriptionRow]) -> SampleEdition | None:
    """The newest edition of the first list that has one: of those that they get, or might get again."""
    lists = [row.subscription.mailing_list for row in rows]
    found = sample_editions.find_samples(lists)
    return next((found[each.pk] for each in lists if each.pk in found), None)


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
        topics=[
            TopicChoice(t.slug, t.name, t.description, t.slug in ticked) for t in subscription.mailing_list.topics.all()
        ],
        error=str(errors[0]) if errors else "",
        frequency=form.data.get(f"frequency-{pk}", "") if form.is_bound else subscription.frequency,
        may_be_weekly=may_be_weekly(subscription),
    )
