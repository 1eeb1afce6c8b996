"""The addresses of the API. Whatever is asked below them is answered for a program, never with a page."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, include, path, re_path
from django.views.decorators.csrf import csrf_exempt

from lib.problem_details import problem
from newsletters.api.v1 import api

_NOTHING_HERE = "There is nothing at this address. Addresses end with a slash; /api/v1/openapi.json lists them."


def _for_programs(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """HEAD like GET; other methods refused with the ones that there are; kept by no cache."""

    @csrf_exempt  # no cookie opens anything here, and a method that isn't there is to be told so
    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method not in {"GET", "HEAD"}:
            return problem(405, "The API is read-only so far: use GET.", headers={"Allow": "GET, HEAD"})
        request.method = "GET"  # the server leaves out the body of what was asked by HEAD
        try:
            answer = view(request, *args, **kwargs)
        except Http404:
            return problem(404, _NOTHING_HERE)
        answer.headers.setdefault("Cache-Control", "no-store")
        return answer

    return answer


def _answered(pattern: URLPattern) -> URLPattern:
    pattern.callback = _for_programs(pattern.callback)
    return pattern


@csrf_exempt
def nothing_here(request: HttpRequest) -> HttpResponse:
    return problem(404, _NOTHING_HERE)


_patterns, _app_name, _namespace = api.urls  # the namespace is given where these are included
urlpatterns = [
    path("v1/", include([_answered(each) for each in _patterns if isinstance(each, URLPattern)])),
    re_path("", nothing_here),
]
