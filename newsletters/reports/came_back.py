"""What came back about an edition's mails after they were accepted: bounces by kind, complaints, deliveries.

Of the mails that a server refused while it was spoken to, the outcome “rejected” tells; they are no bounces here. What
staff have undone doesn't count. A person counts once in each line.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Case, Count, DateTimeField, Q, QuerySet, Value, When
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from newsletters.models import Edition, Feedback, RawEvent
from newsletters.reports.ages import count_delivered
from newsletters.reports.measures import Coverage, Measure, complaint_level, not_counted, usual_of

Kind = Feedback.Kind
IN_DIALOGUE = "smtp"  # the source of what a server said while it was spoken to
BOUNCES = {
    Kind.HARD: gettext_lazy("Bounced: no such address"),
    Kind.FULL: gettext_lazy("Bounced: mailbox full"),
    Kind.SOFT: gettext_lazy("Bounced: not delivered this time"),
    Kind.POLICY: gettext_lazy("Bounced: rejected as spam or by policy"),
}


@dataclass(frozen=True, slots=True)
class CameBack:
    """By edition: how many people of each kind, and of any bounce."""

    kinds: Mapping[int, Mapping[str, int]]
    bounced: Mapping[int, int]


def measure_what_came_back(
    edition: Edition, earlier: Sequence[Edition], recipients: Mapping[int, int], accepted: int, *,
    age: timedelta, usual_delivered: float | None,
) -> list[Measure]:  # fmt: skip
    """Five queries at most, over what came back of these editions."""
    return [
        _delivered(edition, recipients, usual_delivered),
        *_bounces_and_complaints(edition, earlier, recipients, accepted, age),
    ]


def _delivered(edition: Edition, recipients: Mapping[int, int], usual: float | None) -> Measure:
    name = _("Delivered")
    count = count_delivered(edition.pk)
    if not count:
        note = _("Only email services report it, and nothing was reported. Accepted is not delivered.")
        return not_counted("delivered", name, Coverage.NO, note)
    of_all = recipients[edition.pk]
    note = _("As the email service reports.")
    return Measure("delivered", name, count, count / of_all if of_all else 0.0, usual, note=note)


def _bounces_and_complaints(
    edition: Edition, earlier: Sequence[Edition], recipients: Mapping[int, int], accepted: int, age: timedelta
) -> list[Measure]:
    bounced, complaints = _("Bounced"), _("Complaints")
    if not _anything_ever_came_back():
        note = _("No bounce has ever been received, so bounces may not be set up: docs/bounces.md says how.")
        return [
            not_counted("bounced", bounced, Coverage.NO, note),
            not_counted("complaints", complaints, Coverage.NO, note),
        ]
    old = [each for each in earlier if recipients.get(each.pk)]
    found = _count([edition, *old], age)

    def measure(key: str, name: str, counts: Mapping[int, int], note: str = "") -> Measure:
        of_all, count = recipients[edition.pk], counts.get(edition.pk, 0)
        usual = usual_of([counts.get(each.pk, 0) / recipients[each.pk] for each in old])
        level = complaint_level(count, accepted) if key == "complaints" else complaint_level(0, 0)
        return Measure(key, name, count, count / of_all if of_all else 0.0, usual, note=note, level=level)

    def of_kind(kind: Feedback.Kind) -> dict[int, int]:
        return {pk: kinds.get(kind.value, 0) for pk, kinds in found.kinds.items()}

    lines = [measure("bounced", bounced, found.bounced, _("Came back after it was accepted."))]
    for kind, name in BOUNCES.items():
        if of_kind(kind).get(edition.pk):
            lines.append(measure(f"bounced_{kind.value}", str(name), of_kind(kind)))
    said = _("Readers who marked it as spam, where their provider reports it. Gmail doesn't.")
    return [*lines, measure("complaints", complaints, of_kind(Kind.COMPLAINT), said)]


def _anything_ever_came_back() -> bool:
    """Without this nobody knows whether none is because nothing bounced."""
    return RawEvent.objects.exists() or Feedback.objects.exclude(source=IN_DIALOGUE).exists()


@dataclass(frozen=True, slots=True)
class PeopleWhoCameBack:
    bounced: int
    complaints: int


@dataclass(frozen=True, slots=True)
class CameBackByEdition:
    counts: CameBack

    def of_edition(self, edition: int) -> PeopleWhoCameBack:
        kinds = self.counts.kinds.get(edition, {})
        return PeopleWhoCameBack(self.counts.bounced.get(edition, 0), kinds.get(Kind.COMPLAINT.value, 0))


def people_by_edition(editions: Sequence[Edition]) -> CameBackByEdition | None:
    """Until now; None where nothing ever came back, so that nobody knows."""
    return CameBackByEdition(_count(editions, None)) if editions and _anything_ever_came_back() else None


def people_by_domain(edition: Edition) -> dict[str, PeopleWhoCameBack]:
    """Until now, by the domain of their address; an empty text where it isn't known."""
    people = Count("subscriber_id", distinct=True)
    bounced, complaints = (
        dict(_of_editions(Q(edition=edition, kind__in=kinds)).values_list("domain").annotate(people=people))
        for kinds in (list(BOUNCES), [Kind.COMPLAINT])
    )
    return {
        domain: PeopleWhoCameBack(bounced.get(domain, 0), complaints.get(domain, 0))
        for domain in {*complaints, *bounced}
    }  # fmt: skip


def _count(editions: Sequence[Edition], age: timedelta | None) -> CameBack:
    """As it was when each edition was of that age, or until now."""
    # Named apart from the moments, or SQLite looks through what came back of all editions.
    of_these, then = Q(edition__in=[edition.pk for edition in editions]), Q()
    begun = [(edition.pk, edition.frozen_at) for edition in editions if edition.frozen_at]
    if age is not None and begun:  # of each row one moment is compared, and not those of all editions
        ends = [When(edition=pk, then=Value(began + age)) for pk, began in begun]
        then = Q(at__lt=Case(*ends, output_field=DateTimeField()))
    rows = _of_editions(of_these, then)
    people = Count("subscriber_id", distinct=True)
    kinds: defaultdict[int, dict[str, int]] = defaultdict(dict)
    for pk, kind, found in rows.values_list("edition", "kind").annotate(people=people):
        kinds[pk][kind] = found
    bounced = rows.filter(kind__in=list(BOUNCES)).values_list("edition").annotate(people=people)
    return CameBack(kinds, dict(bounced))


def _of_editions(*of_these: Q) -> QuerySet[Feedback]:
    return Feedback.objects.filter(*of_these, undone_at__isnull=True).exclude(source=IN_DIALOGUE).order_by()
