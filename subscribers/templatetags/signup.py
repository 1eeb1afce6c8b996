"""`{% signup_form %}`: the short sign-up form, for any page."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django import template
from django.http import HttpRequest
from django.utils.safestring import SafeString, mark_safe

from lib.fragments import read_once, render_once
from subscribers import consent, institute
from subscribers.models import MailingList, Topic
from subscribers.sample_editions import SampleEdition

register = template.Library()
_SHOWN = "[when it is shown]"  # stands in the form that is rendered once


@register.simple_tag(takes_context=True)
def signup_form(context: dict[str, Any], *, band: bool = False) -> SafeString:
    """One query, for the name of the first list; nothing is shown when no list is offered. `band`: it stands among the
    stories, and not in the footer. A page has it once."""
    from subscribers.views.sign_up import HONEYPOT, shown_now

    first = _first_of(context)
    if first is None:
        return SafeString()
    form = render_once(
        "subscribers/_footer_form.html",
        name=first.name,
        description=first.description,
        slug=first.slug,
        wording=consent.signup_wording(),
        privacy=institute.privacy_notice(context.get("request")),
        shown=_SHOWN,
        honeypot=HONEYPOT,
        band=band,
    )
    return mark_safe(form.replace(_SHOWN, shown_now()))  # noqa: S308 - a signed number in base64


@register.simple_tag(takes_context=True)
def signup_offered(context: dict[str, Any]) -> bool:
    """Whether there is anything to subscribe to: no page promises a form where there is none."""
    return _first_of(context) is not None


@register.simple_tag(takes_context=True)
def signup_aside(context: dict[str, Any]) -> SafeString:
    """A line within a text that leads to the form further down."""
    first = _first_of(context)
    if first is None:
        return SafeString()
    return render_once("subscribers/_signup_aside.html", name=first.name, description=first.description)


@register.simple_tag
def topic_box(topic: Topic, ticked: Collection[str]) -> SafeString:
    """A topic to choose; `ticked` are the addresses of those that are chosen."""
    return render_once(
        "subscribers/_topic_box.html", slug=topic.slug, name=topic.name, description=topic.description,
        ticked=topic.slug in ticked,
    )  # fmt: skip


@register.simple_tag
def newest_edition(sample: SampleEdition | None, readers: int = 0) -> SafeString:
    """Beside a form: what one would get. `readers` in round numbers; 0 says nothing of them."""
    return render_once("subscribers/_newest.html", sample=sample, readers=readers) if sample else SafeString()


def _first_of(context: dict[str, Any]) -> MailingList | None:
    """Read once a page, which may ask twice: in the text, and below it."""
    request: HttpRequest | None = context.get("request")
    if request is None:
        return _first_list()
    if not hasattr(request, "_first_list"):
        request._first_list = read_once(request, "subscribers.first_list", _first_list)  # type: ignore[attr-defined]
    return request._first_list  # type: ignore[attr-defined, no-any-return]


def _first_list() -> MailingList | None:
    return MailingList.objects.filter(is_public=True).first()
