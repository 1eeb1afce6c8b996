"""Each mail to a return path and each call of a mail service, as it came: for who doubts what was made of it."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from newsletters.admin.feedback.retrying import TriesAgain
from newsletters.admin.feedback.source_filters import RawKindFilter, RawSourceFilter
from newsletters.events.mailboxes import polled
from newsletters.events.receiving import mail, reading
from newsletters.events.receiving.keeping import body_of
from newsletters.models import RawEvent
from subscribers.admin.big_tables import ReadOnly

ACCOUNTS = "auth.change_user"  # may do anyway what a link in a returned message does
SHOWN = ("source", "kind", "received_at", "size", "state", "error", "text")
MOST_SHOWN = 100_000  # characters


@admin.register(RawEvent)
class RawEventAdmin(ReadOnly, TriesAgain):
    list_display = ["__str__", "kind", "received_at", "size", "state", "error"]
    list_filter = [RawSourceFilter, RawKindFilter, "state"]
    ordering = ["-pk"]
    readonly_fields = (*SHOWN, "withheld")

    def get_queryset(self, request: HttpRequest) -> Any:
        rows = super().get_queryset(request)
        return rows.defer("body")  # asked for by the page that shows it

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        for error in polled.current_errors():
            self.message_user(request, error, messages.WARNING)
        found, why = reading.why_not_fetched()
        if found:
            words = ngettext(
                "%(count)s call of a mail service waits, since its email can't be fetched: %(why)s Iria keeps trying"
                " for three days.",
                "%(count)s calls of mail services wait, since their emails can't be fetched: %(why)s Iria keeps trying"
                " for three days.",
                found,
            )
            self.message_user(request, words % {"count": f"{found:,}", "why": f"{why.rstrip('.')}."}, messages.WARNING)
        return super().changelist_view(request, extra_context)

    def get_fields(self, request: HttpRequest, obj: RawEvent | None = None) -> tuple[str, ...]:
        if obj is None or request.user.has_perm(ACCOUNTS) or obj.source != mail.SOURCE:
            return SHOWN
        return SHOWN if mail.is_about_an_edition(body_of(obj)) else (*SHOWN[:-1], "withheld")

    @admin.display(description=gettext_lazy("as it came"))
    def withheld(self, _event: RawEvent) -> str:
        return _(
            "Only those who manage the staff's accounts see this: it may quote a confirmation, an invitation or a link"
            " that sets a new password."
        )

    @admin.display(description=gettext_lazy("as it came"))
    def text(self, event: RawEvent) -> SafeString:
        text = _pretty(body_of(event), event.content_type)
        cut = _("Only the beginning is shown.") if len(text) > MOST_SHOWN else ""
        return format_html('<pre class="iria-raw" tabindex="0">{}</pre>{}', text[:MOST_SHOWN], cut)

    reset_failed = staticmethod(reading.try_again)


def _pretty(body: bytes, content_type: str) -> str:
    text = body[: 4 * MOST_SHOWN].decode(errors="replace")
    if "json" in content_type:
        try:
            return _indented(json.loads(body))
        except (ValueError, RecursionError):  # shown as it is
            return text
    return text


def _indented(value: Any) -> str:
    """Somewhat more than is shown: with each level the lines grow longer, so the whole could be very long."""
    pieces, length = [], 0
    for piece in json.JSONEncoder(indent=2, ensure_ascii=False).iterencode(value):
        pieces.append(piece)
        length += len(piece)
        if length > MOST_SHOWN:
            break
    return "".join(pieces)
