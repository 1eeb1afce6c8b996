"""`{% signup_form %}`: the sign-up form for the footer of any page."""

from __future__ import annotations

from typing import Any

from django import template
from django.http import HttpRequest
from django.utils.safestring import SafeString, mark_safe

from lib.fragments import read_once, render_once
from subscribers import consent, institute_pages
from subscribers.models import MailingList

register = template.Library()
_SHOWN = "[when it is shown]"  # stands in the form that is rendered once


@register.simple_tag(takes_context=True)
def signup_form(context: dict[str, Any]) -> SafeString:
    """One query, for the name of the first list; nothing is shown when no list is offered."""
    from subscribers.views.sign_up import HONEYPOT, shown_now

    request: HttpRequest | None = context.get("request")
    first = read_once(request, "subscribers.first_list", _first_list) if request is not None else _first_list()
    if first is None:
        return SafeString()
    form = render_once(
        "subscribers/_footer_form.html",
        name=first.name,
        description=first.description,
        slug=first.slug,
        wording=consent.signup_wording(),
        privacy=institute_pages.privacy_notice(request),
        shown=_SHOWN,
        honeypot=HONEYPOT,
    )
    return mark_safe(form.replace(_SHOWN, shown_now()))  # noqa: S308 - a signed number in base64


def _first_list() -> MailingList | None:
    return MailingList.objects.filter(is_public=True).first()
