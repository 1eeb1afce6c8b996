"""Who else has a page of the admin open: each page says every ten seconds that it is still there.

Kept in the cache for half a minute, so a closed laptop is soon forgotten. A key a person, and one that lists them: of
two who come at the same moment one may be listed ten seconds later. It is a courtesy and guards nothing: that
nobody overwrites anybody is the work of the revision that every save names.
"""

from __future__ import annotations

from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lib.optional_cache import get_cached, get_many_cached, put_cached
from newsletters.admin.acting_user import acting_name

REMEMBERED = 30  # seconds


def _key(page: str, user_id: int) -> str:
    return f"{page}-{user_id}"


def remember(request: HttpRequest, page: str) -> None:
    """The visitor has the page open; `page` names it, as in “composing-7”."""
    user_id = request.user.pk or 0
    put_cached(_key(page, user_id), acting_name(request), REMEMBERED)
    # Those who left are dropped from the list, so that it never grows beyond who is there.
    listed = get_cached(page) or ()
    here = get_many_cached([_key(page, other) for other in listed])
    listed = [other for other in listed if _key(page, other) in here]
    put_cached(page, sorted({*listed, user_id}), REMEMBERED)


def others(request: HttpRequest, page: str) -> list[str]:
    """The names of those who have the page open, without the visitor."""
    listed = get_cached(page) or ()
    found = get_many_cached([_key(page, user_id) for user_id in listed if user_id != (request.user.pk or 0)])
    return sorted(set(found.values()))


def in_words(names: list[str]) -> str:
    if not names:
        return ""
    return ngettext("%(names)s is editing this too.", "%(names)s are editing this too.", len(names)) % {
        "names": _(" and ").join(filter(None, [", ".join(names[:-1]), names[-1]])),
    }


def newer_in_words(saved_by: str) -> str:
    return _("%(who)s saved a newer version.") % {"who": saved_by or _("Somebody")}
