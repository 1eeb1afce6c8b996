"""What needs a person: mails in doubt, refused mails, and who was missed.

A GET asks, in a sentence that says what will happen to how many; only a POST acts, and sends nobody anything again
without a password that was typed lately. The watch page means all of an
edition, and is told when their number changed since it was opened; the ledger means the rows that were chosen there.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy

from lib import csv_download
from lib.nudging import nudge
from lib.query_numbers import read_number, read_numbers
from newsletters import tasks
from newsletters.admin.acting_user import acting_name
from newsletters.admin.edition.edition_page import EditionPage
from newsletters.admin.edition.edition_urls import edition_url
from newsletters.admin.edition.history import log_to_history
from newsletters.admin.roles import may
from newsletters.delivery import resolving, resolving_actions
from newsletters.delivery.ledger import missed as missed_readers
from newsletters.delivery.ledger.entries import list_entries
from newsletters.delivery.ledger.totals import count_outcomes
from newsletters.delivery.resolving_actions import Resolution, counted
from newsletters.editions.transitions import Refused
from newsletters.models import Edition
from newsletters.models.deliveries import Totals
from subscribers.admin.reauthentication import unless_recent
from subscribers.models import Subscriber

SEND, EXPORT = "newsletters.send_edition", "subscribers.export_subscriber"
NAMED_AT_MOST = 100  # a page of the ledger


@dataclass(frozen=True, slots=True)
class ResolutionPage:
    """The page that asks before a decision, in words of which some depend on how many it is about."""

    resolution: Resolution
    choose: Any  # what the button for the chosen rows of the ledger says
    title: Any
    meaning: Any
    button: Any


MARK_AS_SENT = ResolutionPage(
    resolving_actions.MARK_AS_SENT,
    choose=gettext_lazy("Mark as sent…"),
    title=ngettext_lazy("Mark this email as sent?", "Mark these %(n)s emails as sent?", "count"),
    meaning=gettext_lazy(
        "Do this if the mail server's log shows that it took them. They'll count as accepted, and "
        "nobody is sent anything."
    ),
    button=ngettext_lazy("Mark as sent", "Mark %(n)s emails as sent", "count"),
)  # fmt: skip
RESEND = ResolutionPage(
    resolving_actions.RESEND,
    choose=gettext_lazy("Resend…"),
    title=ngettext_lazy("Resend this email in doubt?", "Resend %(n)s emails in doubt?", "count"),
    meaning=gettext_lazy(
        "The mail server may have taken them, and readers who already have this edition would get it "
        "twice. Check the server's log first if you can."
    ),
    button=ngettext_lazy("Resend %(n)s email", "Resend %(n)s emails", "count"),
)  # fmt: skip
RETRY_FAILED = ResolutionPage(
    resolving_actions.RETRY_FAILED,
    choose=gettext_lazy("Retry failed…"),
    title=ngettext_lazy("Retry this rejected email?", "Retry %(n)s rejected emails?", "count"),
    meaning=gettext_lazy(
        "The server will reject them again unless you have fixed what it objected to. The ledger "
        "shows what each server said."
    ),
    button=ngettext_lazy("Retry %(n)s email", "Retry %(n)s emails", "count"),
)  # fmt: skip


def mark_as_sent(request: HttpRequest, page: EditionPage) -> HttpResponseBase:
    return _ask_or_act(request, page, MARK_AS_SENT)


def resend(request: HttpRequest, page: EditionPage) -> HttpResponseBase:
    return _ask_or_act(request, page, RESEND)


def retry_failed(request: HttpRequest, page: EditionPage) -> HttpResponseBase:
    return _ask_or_act(request, page, RETRY_FAILED)


# --- On the other pages -------------------------------------------------------------------------------------------
def needs(request: HttpRequest, edition: Edition, sums: Totals) -> dict[str, Any]:
    """For the page of an edition: what only a person can settle, and whether there is anybody who missed it."""
    may_again = edition.status != Edition.Status.CANCELLED
    return {
        "in_doubt": sums.in_doubt,
        "rejected": sums.rejected,
        "may_again": may_again,
        "may_export": may(request, EXPORT),
        "anybody_missed": sums.in_doubt + sums.rejected + sums.skipped + sums.cancelled > 0,
    }


def choices(request: HttpRequest, edition: Edition, outcome: str) -> list[dict[str, Any]]:
    """The buttons for chosen rows of the ledger; none where nothing can be done about that outcome."""
    if not may(request, SEND):
        return []
    return [
        {"address": _address(edition, asked), "label": asked.choose}
        for asked in (MARK_AS_SENT, RESEND, RETRY_FAILED)
        if asked.resolution.outcome == outcome
        and not (asked.resolution.sends and edition.status == Edition.Status.CANCELLED)
    ]


def missed(request: HttpRequest, page: EditionPage) -> HttpResponseBase:
    """Everybody who did not get it, as a spreadsheet."""
    return csv_download.attachment(
        missed_readers.csv_rows(page.edition), f"{page.edition.slug or page.edition.pk}-missed.csv"
    )


# --- Ask and act --------------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class _Meant:
    """Whom the visitor means: all with the outcome, or the chosen. `seen` is how many all were on their page."""

    chosen: list[int] | None
    seen: int | None

    @classmethod
    def by(cls, request: HttpRequest) -> _Meant:
        data = request.POST if request.method == "POST" else request.GET
        chosen = data.getlist("chosen")
        # A form of the ledger says “some”, so that choosing nobody never means everybody.
        some = "some" in data or bool(chosen)
        seen = data.get("seen", "")
        return cls(read_numbers(chosen) if some else None, (read_number(seen) or 0) if seen else None)


def _ask_or_act(request: HttpRequest, page: EditionPage, asked: ResolutionPage) -> HttpResponseBase:
    edition = page.edition
    meant = _Meant.by(request)
    if meant.chosen == []:
        messages.error(request, _("Choose at least one recipient."))
        return HttpResponseRedirect(_ledger(edition, asked))
    if asked.resolution.sends:
        resolving.refuse_to_send(edition)
    else:
        resolving.refuse_to_resolve(edition)
    if request.method == "POST" and asked.resolution.sends and (question := unless_recent(request)) is not None:
        return question
    # Who was chosen is counted among those who are still so: another may have settled them since.
    now = _how_many(edition, asked, meant.chosen)
    if request.method == "POST" and (meant.seen in {None, now} or not now):
        return _act(request, edition, asked, meant)
    if request.method == "POST":
        messages.warning(
            request,
            _("Nothing was changed. There were %(seen)s when you opened the page, and now there are %(now)s.")
            % {"seen": meant.seen, "now": now},
        )
        return HttpResponseRedirect(edition_url(edition))
    if not now:
        raise Refused(_("There is nothing left to resolve: someone else did it, or a late answer arrived."))
    return _ask(page, asked, meant, now)


def _how_many(edition: Edition, asked: ResolutionPage, chosen: list[int] | None) -> int:
    if chosen is None:
        return int(getattr(count_outcomes(edition), asked.resolution.outcome.value))
    return list_entries(edition, asked.resolution.outcome).filter(subscriber_id__in=chosen).count()


def _ask(page: EditionPage, asked: ResolutionPage, meant: _Meant, count: int) -> HttpResponse:
    request, edition = page.request, page.edition
    named: Iterable[str] = ()
    if meant.chosen is not None and may(request, "newsletters.view_delivery"):
        rows = list_entries(edition, asked.resolution.outcome).filter(subscriber_id__in=meant.chosen)
        some = Subscriber.objects.filter(pk__in=list(rows.values_list("subscriber_id", flat=True)[:NAMED_AT_MOST]))
        named = some.order_by("pk").values_list("email", flat=True)
    context = {
        **page.context(counted(asked.title, count)),
        "meaning": asked.meaning,
        "button": counted(asked.button, count),
        "named": list(named),
        "chosen": meant.chosen,
        "seen": count,
        "again": asked.resolution.sends,
        "tried_once": asked.resolution.sends and timezone.now() > edition.retries_end_at,
        "ledger": _ledger(edition, asked),
    }
    return TemplateResponse(request, "admin/newsletters/edition/resolve.html", context)


def _act(request: HttpRequest, edition: Edition, asked: ResolutionPage, meant: _Meant) -> HttpResponse:
    decided = asked.resolution.carry_out(edition.pk, by=acting_name(request), subscriber_ids=meant.chosen)
    sentence = asked.resolution.in_words(decided)
    if decided.changed:
        log_to_history(request, edition, sentence)
        if asked.resolution.sends:
            nudge(tasks.send_slice)
    (messages.success if decided.changed else messages.warning)(request, sentence)
    return HttpResponseRedirect(edition_url(edition) if meant.chosen is None else _ledger(edition, asked))


def _address(edition: Edition, asked: ResolutionPage) -> str:
    return reverse(f"admin:newsletters_edition_{asked.resolution.name}", args=[edition.pk])


def _ledger(edition: Edition, asked: ResolutionPage) -> str:
    return reverse("admin:newsletters_edition_ledger", args=[edition.pk]) + f"?outcome={asked.resolution.outcome.value}"
