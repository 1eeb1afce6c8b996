"""Who else has the draft open: each page says every ten seconds that it is still there.

Kept in the cache for half a minute, so a closed laptop is soon forgotten. It is a courtesy and guards nothing: that
nobody overwrites anybody is the work of the revision that every save names.
"""

from __future__ import annotations

from django.contrib.auth.models import User
from django.http import HttpRequest, JsonResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lib.optional_cache import get_many_cached, put_cached
from newsletters.admin.acting_user import acting_name
from newsletters.models import Edition

REMEMBERED = 30  # seconds
PINGED = 10


def _key(edition: Edition, user_id: int) -> str:
    return f"composing-{edition.pk}-{user_id}"


def ping(request: HttpRequest, edition: Edition) -> JsonResponse:
    """I am here. Answers who else is, and the revision that is saved now."""
    if edition.status != Edition.Status.DRAFT:
        newer = _("This edition is “%(status)s” now.") % {"status": edition.get_status_display()}
        return JsonResponse({"others": "", "revision": edition.revision, "gone": True, "newer": newer})
    put_cached(_key(edition, request.user.pk or 0), acting_name(request), REMEMBERED)
    last = edition.revisions.first()
    return JsonResponse(
        {
            "others": in_words(others(request, edition)),
            "revision": edition.revision,
            "newer": _("%(who)s saved a newer version.") % {"who": last.saved_by or _("Somebody")} if last else "",
        }
    )


def others(request: HttpRequest, edition: Edition) -> list[str]:
    """The names of those who have the page open, without the visitor."""
    staff = User.objects.filter(is_staff=True, is_active=True).exclude(pk=request.user.pk or 0)
    found = get_many_cached([_key(edition, user_id) for user_id in staff.values_list("pk", flat=True)])
    return sorted(set(found.values()))


def in_words(names: list[str]) -> str:
    if not names:
        return ""
    return ngettext("%(names)s is editing this too.", "%(names)s are editing this too.", len(names)) % {
        "names": _(" and ").join(filter(None, [", ".join(names[:-1]), names[-1]])),
    }
