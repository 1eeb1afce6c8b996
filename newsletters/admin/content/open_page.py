"""What an open page of an article was made from, and whether it still is the newest."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from django.utils.translation import gettext as _

from lib.query_numbers import read_number
from newsletters.articles import revisions
from newsletters.models import Article


def seen_by(data: Any) -> revisions.Seen:
    """What the page that sent this was made from."""
    return revisions.Seen(
        read_number(data.get("opened_revision")) or 0,
        read_number(data.get("opened_version")),
        str(data.get("window", ""))[:40],
    )


def must_be_newest(article: Article, data: Any) -> None:
    """Within a transaction, for the page that sent this. Raises `NewerVersion`, or `Http404` when it was deleted."""
    try:
        revisions.must_be_newest(article, seen_by(data))
    except Article.DoesNotExist:
        raise Http404(_("This article doesn't exist.")) from None
