"""A rule becomes one condition of the ORM on people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import and_

from django.db.models import Exists, OuterRef, Q, QuerySet
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
    return _compile(_RulePart(rule), now or timezone.now(), vocabulary or Vocabulary())


def people_in(rule: Group, now: datetime | None = None) -> QuerySet[Subscriber]:
    return Subscriber.objects.filter(condition_of(rule, now))


def rows_about(rule: Group, column: str, now: datetime | None = None) -> Q:
    """The same of another table's rows, each of which has a person's number in `column`."""
    known, now = Vocabulary(), now or timezone.now()
    part, (all_of, parts) = _RulePart(rule), _RulePart(rule).parts()
    while len(parts) == 1 and parts != [part]:
        (part,) = parts
        all_of, parts = part.parts()
    if all_of:
        return Q(Exists(Subscriber.objects.filter(_compile(part, now, known), pk=OuterRef(column))))
    return ~Q(Exists(Subscriber.objects.filter(_none_of(parts, now, known), pk=OuterRef(column))))


@dataclass(frozen=True, slots=True)
class _RulePart:
    """Of a rule: who is meant by it, or everybody else."""

    of: Group | Condition
    negated: bool = False

    def opposite(self) -> _RulePart:
        return _RulePart(self.of, not self.negated)

    def parts(self) -> tuple[bool, list[_RulePart]]:
        """Whether all of its parts must hold, or any; and these, `not` having moved down to them. What is itself such a
        group, or a group of one, is taken apart. A condition is its only part."""
        if isinstance(self.of, Condition):
            return True, [self]
        negated = self.negated != (self.of.how == "not")
        all_of = (self.of.how == "any") == self.negated
        found: list[_RulePart] = []
        for each in self.of.parts:
            part = _RulePart(each, negated)
            its_all_of, its_parts = part.parts()
            found += its_parts if its_all_of == all_of or len(its_parts) == 1 else [part]
        return all_of, found


def _compile(part: _RulePart, now: datetime, known: Vocabulary) -> Q:
    """PostgreSQL joins with what is asked by EXISTS or NOT EXISTS where these stand side by side under AND. Anywhere
    else, under OR or NOT, it would look up person by person: five conditions of a million people took ten seconds."""
    if isinstance(part.of, Condition):
        checked = known.check(part.of)
        asked = Asked(checked.operator, checked.value, now, lambda: known.zone)
        condition = known.field(checked.field).condition(asked)
        return ~condition if part.negated else condition
    all_of, parts = part.parts()
    if all_of or len(parts) == 1:
        return reduce(and_, [_compile(each, now, known) for each in parts])
    # In any of them is who isn't among those in none of them. So these stand under AND, too.
    none_of = _none_of(parts, now, known)
    if not _asks_other_tables(none_of):
        return ~none_of
    return ~Q(Exists(Subscriber.objects.filter(none_of, pk=OuterRef("pk"))))


def _none_of(parts: Sequence[_RulePart], now: datetime, known: Vocabulary) -> Q:
    return reduce(and_, [_compile(each.opposite(), now, known) for each in parts])


def _asks_other_tables(condition: Q) -> bool:
    return any(
        _asks_other_tables(each) if isinstance(each, Q) else isinstance(each, Exists) for each in condition.children
    )
