"""A rule: conditions and groups of them, as JSON and as values.

    {"all": [{"field": "list", "is": "confirmed", "value": 3},
             {"not": [{"field": "attribute.city", "is": "is", "value": "Oslo"}]}]}

`all` of the group apply, `any` of them, or `not` one of them. `is` is the operator. Measured before it is read: what
comes from outside may be anything.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

DEEPEST = 8  # groups within groups
MOST_CONDITIONS = 100
LONGEST_VALUE = 1000  # characters
HOWS = ("all", "any", "not")

Scalar = str | int | float | bool | None


class BadRule(ValueError):
    """What is no rule, or asks about what is not there; the message is one sentence for who made it."""


@dataclass(frozen=True, slots=True)
class Condition:
    field: str
    operator: str
    value: Scalar = None

    def to_json(self) -> dict[str, Any]:
        said = {"field": self.field, "is": self.operator}
        return said if self.value is None else {**said, "value": self.value}


@dataclass(frozen=True, slots=True)
class Group:
    how: str  # one of HOWS
    parts: tuple[Condition | Group, ...]

    def to_json(self) -> dict[str, Any]:
        return {self.how: [part.to_json() for part in self.parts]}

    def conditions(self) -> Iterator[Condition]:
        for part in self.parts:
            if isinstance(part, Group):
                yield from part.conditions()
            else:
                yield part


def parse_rule(data: object) -> Group:
    """The rule, with at least one condition in each group. Raises `BadRule`. What fields and operators there are is
    asked when it is compiled."""
    budget = [MOST_CONDITIONS]
    rule = _group(data, 1, budget)
    if rule is None:
        raise BadRule(_("A rule begins with a group: all, any or not."))
    return rule


def _group(data: object, depth: int, budget: list[int]) -> Group | None:
    if not isinstance(data, dict) or len(data) != 1:
        return None
    ((how, parts),) = data.items()
    if how not in HOWS or not isinstance(parts, list):
        return None
    if depth > DEEPEST:
        raise BadRule(_("Groups can be nested %d deep at most.") % DEEPEST)
    if not parts:
        raise BadRule(_("A group is empty. Add a condition to it, or remove the group."))
    return Group(how, tuple(_part(part, depth, budget) for part in parts))


def _part(data: object, depth: int, budget: list[int]) -> Condition | Group:
    if (group := _group(data, depth + 1, budget)) is not None:
        return group
    budget[0] -= 1
    if budget[0] < 0:
        raise BadRule(_("A rule can have %d conditions at most.") % MOST_CONDITIONS)
    if not isinstance(data, dict) or not {"field", "is"} <= set(data) <= {"field", "is", "value"}:
        raise BadRule(_("A condition says a field, an operator and a value."))
    field, operator, value = data["field"], data["is"], data.get("value")
    if not (isinstance(field, str) and isinstance(operator, str) and len(field) <= 80 and len(operator) <= 40):
        raise BadRule(_("A condition says a field, an operator and a value."))
    if value is not None and not isinstance(value, str | int | float | bool):
        raise BadRule(_("The value of a condition is a text, a number, yes or no."))
    if isinstance(value, str) and len(value) > LONGEST_VALUE:
        raise BadRule(_("The value of a condition can have %d characters at most.") % LONGEST_VALUE)
    return Condition(field, operator, value)
