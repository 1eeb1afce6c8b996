"""The recipients of an edition by the provider of their mailbox and by their language, with what became of their mail.

What came back is counted whenever it is asked for, since it goes on coming. The rest is counted once, when sending is
over, by a worker: it reads the whole ledger of the edition, in pieces. People who are erased afterwards stay in the
numbers; those erased before it is counted stand under “erased”.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Case, CharField, Count, F, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce, StrIndex, Substr
from django.utils import timezone
from django.utils.translation import get_language_info, gettext_lazy
from django.utils.translation import gettext as _

from newsletters.models import Delivery, Edition, RecipientGroups
from newsletters.models.deliveries import Outcome
from newsletters.reports.came_back import PeopleWhoCameBack
from subscribers.models import Subscriber

logger = logging.getLogger(__name__)
STEP = 50_000  # people that one query counts
OTHER, ERASED, NOT_SET = "other", "erased", ""
_COUNTRIES = ("at", "be", "ca", "ch", "cl", "co.id", "co.il", "co.in", "co.jp", "co.nz", "co.uk", "com.ar", "com.au",
              "com.br", "com.mx", "com.tr", "cz", "de", "dk", "es", "fi", "fr", "gr", "hu", "ie", "in", "it", "jp",
              "nl", "no", "pl", "pt", "ro", "se", "sa")  # fmt: skip
PROVIDERS: dict[str, tuple[Any, frozenset[str]]] = {
    "gmail": (gettext_lazy("Gmail"), frozenset({"gmail.com", "googlemail.com"})),
    "outlook": (
        gettext_lazy("Outlook and Hotmail"),
        frozenset({"outlook.com", "hotmail.com", "live.com", "msn.com", "passport.com"}
                  | {f"{name}.{end}" for name in ("outlook", "hotmail", "live") for end in _COUNTRIES}),
    ),
    "yahoo": (
        gettext_lazy("Yahoo and AOL"),
        frozenset({"yahoo.com", "ymail.com", "rocketmail.com", "aol.com", "aim.com", "myyahoo.com"}
                  | {f"{name}.{end}" for name in ("yahoo", "aol") for end in _COUNTRIES}),
    ),
    "apple": (gettext_lazy("Apple"), frozenset({"icloud.com", "me.com", "mac.com", "privaterelay.appleid.com"})),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class GroupOfRecipients:
    """`recipients` are all but the skipped; what is neither accepted nor rejected is in doubt or cancelled. None where
    nobody knows what came back."""

    key: str
    name: str
    recipients: int
    accepted: int
    rejected: int
    bounced: int | None = None
    complaints: int | None = None


def groups_of(
    edition: Edition, came_back: Mapping[str, PeopleWhoCameBack] | None
) -> dict[str, tuple[GroupOfRecipients, ...]] | None:
    """By "provider" and "language", the largest first; None while they aren't counted. `came_back` is by domain; None
    where nobody knows."""
    found = RecipientGroups.objects.filter(edition=edition).first()
    if found is None:
        return None
    by_provider = None if came_back is None else _by_provider(came_back)
    return {
        kind: _shown(kind, values, by_provider if kind == "provider" else None)
        for kind, values in found.groups.items()
    }  # fmt: skip


def _by_provider(came_back: Mapping[str, PeopleWhoCameBack]) -> dict[str, PeopleWhoCameBack]:
    providers = {domain: key for key, (_name, domains) in PROVIDERS.items() for domain in domains}
    sums: dict[str, PeopleWhoCameBack] = {}
    for domain, people in came_back.items():
        key = providers.get(domain, OTHER)
        known = sums.get(key, PeopleWhoCameBack(0, 0))
        sums[key] = PeopleWhoCameBack(known.bounced + people.bounced, known.complaints + people.complaints)
    return sums


def _shown(
    kind: str, values: dict[str, dict[str, int]], came_back: Mapping[str, PeopleWhoCameBack] | None
) -> tuple[GroupOfRecipients, ...]:
    rows = []
    for key, by_outcome in values.items():
        group = GroupOfRecipients(
            key, _name(kind, key), sum(by_outcome.values()), by_outcome.get("accepted", 0),
            by_outcome.get("rejected", 0),
        )  # fmt: skip
        if came_back is not None:
            people = came_back.get(key, PeopleWhoCameBack(0, 0))
            group = replace(group, bounced=people.bounced, complaints=people.complaints)
        rows.append(group)
    return tuple(sorted(rows, key=lambda row: (row.key in (OTHER, ERASED), -row.recipients, row.key)))


def _name(kind: str, key: str) -> str:
    if key == ERASED:
        return _("Erased since")
    if kind == "provider":
        return str(PROVIDERS[key][0]) if key in PROVIDERS else _("Others")
    if key == NOT_SET:
        return _("Not set")
    try:
        return str(get_language_info(key)["name_translated"])
    except KeyError:
        return key


def count_waiting() -> bool:
    """Count the next edition whose sending is over since it was last counted, the newest first. False: none is left."""
    is_new = Q(recipient_groups__isnull=True) | Q(recipient_groups__counted_at__lt=F("finished_at"))
    over = Edition.objects.filter(is_new, status=Edition.Status.SENT, finished_at__isnull=False)
    edition = over.order_by("-finished_at").first()
    if edition is None:
        return False
    count_groups(edition)
    return True


def count_groups(edition: Edition) -> None:
    began = timezone.now()  # what is decided meanwhile is counted again
    groups: dict[str, dict[str, dict[str, int]]] = {
        "provider": defaultdict(lambda: defaultdict(int)), "language": defaultdict(lambda: defaultdict(int)),
    }  # fmt: skip
    for provider, language, outcome, found in _counts(edition):
        groups["provider"][provider][outcome] += found
        groups["language"][language][outcome] += found
    RecipientGroups.objects.update_or_create(edition=edition, defaults={"groups": groups, "counted_at": began})
    logger.info("Counted the recipients of edition %s by provider and language", edition.pk)


def _counts(edition: Edition) -> Iterator[tuple[str, str, str, int]]:
    """Provider, language, outcome and how many, piece by piece."""
    person = Subscriber.objects.filter(pk=OuterRef("subscriber_id"))
    kinds = (When(domain__in=sorted(domains), then=Value(key)) for key, (_name, domains) in PROVIDERS.items())
    provider = person.annotate(domain=Substr("email_key", StrIndex("email_key", Value("@")) + 1)).values_list(
        Case(*kinds, default=Value(OTHER))
    )
    ledger = Delivery.objects.filter(edition=edition).order_by("subscriber_id")
    after: int | None = -1
    while after is not None:
        piece = ledger.filter(subscriber_id__gt=after)
        ids = piece.values_list("subscriber_id", flat=True)
        after = next(iter(ids[STEP - 1 : STEP]), None)
        if after is not None:
            piece = piece.filter(subscriber_id__lte=after)
        yield from (
            piece.exclude(outcome=Outcome.SKIPPED)
            .annotate(
                provider=Coalesce(Subquery(provider[:1]), Value(ERASED), output_field=CharField()),
                language=Coalesce(Subquery(person.values("language")[:1]), Value(ERASED), output_field=CharField()),
            )
            .order_by()
            .values_list("provider", "language", "outcome")
            .annotate(found=Count("pk"))
        )
