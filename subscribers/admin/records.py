"""Consent records and outgoing mails: to be read, never to be changed."""

from __future__ import annotations

from django.contrib import admin

from subscribers.admin.big_tables import BigTable, ReadOnly
from subscribers.admin.people_search import SearchedByPerson
from subscribers.models import ConsentRecord, OutboxMail


@admin.register(ConsentRecord)
class ConsentRecordAdmin(ReadOnly, SearchedByPerson, BigTable):
    list_display = ["at", "subscriber", "action", "source", "mailing_list", "detail", "staff"]
    list_filter = ["action", "source"]
    list_select_related = ["subscriber", "mailing_list"]
    ordering = ["-pk"]


@admin.register(OutboxMail)
class OutboxMailAdmin(ReadOnly, SearchedByPerson, BigTable):
    list_display = ["created_at", "kind", "subscriber", "state", "attempts", "due_at", "sent_at", "reply"]
    list_filter = ["state", "kind"]
    list_select_related = ["subscriber"]
    ordering = ["-pk"]
