"""Who else has a form open, and whether they saved something newer."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, JsonResponse

from newsletters.admin import presence
from newsletters.articles import revisions
from newsletters.articles.revisions import Written


def _page(written: Written) -> str:
    return f"{written._meta.model_name}-{written.pk}"


def others_in_words(request: HttpRequest, written: Written) -> str:
    return presence.in_words(presence.others(request, _page(written)))


def ping(model_admin: Any, request: HttpRequest, pk: int) -> JsonResponse:
    """I have the page open. Answers who else has, and the newest version; and whether the page that I left while it was
    being saved (`previous`) saved that version, which is then no second editor's."""
    written = model_admin.get_object(request, str(pk))
    if not model_admin.has_change_permission(request, written):
        raise PermissionDenied
    if written is None:
        return JsonResponse({"others": "", "revision": 0, "gone": True, "newer": str(model_admin.deleted_in_words)})
    presence.remember(request, _page(written))
    last = revisions.newest(written)
    return JsonResponse(
        {
            "others": others_in_words(request, written),
            "revision": last.number if last else 0,
            "own": bool(last and last.window and last.window == request.POST.get("previous")),
            "newer": presence.newer_in_words(last.saved_by) if last else "",
        }
    )
