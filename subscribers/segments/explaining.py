"""Why somebody is in a segment or not: the rule as a tree, with yes or no at each condition and what the person has.

The database answers, by the same conditions that count and send: nothing is judged a second time.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import BooleanField, Case, Value, When
from django.utils import timezone
from django.utils.translation import gettext as _

from subscribers.models import Subscriber
from subscribers.segments.compiling import condition_of
from subscribers.segments.fields import Vocabulary
from subscribers.segments.rules import Condition, Group

AT_ONCE = 25  # conditions a query


@dataclass(frozen=True, slots=True)
class ExplainedPart:
    """A condition or a group. `told` is what the person has, of a condition; empty where they have nothing."""

    holds: bool
    words: str
    told: str = ""
    parts: tuple[ExplainedPart, ...] = ()
    how: str = ""  # of a group

    def to_json(self) -> dict[str, Any]:
        if self.how:
            return {"holds": self.holds, self.how: [part.to_json() for part in self.parts]}
        return {"holds": self.holds, "condition": self.words, "person": self.told}


def explain(rule: Group, person: Subscriber, now: datetime | None = None) -> ExplainedPart:
    """Raises `BadRule` as compiling does."""
    known, now = Vocabulary(), now or timezone.now()
    conditions = list(dict.fromkeys(rule.conditions()))
    answers: dict[Condition, bool] = {}
    for start in range(0, len(conditions), AT_ONCE):
        some = conditions[start : start + AT_ONCE]
        found: Any = Subscriber.objects.filter(pk=person.pk)
        row = found.values_list(*[_as_column(each, now, known) for each in some]).get()
        answers.update(zip(some, map(bool, row), strict=True))
    return _explained(rule, answers, known, person, {})


def _as_column(condition: Condition, now: datetime, known: Vocabulary) -> Case:
    holds = condition_of(condition, now, known)
    return Case(When(holds, then=Value(True)), default=Value(False), output_field=BooleanField())


def _explained(
    part: Group | Condition, answers: dict[Condition, bool], known: Vocabulary, person: Subscriber, told: dict[str, str]
) -> ExplainedPart:
    if isinstance(part, Condition):
        if part.field not in told:
            told[part.field] = known.field(part.field).told(person)
        return ExplainedPart(answers[part], known.in_words(known.check(part)), told[part.field])
    parts = tuple(_explained(each, answers, known, person, told) for each in part.parts)
    holds = all(each.holds for each in parts) if part.how == "all" else any(each.holds for each in parts)
    if part.how == "not":
        holds = not holds
    return ExplainedPart(holds, how_in_words(part.how), parts=parts, how=part.how)


def how_in_words(how: str) -> str:
    return {"all": _("All of these:"), "any": _("At least one of these:"), "not": _("None of these:")}[how]
