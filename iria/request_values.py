"""Values in an address that no page can mean: NUL, which PostgreSQL's text does not know, numbers beyond any id, and
the name of a field where there is none.

They are refused with 400 and a page, here and for every page, before one of them reaches a database: there they would
be errors of ours. What is typed into a search may be anything: a number stays, and a NUL is taken for a space.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from django.contrib.admin.options import TO_FIELD_VAR
from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse

from lib.query_numbers import LARGEST

WORDS = {"q"}  # what somebody searches for
# As Python reads whole numbers: in any script, with a sign, and with _ between the digits.
_NUMBER = re.compile(r"\s*[+-]?[\d_]+\s*")
_LONGEST_NUMBER = len(str(LARGEST))


class RequestValuesMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "\x00" in request.path_info:
            raise BadRequest("The address has a NUL character in it.")
        if request.META.get("QUERY_STRING"):
            for name, values in request.GET.lists():
                if name not in WORDS:
                    _check(name, values)
            _mend_words(request)
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> None:
        if any(isinstance(number, int) and number > LARGEST for number in (*args, *kwargs.values())):
            raise Http404("No row has a number as large as the one in this address.")


def _mend_words(request: HttpRequest) -> None:
    broken = [name for name in WORDS if any("\x00" in value for value in request.GET.getlist(name))]
    if broken:
        mended = request.GET.copy()
        for name in broken:
            mended.setlist(name, [value.replace("\x00", " ") for value in mended.getlist(name)])
        request.GET = mended  # type: ignore[assignment]


def _check(name: str, values: list[str]) -> None:
    if any("\x00" in text for text in (name, *values)):
        raise BadRequest("A value in the address has a NUL character in it.")
    if name == TO_FIELD_VAR and "" in values:
        raise BadRequest("The address names no field.")
    if any(_is_too_large(part) for value in values if len(value) > _LONGEST_NUMBER for part in value.split(",")):
        raise BadRequest("A number in the address is larger than any that we have.")


def _is_too_large(text: str) -> bool:
    return _NUMBER.fullmatch(text) is not None and sum(map(str.isdecimal, text)) > _LONGEST_NUMBER
