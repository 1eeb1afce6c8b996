"""The confirmation link. GET shows where things stand and one button; only the POST confirms, since scanners of mail
open every link."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from subscribers import links, sample_editions, throttling
from subscribers.confirmation_link import ConfirmationLink, read_confirmation_link
from subscribers.messages.writing import sender_address
from subscribers.models import Subscriber
from subscribers.preferences.links import address_for
from subscribers.signup import double_opt_in
from subscribers.signup.double_opt_in import Confirmation, ConfirmationState
from subscribers.tokens import BadToken
from subscribers.views.decorators import in_language_asked, private_page
from subscribers.views.error_pages import broken_link, too_many_requests
from subscribers.visitors import visit_of

_TEMPLATES = {
    ConfirmationState.PENDING: "subscribers/confirm.html",
    ConfirmationState.CONFIRMED: "subscribers/confirmed.html",
    ConfirmationState.ALREADY_CONFIRMED: "subscribers/already_confirmed.html",
    ConfirmationState.HELD: "subscribers/waiting_for_approval.html",
    ConfirmationState.UNSUBSCRIBED_SINCE: "subscribers/unsubscribed_since.html",
    ConfirmationState.EXPIRED: "subscribers/link_expired.html",
    ConfirmationState.SUPPRESSED: "subscribers/suppressed.html",
    ConfirmationState.ERASED: "subscribers/link_expired.html",
}
_STATUSES = {ConfirmationState.EXPIRED: 410, ConfirmationState.ERASED: 410}


def _language(token: str) -> str:
    try:
        ids = read_confirmation_link(token).subscription_ids
    except BadToken:
        return ""
    return Subscriber.objects.filter(subscriptions__in=ids).values_list("language", flat=True).first() or ""


@private_page(_language)
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    try:
        link = read_confirmation_link(token)
    except BadToken:
        return broken_link(request)
    if request.method != "POST":
        return _page(request, link, double_opt_in.find_confirmation(link))
    try:
        throttling.check_confirm(request)
    except throttling.Throttled as limit:
        fields = [("send", "again")] if request.POST.get("send") else []
        return too_many_requests(request, limit, action=request.get_full_path(), fields=fields)
    if request.POST.get("send") == "again":
        return _resend(request, link)
    found = double_opt_in.confirm(link, visit=visit_of(request))
    if found.state in (ConfirmationState.CONFIRMED, ConfirmationState.HELD) and found.subscriber is not None:
        throttling.give_back_signup(found.subscriber.email)
    return _page(request, link, found)


def _page(request: HttpRequest, link: ConfirmationLink, found: Confirmation) -> HttpResponse:
    person = found.subscriber
    lists = [subscription.mailing_list for subscription in found.subscriptions]
    sample = sample_editions.find_samples(lists[:1]).get(lists[0].pk) if lists else None
    preferences = links.preferences_url(person.pk, link.asked_at) if person else ""
    context = {
        "sample": sample,
        "sender": sample.sender if sample else sender_address(lists[0]) if lists else "",
        "state": found.state.name,
        "subscriptions": found.subscriptions,
        "email": address_for(person, person.pk, int(link.asked_at.timestamp())) if person else "",
        "until": link.valid_until,
        "preferences_url": in_language_asked(request, preferences) if person else "",
    }
    return render(request, _TEMPLATES[found.state], context, status=_STATUSES.get(found.state, 200))


def _resend(request: HttpRequest, link: ConfirmationLink) -> HttpResponse:
    found = double_opt_in.find_confirmation(link)
    if found.state is not ConfirmationState.EXPIRED or found.subscriber is None:
        return _page(request, link, found)
    outcome = double_opt_in.resend_confirmation(found.subscriber, link.subscription_ids, visit=visit_of(request))
    email = address_for(found.subscriber, found.subscriber.pk, int(link.asked_at.timestamp()))
    context = {"email": email, "limited": outcome is double_opt_in.SignupOutcome.LIMITED}
    return render(request, "subscribers/confirmation_resent.html", context)
