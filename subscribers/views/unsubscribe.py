"""The unsubscribe link: one button for people, RFC 8058's POST for mail programs, and an undo.

Tokens never expire and say who and which list, so that an old link reaches the present subscription. There is no
rate limit: unsubscribing must always work.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext

from subscribers import links
from subscribers.former_people import find_subscriber
from subscribers.models import ConsentRecord, Frequency, MailingList, Subscription
from subscribers.preferences import changes, unsubscribing
from subscribers.preferences.leaving import REASONS, may_be_weekly, reason_from
from subscribers.preferences.links import address_for
from subscribers.tokens import BadToken, Purpose, read
from subscribers.views.decorators import in_language_asked, private_page
from subscribers.views.error_pages import broken_link
from subscribers.visitors import visit_of


class LeavingLink(NamedTuple):
    """What the token says."""

    number: int  # of the person, who may have been merged into another since
    list_id: int
    edition_id: int = 0
    written_at: int = 0  # unix time of the mail; 0 in links of before: not known


def read_link(token: str) -> LeavingLink:
    """Raises `BadToken`."""
    numbers = read(Purpose.UNSUBSCRIBE, token)
    if len(numbers) not in (3, 4):
        raise BadToken("a link to unsubscribe names a person, a list, an edition and a time")
    return LeavingLink(*numbers)


def language_of_link(token: str) -> str:
    try:
        link = read_link(token)
    except BadToken:
        return ""
    person = find_subscriber(link.number)
    return person.language if person else ""


@private_page(language_of_link)
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    try:
        link = read_link(token)
    except BadToken:
        return broken_link(request)
    person = find_subscriber(link.number)
    subscriber_id = person.pk if person else link.number
    if request.method == "POST" and request.POST.get("List-Unsubscribe") == "One-Click":
        return _one_click(request, subscriber_id, link)
    return _by_hand(request, subscriber_id, link)


def _from_edition(link: LeavingLink) -> str:
    return f"edition {link.edition_id}" if link.edition_id else ""


def _one_click(request: HttpRequest, subscriber_id: int, link: LeavingLink) -> HttpResponse:
    unsubscribing.unsubscribe(
        subscriber_id,
        link.list_id,
        source=ConsentRecord.Source.ONE_CLICK,
        visit=visit_of(request),
        detail=_from_edition(link),
    )
    return HttpResponse(gettext("You’re unsubscribed."), content_type="text/plain; charset=utf-8")


def _by_hand(request: HttpRequest, subscriber_id: int, link: LeavingLink) -> HttpResponse:
    list_id = link.list_id
    just_unsubscribed = resubscribed = less_often = False
    visit = visit_of(request)
    if request.method == "POST" and request.POST.get("action") == "undo":
        resubscribed = bool(unsubscribing.resubscribe(subscriber_id, [list_id], visit=visit))
    elif request.method == "POST" and request.POST.get("action") == "weekly":
        changes.set_frequency(subscriber_id, list_id, Frequency.WEEKLY, visit=visit)
        less_often = True
    elif request.method == "POST":
        ended = unsubscribing.unsubscribe(
            subscriber_id,
            list_id,
            visit=visit,
            detail=_from_edition(link),
            leaving_reason=reason_from(request.POST.get("reason", "")),
        )
        just_unsubscribed = bool(ended)
    subscription = (
        Subscription.objects.filter(subscriber=subscriber_id, mailing_list=list_id)
        .select_related("subscriber", "mailing_list")
        .first()
    )
    context = {
        "mailing_list": subscription.mailing_list if subscription else MailingList.objects.filter(pk=list_id).first(),
        "email": address_for(subscription.subscriber, link.number, link.written_at) if subscription else "",
        "preferences_url": preferences_of(request, link) if subscription else "",
        "can_undo": subscription is not None and unsubscribing.can_resubscribe(subscription),
        "just_unsubscribed": just_unsubscribed,
        "reasons": REASONS,
        "may_be_weekly": subscription is not None and may_be_weekly(subscription),
    }
    if resubscribed:
        return render(request, "subscribers/resubscribed.html", context)
    if less_often and subscription is not None and subscription.frequency == Frequency.WEEKLY:
        return render(request, "subscribers/less_often.html", context)
    if just_unsubscribed or subscription is None or subscription.status == Subscription.Status.UNSUBSCRIBED:
        return render(request, "subscribers/unsubscribed.html", context)
    return render(request, "subscribers/unsubscribe.html", context)


def preferences_of(request: HttpRequest, link: LeavingLink) -> str:
    """As good as one in the mail itself: who changed their address before that was written is asked for nothing."""
    written = datetime.fromtimestamp(link.written_at, UTC) if link.written_at else None
    return in_language_asked(request, links.preferences_url(link.number, written))
