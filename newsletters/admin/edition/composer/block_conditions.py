"""Who sees a block, as the composer offers it: everyone, the readers in a segment, those who follow a topic or have a
value of an attribute; or all who aren't among these.

One menu names them all. A value that nobody can list (a text, a number, a date) is typed beside it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lib.entities import typed_text
from lib.query_numbers import read_number
from newsletters.editions.conditions import TOPIC
from newsletters.editions.drafts import Block
from subscribers.attributes.values import BadValue, as_typed, parse
from subscribers.models import Attribute, Topic
from subscribers.models.attributes import KEY_PATTERN, Access
from subscribers.segments.attribute_fields import PREFIX

MOST_VALUE = 200  # characters
_FIELD = re.compile(re.escape(PREFIX) + KEY_PATTERN)
_TOPIC = f"{TOPIC}:"
_LISTED = {Attribute.Kind.YES_NO, Attribute.Kind.CHOICE}  # attributes whose values a menu can name


@dataclass(frozen=True, slots=True)
class ConditionChoice:
    """An entry of the menu."""

    value: str
    words: str
    takes_value: bool = False


@dataclass(frozen=True, slots=True)
class ChoiceGroup:
    name: str | Promise
    choices: tuple[ConditionChoice, ...]


def condition_groups(
    blocks: Iterable[Block],
    segments: Iterable[tuple[int, str]],
    topics: Iterable[Topic],
    attributes: Iterable[Attribute],
) -> list[ChoiceGroup]:
    """The menu, with what is chosen and isn't there any more. Attributes that staff may not see aren't in it: who gets
    which block would tell their values."""
    named = [ConditionChoice(str(pk), _("Only readers in “%s”") % name) for pk, name in segments]
    followed = [ConditionChoice(f"{_TOPIC}{each.pk}", _("Only who follows “%s”") % each.name) for each in topics]
    seen = [each for each in attributes if each.staff_may != Access.NOTHING]
    groups = [
        ChoiceGroup(gettext_lazy("Segments"), tuple(named)),
        ChoiceGroup(gettext_lazy("Topics"), tuple(followed)),
        ChoiceGroup(gettext_lazy("Attributes"), tuple(_values(seen))),
    ]
    hidden = {f"{PREFIX}{each.key}" for each in attributes if each.staff_may == Access.NOTHING}
    there = {choice.value for group in groups for choice in group.choices}
    gone = sorted({chosen for block in blocks if (chosen := _chosen(block, there)) and chosen not in there})
    if gone:
        lost = tuple(ConditionChoice(each, _lost(each, hidden)) for each in gone)
        groups.append(ChoiceGroup(gettext_lazy("Not in the menu any more"), lost))
    return [group for group in groups if group.choices]


def _values(attributes: Iterable[Attribute]) -> Iterator[ConditionChoice]:
    for attribute in attributes:
        field = f"{PREFIX}{attribute.key}"
        if attribute.kind not in _LISTED:
            yield ConditionChoice(field, _("Only if %s is …") % attribute.name, takes_value=True)
            continue
        values: Iterable[Any] = (True, False) if attribute.kind == Attribute.Kind.YES_NO else attribute.choices
        for value in values:
            typed = as_typed(attribute, value)
            yield ConditionChoice(f"{field}={typed}", _("Only if %(name)s is %(value)s")
                                  % {"name": attribute.name, "value": typed})  # fmt: skip


def _lost(chosen: str, hidden: set[str]) -> str:
    if chosen.startswith(_TOPIC):
        return _("Only who follows a topic that was deleted")
    if chosen.partition("=")[0] in hidden:
        return _("Only a value of an attribute that is hidden from staff")
    if chosen.startswith(PREFIX):
        return _("Only a value of an attribute that isn't there any more")
    return _("Only readers in “%s”") % _("a segment that was deleted")


def chosen_in(block: Block) -> tuple[str, str]:
    """What of the menu is chosen: with the value, and without."""
    if block.only_field == TOPIC:
        return f"{_TOPIC}{block.only_value}", ""
    if block.only_field:
        return f"{block.only_field}={block.only_value}", block.only_field
    return (str(block.only_segment), "") if block.only_segment else ("", "")


def _chosen(block: Block, there: set[str]) -> str:
    whole, field = chosen_in(block)
    return field if field in there else whole


def typed_condition(data: QueryDict, key: str) -> dict[str, Any]:
    """The columns of a block, of what the page sent of it; none of what isn't in any menu."""
    chosen = data.get(f"only_segment-{key}", "")[:400]
    typed: dict[str, Any] = {}
    if (segment := read_number(chosen)) is not None:
        typed = {"only_segment": segment or None}
    elif chosen.startswith(_TOPIC) and (topic := read_number(chosen.removeprefix(_TOPIC))):
        typed = {"only_field": TOPIC, "only_value": str(topic)}
    elif chosen.startswith(PREFIX):
        field, listed, value = chosen.partition("=")
        if _FIELD.fullmatch(field):
            written = value if listed else data.get(f"only_value-{key}", "")
            typed = {"only_field": field, "only_value": typed_text(written).strip()}
    if any(typed.values()):
        typed["is_for_others"] = f"is_for_others-{key}" in data
    return typed


def _condition_of(block: Block) -> tuple[str, str]:
    return block.only_field, block.only_value


def problem_with_condition(block: Block, attributes: Sequence[Attribute], saved: Iterable[Block]) -> str:
    """A sentence; empty where there is none, and where the attribute is gone: preflight says that. What is asked of an
    attribute that staff may not see must be `saved` already, since the answer would tell who has the value."""
    attribute = next((each for each in attributes if f"{PREFIX}{each.key}" == block.only_field), None)
    if len(block.only_value) > MOST_VALUE:
        return _("The value of a condition can have %d characters at most.") % MOST_VALUE
    if attribute is None:
        return ""
    if attribute.staff_may == Access.NOTHING and _condition_of(block) not in map(_condition_of, saved):
        return _("Choose another condition. That attribute is hidden from staff.")
    if not block.only_value:
        return _("Say which value of %s its readers have.") % attribute.name
    try:
        parse(attribute, block.only_value)
    except BadValue as problem:
        return str(problem)
    return ""
