"""Who else has the draft of an edition open, and whether they saved something newer."""

from __future__ import annotations

from django.http import HttpRequest, JsonResponse
from django.utils.translation import gettext as _

from newsletters.admin import presence
from newsletters.admin.edition.edition_page import EditionPage
from newsletters.models import Edition


def page_of(edition: Edition) -> str:
    return f"composing-{edition.pk}"


def ping(request: HttpRequest, page: EditionPage) -> JsonResponse:
    """I am here. Answers who else is, and the revision that is saved now."""
    edition = page.edition
    if edition.status != Edition.Status.DRAFT:
        newer = _("This edition is now “%(status)s”.") % {"status": edition.get_status_display()}
        return JsonResponse({"others": "", "revision": edition.revision, "gone": True, "newer": newer})
    presence.remember(request, page_of(edition))
    last = edition.revisions.first()
    return JsonResponse(
        {
            "others": others_in_words(request, edition),
            "revision": edition.revision,
            "newer": presence.newer_in_words(last.saved_by) if last else "",
        }
    )


def others_in_words(request: HttpRequest, edition: Edition) -> str:
    return presence.in_words(presence.others(request, page_of(edition)))
