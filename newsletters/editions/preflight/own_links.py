"""Does an address of our own lead to a page that readers may see? Asked of the database, not of the network: the site
may stand where this machine cannot reach it by its public name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.core.files.storage import default_storage
from django.db.models import Q
from django.urls import Resolver404, resolve
from django.utils import translation

from newsletters.models import Article, Author, Edition, Page
from subscribers.models import Topic

_PAGES: dict[str, Callable[[dict[str, Any]], bool]] = {
    "site:article": lambda named: (
        Article.objects.published().filter(Q(slug=named["slug"]) | Q(former_addresses__slug=named["slug"])).exists()
    ),
    "site:topic": lambda named: Topic.objects.filter(slug=named["slug"]).exists(),
    "site:author": lambda named: Author.objects.filter(slug=named["slug"]).exists(),
    "site:edition": lambda named: Edition.objects.readable().filter(slug=named["slug"]).exists(),
    "site:page": lambda named: (
        Page.objects.published().filter(Q(slug=named["slug"]) | Q(former_addresses__slug=named["slug"])).exists()
    ),
    "site:picture": lambda named: default_storage.exists("pictures/{folder}/{name}.{extension}".format(**named)),
}


def leads_somewhere(address: str) -> bool:
    path = unquote(urlsplit(address).path) or "/"
    try:
        # Each language has addresses of its own, and only those of the present one resolve.
        with translation.override(translation.get_language_from_path(path) or settings.LANGUAGE_CODE):
            match = resolve(path)
    except Resolver404:
        return False
    there = _PAGES.get(match.view_name)
    return there is None or there(match.kwargs)
