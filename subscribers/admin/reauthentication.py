"""The password once more, for what cannot be taken back: sending to everybody, and taking addresses out of the house.

Not asked again within half an hour (of the login, say). The page that asks holds every field of the
form that was sent, and goes on with it: nothing typed is lost. Passwords are counted by session, so that they
cannot be guessed here with a stolen one; what strangers do at the login page never keeps signed-in staff from this.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import AbstractBaseUser
from django.http import HttpRequest, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from subscribers.throttling import Throttled, count_attempt

logger = logging.getLogger(__name__)

RECENT_SECONDS = 30 * 60
TYPED_AT = "password_typed_at"  # in the session
FIELD = "_password"
_NOT_KEPT = {FIELD, "_username", "csrfmiddlewaretoken"}


def note_login(request: HttpRequest | None, user: AbstractBaseUser, **_: Any) -> None:
    """A receiver of Django's `user_logged_in`: the password was typed just now."""
    if request is not None and hasattr(request, "session"):
        request.session[TYPED_AT] = time.time()


def is_recent(request: HttpRequest) -> bool:
    typed_at = request.session.get(TYPED_AT)
    # A clock that was set back must not make an old login young for hours.
    return isinstance(typed_at, int | float) and -60 <= time.time() - typed_at < RECENT_SECONDS


def with_recent_password(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """A view that is reached only by who typed the password lately; others are asked for it first."""

    @wraps(view)
    def asking(request: HttpRequest, *args: Any) -> HttpResponseBase:
        question = unless_recent(request)
        return question if question is not None else view(request, *args)

    return asking


def unless_recent(request: HttpRequest) -> HttpResponseBase | None:
    """The page that asks, for who did not type the password lately; None once they did.

    Of a GET the same address is opened again afterwards; a POST goes on at once.
    """
    typed = request.POST.get(FIELD) if request.method == "POST" else None
    if is_recent(request):
        return _onwards(request)
    if typed is None:
        return _ask(request)
    try:
        count_attempt("password", request.session.session_key or "", settings.PASSWORDS_PER_SESSION)
    except Throttled as limit:
        return _ask(request, minutes=limit.minutes)
    if not request.user.check_password(typed):
        logger.warning("User %s: a wrong password, asked for once more", request.user.pk)
        return _ask(request, wrong=True)
    request.session[TYPED_AT] = time.time()
    return _onwards(request)


def _onwards(request: HttpRequest) -> HttpResponseBase | None:
    if request.method == "POST" and request.POST.get("_was_get"):
        return HttpResponseRedirect(request.get_full_path())
    return None


def _ask(request: HttpRequest, *, wrong: bool = False, minutes: int = 0) -> HttpResponseBase:
    """The page; it says that the password was wrong, or in how many minutes the next one is looked at."""
    kept = [(name, value) for name, values in request.POST.lists() if name not in _NOT_KEPT for value in values]
    if request.method != "POST":
        kept = [("_was_get", "1")]
    context = {
        **admin.site.each_context(request),
        "title": _("Enter your password"),
        "action": request.get_full_path(),
        "kept": kept,
        "wrong": wrong,
        "minutes": minutes,
        "field": FIELD,
        "username": request.user.get_username(),
    }
    status = 429 if minutes else 403 if wrong else 200
    answer = TemplateResponse(request, "subscribers/admin/password.html", context, status=status)
    answer["Cache-Control"] = "no-store"
    return answer
