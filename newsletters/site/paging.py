"""Long lists, a page at a time: `?page=2`. What is no page of the list is not found."""

from __future__ import annotations

from typing import Any

from django.core.paginator import EmptyPage, Page, PageNotAnInteger, Paginator
from django.http import Http404, HttpRequest


def page_of(request: HttpRequest, rows: Any, a_page: int) -> Page[Any]:
    try:
        return Paginator(rows, a_page).page(request.GET.get("page", 1))
    except (PageNotAnInteger, EmptyPage):
        raise Http404("There is no such page of this list.") from None
