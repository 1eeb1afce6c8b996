"""The messages about accounts. Each link is made when the message is sent; it works once, and ends by itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.auth.tokens import default_token_generator
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from lib.addresses import canonical_mailbox
from lib.characters import one_line
from mail.models import Message
from mail.outbox.kinds import MessageKind, NoLongerNeeded
from mail.outbox.posting import post
from mail.writing.message import Mail
from newsletters.models import Institute

MOST_A_DAY = 3  # to one mailbox, however its address is spelled


@dataclass(frozen=True)
class PasswordContext:
    """Nothing: whose account it is, is looked up by the address when the message is written."""


@dataclass(frozen=True)
class InvitationContext:
    user: int
    by: str = ""


@dataclass(frozen=True)
class AccountLink:
    username: str
    url: str


def post_password_reset(address: str) -> None:
    """The same work for an address that nobody has as for one with an account: how long it takes tells nothing."""
    lately = Message.objects.filter(
        mailbox=canonical_mailbox(address), kind=PASSWORD_RESET.name,
        created_at__gt=timezone.now() - timedelta(days=1),
    )  # fmt: skip
    if lately.count() < MOST_A_DAY:
        post(PASSWORD_RESET, address, PasswordContext())


def post_invitation(user: User, by: str) -> None:
    post(INVITATION, user.email, InvitationContext(user.pk, by))


def write_password_reset(row: Message, context: PasswordContext) -> Mail:
    users = User.objects.filter(email__iexact=row.address, is_active=True, is_staff=True).order_by("pk")
    links = [_link(user) for user in users]
    if not links:
        raise NoLongerNeeded("no account has this address")
    return _written("password_reset", links=links)


def write_invitation(row: Message, context: InvitationContext) -> Mail:
    user = User.objects.filter(pk=context.user, is_active=True, email=row.address).first()
    if user is None:
        raise NoLongerNeeded("the account is gone or has another address")
    if user.has_usable_password():
        raise NoLongerNeeded("the person has chosen a password")
    return _written("invitation", link=_link(user), by=context.by)


def _link(user: User) -> AccountLink:
    parts = [urlsafe_base64_encode(force_bytes(user.pk)), default_token_generator.make_token(user)]
    return AccountLink(user.get_username(), settings.SITE_URL + reverse("password_reset_confirm", args=parts))


def _written(kind: str, **facts: object) -> Mail:
    facts |= {
        "days": settings.PASSWORD_RESET_TIMEOUT // 86_400, "institute": Institute.current(),
        "sign_in": settings.SITE_URL + reverse("admin:login"),
    }  # fmt: skip
    with translation.override(settings.LANGUAGE_CODE):
        subject = one_line(render_to_string(f"emails/{kind}/subject.txt", facts))
        text = render_to_string(f"emails/{kind}/body.txt", facts).strip() + "\n"
    return Mail(subject, text, settings.DEFAULT_FROM_EMAIL)


PASSWORD_RESET = MessageKind("password_reset", "new password", PasswordContext, write_password_reset)
INVITATION = MessageKind("invitation", "invitation of staff", InvitationContext, write_invitation)
