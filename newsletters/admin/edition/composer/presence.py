"""Who else has the draft open: each page says every ten seconds that it is still there.

Kept in the cache for half a minute, so a closed laptop is soon forgotten. A key a person, and one that lists them: of
two who come at the same moment one may be listed ten seconds later. It is a courtesy and guards nothing: that
nobody overwrites anybody is the work of the revision that every save names.
"""

from __future__ import annotations

from django.http import HttpRequest, JsonResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lib.optional_cache import get_cached, get_many_cached, put_cached
from newsletters.admin.acting_user import acting_name
from newsletters.admin.edition.edition_page import EditionPage
from newsletters.models import Edition

REMEMBERED = 30  # seconds
PINGED = 10


def _key(edition: Edition, user_id: int) -> str:
    return f"composing-{edition.pk}-{user_id}"


def _list_key(edition: Edition) -> str:
    return f"composing-{edition.pk}"


def ping(request: HttpRequest, page: EditionPage) -> JsonResponse:
    """I am here. Answers who else is, and the revision that is saved now."""
    edition = page.edition
    if edition.status != Edition.Status.DRAFT:
        newer = _("This edition is now “%(status)s”.") % {"status": edition.get_status_display()}
        return JsonResponse({"others": "", "revision": edition.revision, "gone": True, "newer": newer})
    _remember(request, edition)
    last = edition.revisions.first()
    return JsonResponse(
        {
            "others": in_words(others(request, edition)),
            "revision": edition.revision,
            "newer": _("%(who)s saved a newer version.") % {"who": last.saved_by or _("Somebody")} if last else "",
        }
    )


def _remember(request: HttpRequest, edition: Edition) -> None:
    user_id = request.user.pk or 0
    put_cached(_key(edition, user_id), acting_name(request), REMEMBERED)
    # Those who left are dropped from the list, so that it never grows beyond who is there.
    listed = get_cached(_list_key(edition)) or ()
    here = get_many_cached([_key(edition, other) for other in listed])
    listed = [other for other in listed if _key(edition, other) in here]
    put_cached(_list_key(edition), sorted({*listed, user_id}), REMEMBERED)


def others(request: HttpRequest, edition: Edition) -> list[str]:
    """The names of those who have the page open, without the visitor."""
    listed = get_cached(_list_key(edition)) or ()
    found = get_many_cached([_key(edition, user_id) for user_id in listed if user_id != (request.user.pk or 0)])
    return sorted(set(found.values()))


def in_words(names: list[str]) -> str:
    if not names:
        return ""
    return ngettext("%(names)s is editing this too.", "%(names)s are editing this too.", len(names)) % {
        "names": _(" and ").join(filter(None, [", ".join(names[:-1]), names[-1]])),
    }
