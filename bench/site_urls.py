"""Iria's addresses, and two more: one that answers nothing, which is what Django and the door cost for any answer; and
a click as most programs count it, by a row of its own."""

from __future__ import annotations

from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, path
from django.utils import timezone

from iria.urls import handler400, handler404, handler500
from iria.urls import urlpatterns as own
from newsletters.models import CountedLink
from subscribers import tokens
from subscribers.tokens import Purpose

__all__ = ["handler400", "handler404", "handler500", "urlpatterns"]


def empty(request: HttpRequest) -> HttpResponse:
    return HttpResponse(b"")


def naive(request: HttpRequest, token: str, number: int) -> HttpResponse:
    (edition,) = tokens.read(Purpose.CLICK, token)
    link = CountedLink.objects.get(edition=edition, number=number)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO bench_click (edition, number, agent, at) VALUES (%s, %s, %s, %s)",
            [edition, number, request.headers.get("User-Agent", ""), timezone.now().isoformat()],
        )
    return HttpResponse(status=302, headers={"Location": link.url})


urlpatterns: list[URLPattern | URLResolver] = [
    path("bench/empty/", empty),
    path("bench/naive/<str:token>/<int:number>/", naive),
    *own,
]
