"""What only a person can settle, the gravest first: each said in a sentence that leads to where it is settled.

Each kind is asked for with one query, and only for who may act on it. Numbers beyond a thousand are not counted out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lib.percentages import percent
from mail.models import Message
from newsletters.admin.roles import may, who_may
from newsletters.admin.system import halting
from newsletters.articles import reviewing
from newsletters.delivery.ledger.totals import count_outcomes_of
from newsletters.models import Approval, Chunk, Comment, Edition, FeedSource, Occurrence
from subscribers.models import JoinRequest, Subscription, Suppression

LATELY = timedelta(days=7)
OVERDUE = timedelta(minutes=15)  # a mail to one person goes out within seconds
COUNTED_TO = 1000
EDITIONS = FEEDS = 5
FAILURES = 5  # of a feed, one after another: seven or eight hours
REJECTED_SHARE = 0.02  # of an edition's readers: more than lists have that are looked after
SEND, COMPOSE = "newsletters.send_edition", "newsletters.add_edition"


@dataclass(frozen=True, slots=True)
class Need:
    sentence: str
    address: str
    does: str  # what the link says
    grave: bool = False


def list_needs(request: HttpRequest) -> list[Need] | None:
    """None for who may act on nothing of it."""
    kinds: tuple[tuple[str, Callable[[], Iterable[Need]]], ...] = (
        ("newsletters.view_edition", lambda: _halted(request)),
        (SEND, _in_doubt),
        (SEND, _refused),
        (SEND, _kept_back),
        ("newsletters.change_approval", lambda: _approvals(request)),
        (reviewing.PUBLISH, lambda: _reviews(request)),
        (COMPOSE, _missed),
        ("newsletters.change_comment", _comments),
        ("newsletters.change_feedsource", _feeds),
        ("subscribers.change_subscription", _join_requests),
        ("subscribers.change_subscriber", _overdue),
        ("subscribers.suppress_subscriber", _bounces),
    )
    allowed = [find for permission, find in kinds if may(request, permission)]
    return [need for find in allowed for need in find()] if allowed else None


def _halted(request: HttpRequest) -> Iterable[Need]:
    if not (why := halting.why_stopped()):
        return
    sentence = _("Sending is stopped: %(why)s") % {"why": why}
    if may(request, SEND):
        yield Need(sentence, reverse(f"admin:{halting.URL_NAME}"), _("Review and resume"), grave=True)
    else:
        who = _("You need the role %(who)s to resume it.") % {"who": who_may(SEND)}
        yield Need(f"{sentence} {who}", reverse("admin:newsletters_edition_changelist"), _("Show editions"), grave=True)


def _page(edition_id: int) -> str:
    return reverse("admin:newsletters_edition_change", args=[edition_id])


def _named_editions() -> QuerySet[Edition]:
    """The latest first, with what a sentence about them needs."""
    return (
        Edition.objects.select_related("newsletter")
        .only("newsletter__name", "number", "digest", "status", "candidates")
        .order_by("-pk")
    )


def _in_doubt() -> Iterable[Need]:
    """By edition: whether they were sent has to be said for each."""
    doubtful = Chunk.objects.filter(in_doubt__gt=0, edition=OuterRef("pk"))
    editions = list(_named_editions().filter(Exists(doubtful))[:EDITIONS])
    totals = count_outcomes_of(editions)
    for edition in editions:
        mails = totals[edition.pk].in_doubt
        yield Need(
            ngettext(
                "%(n)s email of %(edition)s is in doubt: the server may have taken it.",
                "%(n)s emails of %(edition)s are in doubt: the server may have taken them.",
                mails,
            )
            % {"n": f"{mails:,}", "edition": edition},
            _page(edition.pk), _("Resolve"), grave=True,
        )  # fmt: skip


def _refused() -> Iterable[Need]:
    """Editions of late of which unusually many mails were refused."""
    lately = list(_named_editions().filter(frozen_at__gt=timezone.now() - LATELY, candidates__gt=0)[:20])
    totals = count_outcomes_of(lately)
    for edition in lately:
        of_all = totals[edition.pk].of_recipients
        mails = of_all.rejected
        if mails > of_all.candidates * REJECTED_SHARE:
            yield Need(
                ngettext(
                    "%(n)s email of %(edition)s was rejected (%(share)s).",
                    "%(n)s emails of %(edition)s were rejected (%(share)s).",
                    mails,
                )
                % {"n": f"{mails:,}", "edition": edition, "share": percent(mails / of_all.candidates)},
                _page(edition.pk), _("Review the replies"),
            )  # fmt: skip


def _occurrences(state: str) -> QuerySet[Occurrence]:
    recent = Occurrence.objects.filter(due_at__gt=timezone.now() - LATELY, state=state)
    return recent.order_by("-due_at").select_related("newsletter")


def _kept_back() -> Iterable[Need]:
    """What should have gone out by itself and waits as a draft."""
    held = _occurrences(Occurrence.State.MADE).exclude(reason="")
    held = held.filter(edition__status=Edition.Status.DRAFT).select_related("newsletter", "edition")
    held = held.defer("edition__snapshot", "edition__introduction")
    for occurrence in held[:EDITIONS]:
        edition = occurrence.edition
        yield Need(
            _("%(newsletter)s wasn't sent automatically. %(why)s")
            % {"newsletter": occurrence.newsletter.name, "why": occurrence.reason},
            _page(edition.pk), _("Open the draft"), grave=True,
        )  # fmt: skip


def _approvals(request: HttpRequest) -> Iterable[Need]:
    """What somebody else asks a second person for."""
    asked = Approval.objects.filter(state=Approval.State.ASKED).exclude(asked_by=request.user.pk)
    rows = asked.order_by("asked_at").values_list("edition", "edition__newsletter__name", "asked_by_name")
    for pk, newsletter, who in rows[:EDITIONS]:
        yield Need(
            _("%(who)s requests approval of a draft of %(newsletter)s.") % {"who": who, "newsletter": newsletter},
            reverse("admin:newsletters_edition_approval", args=[pk]), _("Review"),
        )  # fmt: skip


def _reviews(request: HttpRequest) -> Iterable[Need]:
    """Articles that somebody else asks to have published."""
    for asked in reviewing.waiting().exclude(asked_by=request.user.pk)[:EDITIONS]:
        yield Need(
            _("%(who)s asks for a review of “%(title)s”.") % {"who": asked.asked_by_name, "title": asked.article.title},
            reverse("admin:newsletters_article_publishing", args=[asked.article_id]), _("Review"),
        )  # fmt: skip


def _missed() -> Iterable[Need]:
    """Dates of the last week on which nothing came, a newsletter at a time."""
    rows = (
        Occurrence.objects.filter(due_at__gt=timezone.now() - LATELY, state=Occurrence.State.MISSED)
        .order_by("newsletter__name")
        .values_list("newsletter", "newsletter__name")
        .annotate(dates=Count("pk"), last=Max("due_at"), why=Max("reason"))
    )
    for newsletter_id, name, dates, last, why in rows[:EDITIONS]:
        when = date_format(timezone.localtime(last), "l j F")
        sentence = ngettext(
            "%(newsletter)s missed its scheduled date on %(when)s. %(why)s",
            "%(newsletter)s missed %(n)d scheduled dates, most recently %(when)s. %(why)s",
            dates,
        ) % {"newsletter": name, "n": dates, "when": when, "why": why}
        query = urlencode({"newsletter__id__exact": newsletter_id, "state__exact": Occurrence.State.MISSED.value})
        yield Need(
            sentence.strip(), f"{reverse('admin:newsletters_occurrence_changelist')}?{query}", _("Show the dates")
        )  # fmt: skip


def _feeds() -> Iterable[Need]:
    """Feeds that are gone, or couldn't be read for long."""
    failing = Q(state=FeedSource.State.ACTIVE, failures__gte=FAILURES)
    for source in FeedSource.objects.filter(Q(state=FeedSource.State.STOPPED) | failing)[:FEEDS]:
        yield Need(
            _("No articles come in from %(feed)s. %(why)s") % {"feed": source, "why": source.problem},
            reverse("admin:newsletters_feedsource_change", args=[source.pk]), _("Open the feed"),
        )  # fmt: skip


def _up_to(rows: QuerySet[Any]) -> tuple[int, str]:
    """How many, and that in words: “more than 1,000” where nobody counts further."""
    found = rows.order_by()[: COUNTED_TO + 1].count()
    return found, f"{found:,}" if found <= COUNTED_TO else _("more than %s") % f"{COUNTED_TO:,}"


def _comments() -> Iterable[Need]:
    found, words = _up_to(Comment.objects.held())
    if found:
        yield Need(
            ngettext("%s comment is waiting for review.", "%s comments are waiting for review.", found) % words,
            reverse("admin:newsletters_comment_changelist"), _("Review"),
        )  # fmt: skip


def _join_requests() -> Iterable[Need]:
    found, words = _up_to(JoinRequest.objects.filter(status=Subscription.Status.HELD))
    if found:
        yield Need(
            ngettext("%s person asks to join a list.", "%s people ask to join a list.", found) % words,
            reverse("admin:subscribers_joinrequest_changelist"), _("Review"),
        )  # fmt: skip


def _overdue() -> Iterable[Need]:
    """Confirmations and links that somebody asked for and waits for."""
    late = Message.objects.filter(state=Message.State.WAITING, due_at__lt=timezone.now() - OVERDUE)
    found, words = _up_to(late)
    if found:
        yield Need(
            ngettext(
                "%s message should have gone out by now. Is a worker running?",
                "%s messages should have gone out by now. Is a worker running?",
                found,
            )
            % words,
            f"{reverse('admin:mail_message_changelist')}?state__exact=waiting", _("Show messages"), grave=True,
        )  # fmt: skip


def _bounces() -> Iterable[Need]:
    lately = Suppression.objects.filter(at__gt=timezone.now() - LATELY, reason=Suppression.Reason.BOUNCE)
    found, words = _up_to(lately)
    if found:
        yield Need(
            ngettext(
                "%s address was suppressed in the last seven days because email to it bounces.",
                "%s addresses were suppressed in the last seven days because email to them bounces.",
                found,
            )
            % words,
            f"{reverse('admin:subscribers_suppression_changelist')}?reason__exact=bounce", _("Review"),
        )  # fmt: skip
