"""What stands before a password is hashed: how often one visitor may try to log in, and how many at the same time.

A hash takes a processor for a third of a second on purpose, so anybody could slow every page down with invented names.
Visitors from whose address nobody ever logged in share one place in a process and a few tries a minute; those from a
known address have places of their own, so that strangers never keep the staff out. django-axes then locks a name for
the address that failed with it; both ask the same function who the visitor is.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from axes.models import AccessAttempt, AccessLog
from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from subscribers.throttling import Throttled, check_visitor
from subscribers.visitors import visitor_network

KNOWN_FOR = timedelta(days=90)  # since the last log-in from an address
ATTEMPTS_KEPT = timedelta(days=1)  # longer than any lock lasts
PLACE_WITHIN = 0.2  # seconds to wait for a place; a thread that waits longer is missing elsewhere
BUSY_SECONDS = 3

_strangers = threading.BoundedSemaphore(1)
_known = threading.BoundedSemaphore(2)


class TooManyLogins(Exception):
    """No password is looked at now; `seconds` says when to try again."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"too many log-ins, try again in {seconds} s")
        self.seconds = seconds


@contextmanager
def admitted(request: HttpRequest) -> Iterator[None]:
    """A place for one log-in. Raises `TooManyLogins`."""
    known = _is_known(request)
    limits = settings.LOGIN_LIMITS_FROM_KNOWN_ADDRESSES if known else settings.LOGIN_LIMITS_PER_IP
    try:
        check_visitor("login", request, limits)
    except Throttled as limit:
        raise TooManyLogins(limit.retry_after) from None
    places = _known if known else _strangers
    if not places.acquire(timeout=PLACE_WITHIN):
        raise TooManyLogins(BUSY_SECONDS)
    try:
        yield
    finally:
        places.release()


def _is_known(request: HttpRequest) -> bool:
    """Whether somebody logged in from there lately. One look-up by an index."""
    since = timezone.now() - KNOWN_FOR
    found: bool = AccessLog.objects.filter(ip_address=visitor_network(request), attempt_time__gt=since).exists()
    return found


def too_many(request: HttpRequest, seconds: int) -> HttpResponse:
    """429, and when to try again."""
    minutes = -(-seconds // 60)
    context = {
        **admin.site.each_context(request),
        "title": _("Too many attempts to sign in"),
        "wait": ngettext("Try again in %(count)d minute.", "Try again in %(count)d minutes.", minutes)
        % {"count": minutes}
        if seconds > BUSY_SECONDS
        else _("Try again in a moment."),
    }
    answer = TemplateResponse(request, "admin/too_many_logins.html", context, status=429)
    answer["Retry-After"] = str(seconds)
    answer["Cache-Control"] = "no-store"
    return answer.render()


def locked_out(request: HttpRequest, _answer: HttpResponse | None = None, _who: object = None) -> HttpResponse:
    """AXES_LOCKOUT_CALLABLE: this visitor failed too often with that name."""
    return too_many(request, round(settings.AXES_COOLOFF_TIME * 3600))


def forget_old_logins() -> None:
    """Failed ones after a day, others when they make nobody known any more: they hold addresses of people."""
    now = timezone.now()
    AccessAttempt.objects.filter(attempt_time__lt=now - ATTEMPTS_KEPT).delete()
    AccessLog.objects.filter(attempt_time__lt=now - KNOWN_FOR).delete()
