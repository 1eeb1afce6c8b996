"""What we hold about a reader, as a file, and its erasure: both behind the link to the email preferences."""

from __future__ import annotations

import json

from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from subscribers import links, personal_data
from subscribers.erasure import erase
from subscribers.former_people import find_subscriber
from subscribers.models import Subscriber
from subscribers.tokens import BadToken, Purpose, read
from subscribers.views.decorators import in_language_asked, private_page
from subscribers.views.email_preferences import language_of_reader
from subscribers.views.error_pages import broken_link

FILE_NAME = "my-data.json"
BY_THE_READER = "requested by the reader on the preferences page"


def _reader(token: str) -> Subscriber | None:
    """Raises `BadToken` or `ValueError`; None for somebody who was erased."""
    (number,) = read(Purpose.PREFERENCES, token)
    return find_subscriber(number)


@private_page(language_of_reader)
def download(request: HttpRequest, token: str) -> HttpResponse:
    try:
        person = _reader(token)
    except (BadToken, ValueError):
        return broken_link(request)
    if person is None:
        return render(request, "subscribers/unsubscribed.html", {"mailing_list": None})
    text = json.dumps(personal_data.collect(person), cls=DjangoJSONEncoder, ensure_ascii=False, indent=2)
    response = HttpResponse(text + "\n", content_type="application/json; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{FILE_NAME}"'
    return response


@private_page(language_of_reader)
def erase_me(request: HttpRequest, token: str) -> HttpResponse:
    """GET says what will be gone and shows one button; POST erases."""
    try:
        person = _reader(token)
    except (BadToken, ValueError):
        return broken_link(request)
    if person is None:
        return render(request, "subscribers/erased.html")
    if request.method == "POST" and request.POST.get("action") == "erase":
        erase(person, note=BY_THE_READER, by="")
        return render(request, "subscribers/erased.html")
    back = in_language_asked(request, links.preferences_url(person.pk))
    return render(request, "subscribers/erase_me.html", {"person": person, "preferences_url": back})
