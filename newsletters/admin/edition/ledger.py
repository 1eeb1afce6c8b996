"""The ledger of an edition: who got it, who did not, and why.

Pages go by the last row's number, not by counting: a million recipients cost what fifty do. The CSV is streamed.
Server replies and addresses are shown escaped. Rows in doubt, and refused ones, can be chosen and settled from here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from lib import csv_download
from lib.query_numbers import read_number
from newsletters.admin.edition import resolving, watching
from newsletters.admin.edition.edition_page import EditionPage
from newsletters.admin.roles import may
from newsletters.delivery.ledger.entries import list_entries
from newsletters.delivery.ledger.reasons import reason_in_words
from newsletters.delivery.ledger.totals import count_outcomes
from newsletters.models import Attempt, Delivery, Edition
from newsletters.models.deliveries import Outcome
from subscribers.models import Subscriber

PAGE = 100
FOUND_AT_MOST = 200


@dataclass(frozen=True, slots=True)
class Entry:
    """One recipient as the page shows them."""

    delivery: Delivery
    email: str
    why: str
    reply: str

    @property
    def server(self) -> str:
        """The codes, unless the reply below begins with them."""
        codes = [str(self.delivery.smtp_code or ""), self.delivery.enhanced_status]
        shown = " ".join(code for code in codes if code)
        return "" if self.reply.startswith(shown) else shown


def show_ledger(request: HttpRequest, page: EditionPage) -> HttpResponse:
    edition = page.edition
    outcome = request.GET.get("outcome", "")
    outcome = outcome if outcome in Outcome.values else ""
    wanted = request.GET.get("q", "").strip()[:254]
    after = read_number(request.GET.get("after")) or 0
    key = _key(outcome)
    deliveries = _following(edition, outcome, after)
    if wanted:
        deliveries = deliveries.filter(subscriber_id__in=_subscribers_like(wanted))
    rows = list(deliveries[: PAGE + 1])
    sums = count_outcomes(edition)
    context = {
        **page.context(_("Recipients of %(edition)s") % {"edition": edition}),
        "entries": _entries(edition, rows[:PAGE]),
        "next": getattr(rows[PAGE - 1], key) if len(rows) > PAGE else None,
        "after": after,
        "outcome": outcome,
        "outcomes": Outcome.choices,
        "q": wanted,
        "of_all": sums.of_recipients,
        "skipped": sums.never_due,
        "figures": watching.figures(sums),
        "may_export": may(request, "subscribers.export_subscriber"),
        "choices": resolving.choices(request, edition, outcome),
        "csv": reverse("admin:newsletters_edition_ledger_csv", args=[edition.pk]),
    }
    return TemplateResponse(request, "admin/newsletters/edition/ledger.html", context)


def _key(outcome: str) -> str:
    """By which number the rows are in order: the one that an index gives without sorting."""
    return "id" if outcome else "subscriber_id"


def _following(edition: Edition, outcome: str, after: int) -> QuerySet[Delivery]:
    """The rows after that number. One index range, however many editions the ledger holds."""
    key = _key(outcome)
    return list_entries(edition, outcome or None).order_by(key).filter(**{f"{key}__gt": after})


def _subscribers_like(wanted: str) -> list[int]:
    """By index: the whole address, or the beginning of an address or a name."""
    if exact := list(Subscriber.objects.with_address(wanted).values_list("pk", flat=True)):
        return exact
    return Subscriber.objects.beginning_with(wanted, FOUND_AT_MOST)


def _entries(edition: Edition, deliveries: list[Delivery]) -> list[Entry]:
    """With addresses and the last reply of each, in two queries whatever the number."""
    ids = [delivery.subscriber_id for delivery in deliveries]
    emails = dict(Subscriber.objects.filter(pk__in=ids).values_list("pk", "email"))
    replies = dict(
        Attempt.objects.filter(edition=edition, subscriber_id__in=ids)
        .order_by("at", "pk")
        .values_list("subscriber_id", "reply")
    )
    return [
        Entry(
            delivery,
            emails.get(delivery.subscriber_id) or _("erased (number %(id)d)") % {"id": delivery.subscriber_id},
            reason_in_words(delivery.reason) if delivery.reason else "",
            replies.get(delivery.subscriber_id, ""),
        )
        for delivery in deliveries
    ]


# --- Export -------------------------------------------------------------------------------------------------------
def export(request: HttpRequest, page: EditionPage) -> HttpResponseBase:
    edition = page.edition
    outcome = request.GET.get("outcome", "")
    outcome = outcome if outcome in Outcome.values else ""
    return csv_download.attachment(_rows(edition, outcome), f"{edition.slug or edition.pk}-ledger.csv")


def _rows(edition: Edition, outcome: str) -> Iterator[list[Any]]:
    yield ["address", "outcome", "reason", "reply code", "enhanced status", "attempts", "when (UTC)", "last reply"]
    after = 0
    while batch := list(_following(edition, outcome, after)[:1000]):
        after = getattr(batch[-1], _key(outcome))
        for entry in _entries(edition, batch):
            delivery = entry.delivery
            yield [
                entry.email, delivery.outcome, delivery.reason, delivery.smtp_code, delivery.enhanced_status,
                delivery.attempts, f"{delivery.settled_at:%Y-%m-%d %H:%M:%S}", entry.reply,
            ]  # fmt: skip
