"""Write a message to a subscriber: in their language, in the name of a mailing list, and not at all to somebody who
was erased or suppressed since it was posted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import timezone, translation

from lib.characters import one_line
from mail.mjml import to_html
from mail.models import Message
from mail.outbox.kinds import NoLongerNeeded
from mail.transport import bare_address
from mail.writing import fields, identity, palettes
from mail.writing.message import Mail
from subscribers import languages, suppression
from subscribers.institute import institute_zone, mailed_pages
from subscribers.messages.look import look_of
from subscribers.models import MailingList, Subscriber, Subscription


@dataclass(frozen=True)
class MessageContent:
    """What a message says, and in the name of which list."""

    mailing_list: MailingList | None
    facts: Mapping[str, object]
    headers: dict[str, str] = field(default_factory=dict)


def write_to_subscriber(
    row: Message,
    content_for: Callable[[Subscriber], MessageContent | Mail],
    *,
    also_suppressed: bool = False,
    is_owed: bool = False,
) -> Mail:
    """Raises `NoLongerNeeded`, as `content_for` may. `also_suppressed` is for what goes to another address than the
    person's own; that one is looked up by itself. A whole mail is sent as it is. `is_owed` is for what the
    law gives a person who asks for it, whatever else they don't get."""
    person = Subscriber.objects.filter(pk=row.subscriber_id or 0).first()
    if person is None:
        raise NoLongerNeeded("the person was erased")
    held = suppression.is_suppressed(row.address) if also_suppressed else person.is_suppressed
    if held and not is_owed:
        raise NoLongerNeeded("the address is suppressed")
    language = languages.language_of(person.language)
    with translation.override(language), timezone.override(institute_zone()):
        content = content_for(person)
        if isinstance(content, Mail):
            return content
        mailing_list = content.mailing_list
        look = look_of(mailing_list, language)
        facts: dict[str, object] = {
            **languages.layout(language),
            "email": person.readable_email,
            "site_url": settings.SITE_URL,
            "site_name": urlsplit(settings.SITE_URL).hostname,
            "postal_address": mailing_list.postal_address if mailing_list else "",
            "pages": mailed_pages(language),
            "look": look,
            "day": palettes.day(look.colour, look.background),
            "night": palettes.night(look.colour),
            **content.facts,
        }
        folder = f"emails/{row.kind}"
        subject = one_line(render_to_string(f"{folder}/subject.txt", facts))
        facts["subject"] = subject
        text = render_to_string(f"{folder}/body.txt", facts).strip() + "\n"
        html = to_html(render_to_string(f"{folder}/body.mjml", facts))
    message = Mail(subject, text, _sender(mailing_list), headers=_list_id(mailing_list) | content.headers)
    message.attach_alternative(html, "text/html")
    return message


def _sender(mailing_list: MailingList | None) -> str:
    if mailing_list is None or not mailing_list.from_email:
        return settings.DEFAULT_FROM_EMAIL
    return fields.spoken_mailbox(mailing_list.from_name or mailing_list.name, mailing_list.from_email)


def _list_id(mailing_list: MailingList | None) -> dict[str, str]:
    if mailing_list is None:
        return {}
    return {"List-Id": fields.list_id(mailing_list.name, identity.list_identifier(mailing_list.slug))}


def sender_address(mailing_list: MailingList) -> str:
    """The address that messages in the name of this list come from."""
    return bare_address(_sender(mailing_list))


def subscriptions_of(person: Subscriber, pks: Sequence[int], status: str) -> Sequence[Subscription]:
    """Those of these that have this status, in the order of the lists."""
    return list(
        person.subscriptions.filter(pk__in=pks, status=status)
        .select_related("mailing_list", "selection")
        .prefetch_related("selection__topics")
        .order_by("mailing_list__position", "mailing_list__name")
    )
