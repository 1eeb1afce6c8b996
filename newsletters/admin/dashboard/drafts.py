"""Drafts that wait for somebody: how old, who worked on them last, and what is plainly missing.

Two queries. Preflight looks much closer, and needs the whole mail for it; here stands only what a row says.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from newsletters.admin.edition.merge_chips import chips
from newsletters.editions.subjects import subject_parts_of
from newsletters.models import Approval, Article, Edition, EditionItem, EditionRevision, PreflightOverride
from newsletters.models.editions import ARTICLE

AT_MOST = 8
_APPROVALS = {
    Approval.State.ASKED.value: gettext_lazy("waiting for approval"),
    Approval.State.RETURNED.value: gettext_lazy("approval was rejected"),
}


@dataclass(frozen=True, slots=True)
class Waiting:
    title: str
    subject: str
    age: str
    by: str
    missing: tuple[str, ...]
    address: str


@dataclass(frozen=True, slots=True)
class Drafts:
    """The last touched first; `more` says that there are others, in the list of editions."""

    entries: list[Waiting]
    more: bool


def waiting() -> Drafts:
    found = list(_rows()[: AT_MOST + 1])
    now = timezone.now()
    shown = found[:AT_MOST]
    subjects = subject_parts_of(shown)
    return Drafts([_waiting(edition, chips(subjects[edition.pk]), now) for edition in shown], more=len(found) > AT_MOST)


def _rows() -> QuerySet[Edition]:
    items = EditionItem.objects.filter(edition=OuterRef("pk"), kind=ARTICLE).order_by()
    hidden = ~Q(article__status=Article.Status.PUBLISHED) | Q(article__published_at__gt=timezone.now())
    saved = EditionRevision.objects.filter(edition=OuterRef("pk")).exclude(saved_by="").order_by("-number")
    overrides = PreflightOverride.objects.filter(edition=OuterRef("pk")).order_by("-at")
    return (
        Edition.objects.filter(status=Edition.Status.DRAFT)
        .select_related("newsletter")
        .annotate(
            has_articles=Exists(items),
            hides_articles=Exists(items.filter(hidden)),
            overridden_at=Subquery(overrides.values("at")[:1]),
            approval=Subquery(Approval.objects.filter(edition=OuterRef("pk")).values("state")[:1]),  # the last
            saved_by=Subquery(saved.values("saved_by")[:1]),
            maker=F("created_by__username"),
            first_name=F("created_by__first_name"),
            last_name=F("created_by__last_name"),
        )
        .only(
            "newsletter__name",
            "newsletter__zone",
            "newsletter__is_active",
            "newsletter__language",
            "number",
            "digest",
            "subject",
            "snapshot",
            "created_at",
            "updated_at",
            "status",
        )
        .order_by("-updated_at")
    )


def _waiting(edition: Edition, subject: str, now: datetime) -> Waiting:
    return Waiting(
        title=str(edition),
        subject=subject,
        age=age_in_words(edition.created_at, now),
        by=_last_hand(edition),
        missing=tuple(_missing(edition)),
        address=reverse("admin:newsletters_edition_change", args=[edition.pk]),
    )


def age_in_words(since: datetime, now: datetime) -> str:
    """“2 days old”, by the calendar of the installation."""
    days = (timezone.localtime(now).date() - timezone.localtime(since).date()).days
    if days < 1:
        return _("created today")
    return ngettext("created %d day ago", "created %d days ago", days) % days


def _last_hand(edition: Edition) -> str:
    saved_by: str | None = edition.saved_by  # type: ignore[attr-defined]
    if saved_by:
        return _("last changed by %s") % saved_by
    maker: str | None = edition.maker  # type: ignore[attr-defined]
    if maker:
        name = f"{edition.first_name} {edition.last_name}".strip()  # type: ignore[attr-defined]
        return _("created by %s") % (name or maker)
    return _("created by the schedule, unedited")


def _missing(edition: Edition) -> list[str]:
    found = []
    if not edition.subject.strip():
        found.append(_("no subject yet"))
    if not edition.has_articles:  # type: ignore[attr-defined]
        found.append(_("no article yet"))
    if edition.hides_articles:  # type: ignore[attr-defined]
        found.append(_("has an unpublished article"))
    approval: str | None = edition.approval  # type: ignore[attr-defined]
    if approval in _APPROVALS:
        found.append(str(_APPROVALS[approval]))
    overridden_at: datetime | None = edition.overridden_at  # type: ignore[attr-defined]
    if overridden_at and edition.updated_at > overridden_at:
        found.append(_("changed since preflight was overridden"))
    if not edition.newsletter.is_active:
        found.append(_("its newsletter isn't active"))
    return found
