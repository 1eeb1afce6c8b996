"""The link that was mailed to a new address: one button confirms that it is the reader's."""

from __future__ import annotations

from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from lib.addresses import readable
from subscribers import links
from subscribers.preferences import addresses
from subscribers.tokens import BadToken
from subscribers.views.decorators import in_language_asked, private_page
from subscribers.views.error_pages import broken_link
from subscribers.visitors import visit_of


def _language(token: str) -> str:
    try:
        found = addresses.find_change(token)
    except (BadToken, ValueError, OverflowError, OSError):
        return ""
    return found.change.subscriber.language if found.change else ""


@private_page(_language)
def new_address(request: HttpRequest, token: str) -> HttpResponse:
    try:
        found = addresses.find_change(token)
    except (BadToken, ValueError, OverflowError, OSError):  # a moment beyond what a date can say
        return broken_link(request)
    if found.change is None:
        return render(request, "subscribers/new_address_expired.html", status=410)
    if found.is_suppressed:
        return render(request, "subscribers/suppressed.html", {"email": readable(found.change.email)})
    words = {"old": found.change.subscriber.readable_email, "new": readable(found.change.email)}
    if request.method != "POST":
        return render(request, "subscribers/new_address.html", words)
    person = addresses.confirm_change(token, visit=visit_of(request))
    if person is None:
        return render(request, "subscribers/new_address_expired.html", status=410)
    # This very second still belongs to the address before.
    preferences_url = in_language_asked(
        request, links.preferences_url(person.pk, timezone.now() + timedelta(seconds=1))
    )
    return render(request, "subscribers/new_address_confirmed.html", {**words, "preferences_url": preferences_url})
