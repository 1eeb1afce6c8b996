"""Who else has an article open, and whether they saved something newer."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, JsonResponse
from django.utils.translation import gettext as _

from newsletters.admin import presence
from newsletters.articles import revisions
from newsletters.models import Article


def _page(article: Article) -> str:
    return f"article-{article.pk}"


def others_in_words(request: HttpRequest, article: Article) -> str:
    return presence.in_words(presence.others(request, _page(article)))


def ping(model_admin: Any, request: HttpRequest, pk: int) -> JsonResponse:
    """I have the page open. Answers who else has, and the newest version; and whether the page that I left while it was
    being saved (`previous`) saved that version, which is then no second editor's."""
    article = model_admin.get_object(request, str(pk))
    if not model_admin.has_change_permission(request, article):
        raise PermissionDenied
    if article is None:
        return JsonResponse({"others": "", "revision": 0, "gone": True, "newer": _("This article was deleted.")})
    presence.remember(request, _page(article))
    last = revisions.newest(article)
    return JsonResponse(
        {
            "others": others_in_words(request, article),
            "revision": last.number if last else 0,
            "own": bool(last and last.window and last.window == request.POST.get("previous")),
            "newer": presence.newer_in_words(last.saved_by) if last else "",
        }
    )
