"""In which time zone a page says a day and a time: for those who work here in their own, for everybody else in the
institute's. What a form reads is read in the same zone as it was shown in.

Newsletters keep a zone of their own for their schedules, and say so where it matters.
"""

from __future__ import annotations

from collections.abc import Callable

from django.contrib.auth.models import User
from django.core.exceptions import ObjectDoesNotExist
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from iria.languages import ENGLISH
from iria.models import StaffProfile
from lib.dates import zone_named
from newsletters.site.context import institute_of

# Pictures say no time, and many are asked for; the inbox works without the database.
_IN_UTC = ("/media/", "/inbox/")


class ZoneMiddleware:
    """Stands below the one that knows who is signed in."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info.startswith(_IN_UTC):
            return self.get_response(request)
        with timezone.override(zone_named(zone_of(request))):
            return self.get_response(request)


def zone_of(request: HttpRequest) -> str:
    """A public page is the same for everybody, so who is signed in is only asked on the staff's pages."""
    own = own_zone(request.user) if request.path_info.startswith(ENGLISH) else ""
    return own or institute_of(request).zone


def own_zone(user: object) -> str:
    """Empty where somebody chose none, or nobody is signed in."""
    if not isinstance(user, User):
        return ""
    try:
        profile: StaffProfile = user.profile
    except ObjectDoesNotExist:
        return ""
    return profile.zone
