"""Words of a message for staff's pages."""

from __future__ import annotations

from django import template

from mail.outbox.kinds import kind_in_words

register = template.Library()
register.filter("message_kind", kind_in_words)
