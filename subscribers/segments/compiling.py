"""A rule becomes one condition of the ORM on people."""

from __future__ import annotations

from datetime import datetime
from functools import reduce
from operator import and_, or_

from django.db.models import Q, QuerySet
from django.utils import timezone

from subscribers.models import Subscriber
from subscribers.segments.fields import Asked, Vocabulary
from subscribers.segments.rules import Condition, Group


def check_rule(rule: Group, vocabulary: Vocabulary | None = None) -> Group:
    """The rule with all its values as they are stored. Raises `BadRule`."""
    known = vocabulary or Vocabulary()
    return Group(
        rule.how,
        tuple(check_rule(part, known) if isinstance(part, Group) else known.check(part) for part in rule.parts),
    )


def condition_of(rule: Group | Condition, now: datetime | None = None, vocabulary: Vocabulary | None = None) -> Q:
    """Of Subscriber. Raises `BadRule` where it asks about what is not there any more: nobody is then meant, and a
    condition that is left out would mean more people than somebody saw."""
    return _compile(rule, now or timezone.now(), vocabulary or Vocabulary())


def people_in(rule: Group, now: datetime | None = None) -> QuerySet[Subscriber]:
    return Subscriber.objects.filter(condition_of(rule, now))


def _compile(rule: Group | Condition, now: datetime, known: Vocabulary) -> Q:
    if isinstance(rule, Condition):
        checked = known.check(rule)
        return known.field(checked.field).condition(Asked(checked.operator, checked.value, now))
    parts = [_compile(part, now, known) for part in rule.parts]
    joined = reduce(and_ if rule.how == "all" else or_, parts)
    return ~joined if rule.how == "not" else joined
