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
from lib.dates import in_local_words
from lib.text_layout import wrapped
from mail.models import Message
from mail.outbox.kinds import MessageKind, NoLongerNeeded
from mail.outbox.posting import post
from mail.writing.message import Mail
from newsletters.models import ApiToken, Institute

MOST_A_DAY = 3  # to one mailbox, however its address is spelled


@dataclass(frozen=True)
class PasswordContext:
    """Nothing: whose account it is, is looked up by the address when the message is written."""


@dataclass(frozen=True)
class InvitationContext:
    user: int
    by: str = ""


@dataclass(frozen=True)
class ApiTokenContext:
    token: int


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


def post_api_token_made(token: ApiToken) -> None:
    """To the owner: who sat down at their open session can't read for long without their knowing."""
    if token.user.email:
        post(API_TOKEN_MADE, token.user.email, ApiTokenContext(token.pk))


def write_api_token_made(row: Message, context: ApiTokenContext) -> Mail:
    token = ApiToken.objects.that_work().select_related("user").filter(pk=context.token).first()
    if token is None or token.user.email != row.address:
        raise NoLongerNeeded("the token has ended, or its owner has another address")
    facts = {
        "name": token.name, "until": in_local_words(token.expires_at),
        "page": settings.SITE_URL + reverse("admin:api_tokens"),
    }  # fmt: skip
    with translation.override("en"):
        subject = one_line(render_to_string("emails/api_token_made/subject.txt", facts))
        text = render_to_string("emails/api_token_made/body.txt", facts).strip()
    return Mail(subject, wrapped(text) + "\n", settings.DEFAULT_FROM_EMAIL)


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
API_TOKEN_MADE = MessageKind("api_token_made", "new API token", ApiTokenContext, write_api_token_made)
INVITATION = MessageKind("invitation", "invitation of staff", InvitationContext, write_invitation)
