"""“Check your email”: the answer to every sign-up, the same whatever is known of the address.

All of the page but the address and what was typed is made once for a version of the site, a language and a minute, in
each process: it is the answer that a site gives most when many sign up.
"""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import escape
from django.utils.translation import get_language

from lib.addresses import readable
from lib.fragments import VERSION
from subscribers.confirmation_link import valid_until

# “Not received it?”: the same request once more, from the page that it led to.
AGAIN = "again"
_ADDRESS, _HIDDEN_FIELDS = "\ue000", "\ue001"  # for private use (Unicode 23.5); no page of ours has them
_MOST_KEPT = 32
_kept: dict[tuple[str, ...], tuple[str, str, str]] = {}


def page(request: HttpRequest, email: str, fields: list[tuple[str, str]], *, again: bool, at_once: bool) -> str:
    """`fields` is what was typed, for the button that sends the email once more. `at_once`: the lists that were asked
    for need no confirmation."""
    before, between, behind = _parts(request, again=again, at_once=at_once)
    hidden = render_hidden_fields(fields)
    return f"{before}{escape(readable(email))}{between}{hidden}{behind}"


def render_hidden_fields(fields: list[tuple[str, str]]) -> str:
    return "".join(f'<input type="hidden" name="{escape(n)}" value="{escape(value)}">\n' for n, value in fields)


def _parts(request: HttpRequest, *, again: bool, at_once: bool) -> tuple[str, str, str]:
    """What stands before the address, between it and the hidden fields, and behind these."""
    until = valid_until(timezone.now())
    version: str = request.META.get(VERSION, "")
    key = (version, get_language() or "", request.path, f"{until:%Y-%m-%d %H:%M %Z}", str(again), str(at_once))
    if version and (known := _kept.get(key)):
        return known
    context = {
        "email": _ADDRESS,
        "until": until,
        "hidden_fields": _HIDDEN_FIELDS,
        "again": again,
        "at_once": at_once,
        "again_name": AGAIN,
        "reminder_follows": settings.SIGNUP_REMINDERS_A_DAY > 0,
    }
    made = render_to_string("subscribers/check_your_email.html", context, request)
    before, _, rest = made.partition(_ADDRESS)
    between, _, behind = rest.partition(_HIDDEN_FIELDS)
    if len(_kept) >= _MOST_KEPT:
        _kept.clear()
    _kept[key] = (before, between, behind)
    return before, between, behind
