"""Filters by what came in and from where, with choices that are known: asking the table for them reads all of it."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from newsletters.events.feedback.effects import SMTP
from newsletters.events.incoming_mail.kinds import MailKind
from newsletters.events.receiving.mail import SOURCE

INBOUND = "-in"  # as newsletters.events.webhooks.service names what a service passes on
SERVICES = (
    "amazon_ses", "brevo", "mailersend", "mailgun", "mailjet", "mailtrap", "mandrill", "postal", "postmark", "resend",
    "sendgrid", "sparkpost", "unisender_go",
)  # fmt: skip  # those of django-anymail, which is not imported for a list
SEVERAL = "events"  # as newsletters.events.webhooks.tracking calls a call that has several
PASSED_ON = "mail"  # … and newsletters.events.webhooks.inbound one that has mails


class SourceFilter(admin.SimpleListFilter):
    """Of what was said of our mails: by mail, by a server while we sent, by a service."""

    title = _("source")
    parameter_name = "source"
    sources: tuple[str, ...] = (SOURCE, SMTP, *SERVICES)

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(source, source) for source in self.sources]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(source=self.value()) if self.value() else queryset


class RawSourceFilter(SourceFilter):
    """Of what is kept as it came, also mails that a service passed on."""

    sources = (SOURCE, *(name for service in SERVICES for name in (service, f"{service}{INBOUND}")))


class RawKindFilter(admin.SimpleListFilter):
    title = _("kind")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(kind, kind) for kind in (*(each.value for each in MailKind), "delivered", SEVERAL, PASSED_ON)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(kind=self.value()) if self.value() else queryset
