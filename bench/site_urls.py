"""Iria's addresses, and one that answers nothing: what Django and the door cost for any answer."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, URLResolver, path

from iria.urls import handler400, handler404, handler500
from iria.urls import urlpatterns as own

__all__ = ["handler400", "handler404", "handler500", "urlpatterns"]


def empty(request: HttpRequest) -> HttpResponse:
    return HttpResponse(b"")


urlpatterns: list[URLPattern | URLResolver] = [path("bench/empty/", empty), *own]
