"""Consent records and messages: to be read, never to be changed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _

from mail.models import Message
from mail.outbox.kinds import kind_in_words, registered_kinds
from subscribers.admin.big_tables import BigTable, ReadOnly
from subscribers.admin.people_search import SEARCH_HELP, SearchedByPerson, people_like
from subscribers.admin.retention_page import URL_NAME, show_retention
from subscribers.models import ConsentRecord, LeavingReason


class LeavingReasonFilter(admin.SimpleListFilter):
    """With how often each was given: few say why, and an index holds only these."""

    title = _("reason for unsubscribing")
    parameter_name = "leaving_reason"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        given = ConsentRecord.objects.exclude(leaving_reason="").order_by().values_list("leaving_reason")
        counts = dict(given.annotate(n=Count("pk")))
        return [(value, f"{label} ({counts[value]})") for value, label in LeavingReason.choices if value in counts]

    def queryset(self, request: HttpRequest, queryset: QuerySet[ConsentRecord]) -> QuerySet[ConsentRecord]:
        return queryset.filter(leaving_reason=self.value()) if self.value() else queryset


@admin.register(ConsentRecord)
class ConsentRecordAdmin(ReadOnly, SearchedByPerson, BigTable):
    list_display = ["at", "subscriber", "action", "source", "mailing_list", "detail", "leaving_reason", "staff"]
    list_filter = ["action", "source", LeavingReasonFilter]
    list_select_related = ["subscriber", "mailing_list"]
    ordering = ["-pk"]

    def get_urls(self) -> list[URLPattern]:
        page = self.admin_site.admin_view(show_retention)
        return [path("retention/", page, name=URL_NAME), *super().get_urls()]


class KindFilter(admin.SimpleListFilter):
    title = _("kind")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(kind.name, kind.words) for kind in registered_kinds()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Message]) -> QuerySet[Message]:
        return queryset.filter(kind=self.value()) if self.value() else queryset


@admin.register(Message)
class MessageAdmin(ReadOnly, BigTable):
    list_display = ["created_at", "kind_in_words", "address", "state", "attempts", "next_attempt", "sent_at", "reply"]
    list_filter = ["state", KindFilter]
    search_fields = ["address"]  # shows the field; the search itself is below
    search_help_text = SEARCH_HELP
    ordering = ["-pk"]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """By subscriber, or by the whole address of somebody on the staff."""
        if not (term := search_term.strip()):
            return queryset, False
        return queryset.filter(Q(subscriber_id__in=people_like(term)) | Q(address=term)), False

    @admin.display(description=_("kind"), ordering="kind")
    def kind_in_words(self, message: Message) -> str:
        return kind_in_words(message.kind)

    @admin.display(description=_("next attempt"), ordering="due_at", empty_value="–")
    def next_attempt(self, message: Message) -> datetime | None:
        """Of what waits: a message that was sent keeps the moment at which it would have been tried again."""
        return message.due_at if message.state == Message.State.WAITING else None
