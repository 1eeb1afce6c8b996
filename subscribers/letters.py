"""The mails to one person, made from an outbox row when it is sent: nothing stale is mailed, nothing is stored twice.

Each kind is a folder in templates/emails/ with subject.txt, body.mjml and body.txt, and a function here that looks up
what it says, or raises `NoLongerWanted`. No mail repeats what a visitor typed, apart from the address it goes to:
anybody can type anything into a sign-up form.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import formataddr, parseaddr
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import timezone, translation

from mail.mjml import to_html
from subscribers import languages, links
from subscribers.links import ConfirmationLink
from subscribers.models import MailingList, OutboxMail, Subscription
from subscribers.signup import sample_editions


class NoLongerWanted(Exception):
    """The mail has lost its sense since it was queued; the message says why."""


@dataclass(frozen=True)
class Letter:
    """What a kind of mail says, and in the name of which list."""

    mailing_list: MailingList | None
    facts: Mapping[str, object]
    headers: dict[str, str] = field(default_factory=dict)


def compose(row: OutboxMail) -> EmailMultiAlternatives:
    """The mail of an outbox row. Raises `NoLongerWanted`."""
    if row.subscriber.is_suppressed:
        raise NoLongerWanted("the address is suppressed")
    language = languages.language_of(row.subscriber.language)
    with translation.override(language):
        letter = _KINDS[OutboxMail.Kind(row.kind)](row)
        facts: dict[str, object] = {
            **languages.layout(language),
            "email": row.subscriber.email,
            "site_url": settings.SITE_URL,
            "site_name": urlsplit(settings.SITE_URL).hostname,
            "postal_address": letter.mailing_list.postal_address if letter.mailing_list else "",
            **letter.facts,
        }
        folder = f"emails/{row.kind}"
        subject = " ".join(render_to_string(f"{folder}/subject.txt", facts).split())
        facts["subject"] = subject
        text = render_to_string(f"{folder}/body.txt", facts).strip() + "\n"
        html = to_html(render_to_string(f"{folder}/body.mjml", facts))
    message = EmailMultiAlternatives(
        subject, text, _sender(letter.mailing_list), [row.subscriber.email], headers=_headers(row, letter)
    )
    message.attach_alternative(html, "text/html")
    return message


def _sender(mailing_list: MailingList | None) -> str:
    if mailing_list is None or not mailing_list.from_email:
        return settings.DEFAULT_FROM_EMAIL
    return formataddr((mailing_list.from_name or mailing_list.name, mailing_list.from_email))


def address_of(mailing_list: MailingList) -> str:
    """The address that mails of this list come from."""
    return parseaddr(_sender(mailing_list))[1]


def _headers(row: OutboxMail, letter: Letter) -> dict[str, str]:
    """The Message-ID is the row's, so that a mail sent again after a crash is recognised as the same."""
    made = int(row.created_at.timestamp())
    headers = {
        "Message-ID": f"<{row.kind}.{row.pk}.{made}@{settings.MAIL_DOMAIN}>",
        "Auto-Submitted": "auto-generated",
    }
    if letter.mailing_list is not None:
        headers["List-Id"] = f"<{letter.mailing_list.slug}.{settings.MAIL_DOMAIN}>"
    return headers | letter.headers


def _subscriptions(row: OutboxMail, status: str) -> Sequence[Subscription]:
    return list(
        row.subscriber.subscriptions.filter(pk__in=row.context["subscriptions"], status=status)
        .select_related("mailing_list", "selection")
        .prefetch_related("selection__topics")
        .order_by("mailing_list__position", "mailing_list__name")
    )


def _confirmation(row: OutboxMail) -> Letter:
    pending = _subscriptions(row, Subscription.Status.PENDING)
    if not pending:
        raise NoLongerWanted("nothing is left to confirm")
    asked_at = datetime.fromtimestamp(row.context["asked_at"], UTC)
    link = ConfirmationLink(asked_at, tuple(s.pk for s in pending))
    if timezone.now() > link.valid_until:
        raise NoLongerWanted("its link has expired")
    facts = {
        "subscriptions": pending,
        "lists": [s.mailing_list for s in pending],
        "confirm_url": links.confirm_url(asked_at, list(link.subscription_ids)),
        "asked_at": asked_at,
        "valid_until": link.valid_until,
        "reminder_follows": settings.SIGNUP_REMINDERS_A_DAY > 0 and row.subscriber.reminded_at is None,
    }
    return Letter(pending[0].mailing_list, facts)


def _welcome(row: OutboxMail) -> Letter:
    confirmed = _subscriptions(row, Subscription.Status.CONFIRMED)
    if not confirmed:
        raise NoLongerWanted("the reader has left again")
    first = confirmed[0].mailing_list
    unsubscribe_url = links.unsubscribe_url(row.subscriber_id, first.pk)
    sample = sample_editions.find_samples([first]).get(first.pk)
    facts = {
        "subscriptions": confirmed,
        "lists": [s.mailing_list for s in confirmed],
        # What the last edition came from says it best; before there is one, what this very mail comes from.
        "sender": sample.sender if sample else address_of(first),
        "sample": sample,
        "sample_url": settings.SITE_URL + languages.localised(sample.path) if sample else "",
        "preferences_url": links.preferences_url(row.subscriber_id),
        "unsubscribe_url": unsubscribe_url,
    }
    one_click = {"List-Unsubscribe": f"<{unsubscribe_url}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    return Letter(first, facts, one_click)


def _preferences_link(row: OutboxMail) -> Letter:
    active = (
        row.subscriber.subscriptions.filter(status=Subscription.Status.CONFIRMED)
        .select_related("mailing_list")
        .order_by("mailing_list__position", "mailing_list__name")
    )
    lists = [subscription.mailing_list for subscription in active]
    facts = {
        "lists": lists,
        "already": bool(row.context.get("already")) and bool(lists),
        "preferences_url": links.preferences_url(row.subscriber_id),
    }
    return Letter(lists[0] if lists else None, facts)


_KINDS: dict[OutboxMail.Kind, Callable[[OutboxMail], Letter]] = {
    OutboxMail.Kind.CONFIRMATION: _confirmation,
    OutboxMail.Kind.REMINDER: _confirmation,
    OutboxMail.Kind.WELCOME: _welcome,
    OutboxMail.Kind.PREFERENCES_LINK: _preferences_link,
}
