"""Whether a request comes from somebody of the staff, before its body is read: only their uploads may be large.

This decides about a size alone. What somebody may do is asked by Django, of the whole request.
"""

from __future__ import annotations

import logging
from http.cookies import CookieError, SimpleCookie

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.models import User
from django.contrib.sessions.backends.db import SessionStore
from django.db import DatabaseError, close_old_connections

logger = logging.getLogger(__name__)


def ask_whether_staff(cookies: str) -> bool:
    """For a thread of Django's, which keeps its connection to the database. A database that can't be asked means no."""
    close_old_connections()
    try:
        return is_staff(cookies)
    except DatabaseError as error:
        logger.warning("Can't look up who is uploading: %s", error)
        return False
    finally:
        close_old_connections()


def is_staff(cookies: str) -> bool:
    """Whether these cookies are a session of an active member of the staff. Raises DatabaseError."""
    key = _session_key(cookies)
    user_id: str | None = SessionStore(key).load().get(SESSION_KEY) if key else None
    return user_id is not None and User.objects.filter(pk=user_id, is_active=True, is_staff=True).exists()


def _session_key(cookies: str) -> str:
    try:
        morsel = SimpleCookie(cookies).get(settings.SESSION_COOKIE_NAME)
    except CookieError:
        return ""
    return morsel.value if morsel and len(morsel.value) <= 40 else ""
