"""What we hold about a reader, as a file, and its erasure: behind links that were mailed for it."""

from __future__ import annotations

import json

from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from subscribers import links, personal_data
from subscribers.erasure import erase
from subscribers.own_reading import delete_reading, find_reading
from subscribers.preferences import data_links
from subscribers.tokens import BadToken
from subscribers.views.decorators import in_language_asked, private_page
from subscribers.views.error_pages import broken_link

EXPIRED = "subscribers/own_data_expired.html"
FILE_NAME = "my-data.json"
BY_THE_READER = "requested by the reader on the preferences page"


def _language(token: str) -> str:
    try:
        person = data_links.reader_of(token)
    except ValueError:
        return ""
    return person.language if person else ""


@private_page(_language)
def download(request: HttpRequest, token: str) -> HttpResponse:
    try:
        person = data_links.reader_of(token)
    except BadToken:
        return broken_link(request)
    except data_links.LinkExpired:
        return render(request, EXPIRED, status=410)
    if person is None:
        return render(request, "subscribers/unsubscribed.html", {"mailing_list": None})
    text = json.dumps(personal_data.collect(person), cls=DjangoJSONEncoder, ensure_ascii=False, indent=2)
    response = HttpResponse(text + "\n", content_type="application/json; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{FILE_NAME}"'
    return response


@private_page(_language)
def show_reading(request: HttpRequest, token: str) -> HttpResponse:
    """GET shows what is recorded of their reading; POST deletes it."""
    try:
        person = data_links.reader_of(token)
    except BadToken:
        return broken_link(request)
    except data_links.LinkExpired:
        return render(request, EXPIRED, status=410)
    if person is None:
        return render(request, "subscribers/unsubscribed.html", {"mailing_list": None})
    deleted = request.method == "POST" and request.POST.get("action") == "delete"
    if deleted:
        delete_reading(person)
    context = {
        "reading": find_reading(person),
        "deleted": deleted,
        "preferences_url": in_language_asked(request, links.preferences_url(person.pk, timezone.now())),
    }
    return render(request, "subscribers/own_reading.html", context)


@private_page(_language)
def erase_me(request: HttpRequest, token: str) -> HttpResponse:
    """GET says what will be gone and shows one button; POST erases."""
    try:
        person = data_links.reader_of(token)
    except BadToken:
        return broken_link(request)
    except data_links.LinkExpired:
        return render(request, EXPIRED, status=410)
    if person is None:
        return render(request, "subscribers/erased.html")
    if request.method == "POST" and request.POST.get("action") == "erase":
        erase(person, note=BY_THE_READER, by="")
        return render(request, "subscribers/erased.html")
    back = in_language_asked(request, links.preferences_url(person.pk, timezone.now()))
    return render(request, "subscribers/erase_me.html", {"person": person, "preferences_url": back})
