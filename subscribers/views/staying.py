"""The page behind “Keep my subscription” in an email. Opening it changes nothing, since programs open every link; its
button does. Its link holds the token of the same email's link to unsubscribe."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render

from subscribers import links
from subscribers.former_people import find_subscriber
from subscribers.models import Subscription
from subscribers.preferences import staying
from subscribers.preferences.links import address_for
from subscribers.tokens import BadToken
from subscribers.views.decorators import in_language_asked, private_page
from subscribers.views.error_pages import broken_link
from subscribers.views.unsubscribe import language_of_link, preferences_of, read_link
from subscribers.visitors import visit_of


@private_page(language_of_link)
def stay(request: HttpRequest, token: str) -> HttpResponse:
    try:
        link = read_link(token)
    except BadToken:
        return broken_link(request)
    if not link.number:  # of a preview or a test mail
        return render(request, "subscribers/stay.html", {"is_test": True})
    person = find_subscriber(link.number)
    rows = Subscription.objects.filter(mailing_list=link.list_id, status=Subscription.Status.CONFIRMED)
    subscription = rows.select_related("mailing_list").filter(subscriber=person).first() if person else None
    if person is None or subscription is None:  # that page says how it stands, and holds the way back
        return HttpResponseRedirect(in_language_asked(request, links.unsubscribe_link(token)))
    context = {
        "mailing_list": subscription.mailing_list,
        "email": address_for(person, link.number, link.written_at),
        "preferences_url": preferences_of(request, link),
    }
    if request.method == "POST":
        staying.stay(person.pk, link.list_id, edition_id=link.edition_id, visit=visit_of(request))
        return render(request, "subscribers/resubscribed.html", context)
    return render(request, "subscribers/stay.html", context)
