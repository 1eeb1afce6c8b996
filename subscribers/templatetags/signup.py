"""`{% signup_form %}`: the sign-up form for the footer of any page."""

from __future__ import annotations

from typing import Any

from django import template

from subscribers import consent
from subscribers.models import MailingList

register = template.Library()


@register.inclusion_tag("subscribers/_footer_form.html")
def signup_form() -> dict[str, Any]:
    """One query, for the name of the first list; nothing is shown when no list is offered."""
    from subscribers.views.sign_up import HONEYPOT, shown_now

    return {
        "mailing_list": MailingList.objects.filter(is_public=True).first(),
        "wording": consent.signup_wording(),
        "shown": shown_now(),
        "honeypot": HONEYPOT,
    }
