"""The builder of a rule: a form that works by plain POSTs, since each of its buttons sends all of it.

Every condition and group is a node with a path ("r", "r.0", "r.0.1"); the hidden inputs `node` say which there are, in
order. A rule that is not finished yet is kept as it stands, with what is wrong beside its condition.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from subscribers.attributes.values import as_typed
from subscribers.models import Attribute
from subscribers.segments.explaining import how_in_words
from subscribers.segments.fields import Operator, RuleField, Takes, Vocabulary
from subscribers.segments.rules import DEEPEST, HOWS, MOST_CONDITIONS, BadRule, Condition, Group, Scalar

ROOT = "r"
MOST_NODES = 2 * MOST_CONDITIONS
_PATH = re.compile(rf"r(?:\.\d{{1,3}}){{0,{DEEPEST}}}")
_INPUT = {Takes.DATE: "date", Takes.DAYS: "number"}


@dataclass
class Node:
    """A group where `how` is said, else a condition."""

    path: str
    how: str = ""
    field: str = ""
    operator: str = ""
    value: str = ""
    error: str = ""
    parts: list[Node] = dataclasses.field(default_factory=list)

    @property
    def depth(self) -> int:
        return self.path.count(".") + 1

    @property
    def may_nest(self) -> bool:
        return self.depth < DEEPEST

    @property
    def is_root(self) -> bool:
        return self.path == ROOT

    def walk(self) -> Iterator[Node]:
        yield self
        for part in self.parts:
            yield from part.walk()


@dataclass
class Builder:
    root: Node
    vocabulary: Vocabulary

    @classmethod
    def of_rule(cls, rule: Group | None) -> Builder:
        known = Vocabulary()
        if rule is None:
            return cls(Node(ROOT, "all", parts=[_new_condition(known)]), known)._numbered()
        return cls(_node(rule), known)._numbered()

    @classmethod
    def of_form(cls, data: QueryDict) -> Builder:
        """What is not a node of this form is left out; measured before it is read."""
        known, root = Vocabulary(), Node(ROOT, _how(data.get(f"how-{ROOT}")))
        nodes = {ROOT: root}
        for path in data.getlist("node")[:MOST_NODES]:
            parent = nodes.get(path.rpartition(".")[0])
            if not _PATH.fullmatch(path) or path in nodes or parent is None or not parent.how:
                continue
            node = Node(path)
            if f"how-{path}" in data:
                node.how = _how(data.get(f"how-{path}"))
            else:
                node.field = data.get(f"field-{path}", "")[:80]
                node.operator = data.get(f"is-{path}", "")[:40]
                node.value = data.get(f"value-{path}", "")[:1000]
                _fit(node, known, data.get(f"was-{path}", node.field))
            nodes[path] = node
            parent.parts.append(node)
        return cls(root, known)

    def press(self, data: QueryDict) -> bool:
        """Do what a button of the rule says; False where none was pressed."""
        nodes = {node.path: node for node in self.root.walk()}
        if (group := nodes.get(data.get("_add_condition", ""))) is not None and group.how:
            if sum(1 for node in nodes.values() if not node.how) < MOST_CONDITIONS:
                group.parts.append(_new_condition(self.vocabulary))
        elif (group := nodes.get(data.get("_add_group", ""))) is not None and group.how and group.may_nest:
            group.parts.append(Node("", "any", parts=[_new_condition(self.vocabulary)]))
        elif (gone := nodes.get(data.get("_remove", ""))) is not None and not gone.is_root:
            parent = nodes[gone.path.rpartition(".")[0]]
            parent.parts = [part for part in parent.parts if part is not gone]
        elif "_update" not in data:
            return False
        self._numbered()
        return True

    def rule(self) -> Group | None:
        """What is to be saved; None where something is wrong, which then stands at its condition."""
        for node in self.root.walk():
            node.error = ""
            if node.how and not node.parts:
                node.error = _("This group is empty. Add a condition, or remove the group.")
        made = self._group(self.root)
        return None if any(node.error for node in self.root.walk()) else made

    def _group(self, node: Node) -> Group:
        return Group(node.how, tuple(self._part(part) for part in node.parts))

    def _part(self, node: Node) -> Group | Condition:
        if node.how:
            return self._group(node)
        condition = Condition(node.field, node.operator, node.value or None)
        try:
            return self.vocabulary.check(condition)
        except BadRule as problem:
            node.error = str(problem)
            return condition

    def _numbered(self) -> Builder:
        _number(self.root, ROOT)
        return self

    # --- For the template --------------------------------------------------------------------------------------
    def context(self) -> dict[str, Any]:
        """The tree as plain dictionaries."""
        return self._shown(self.root)

    def _shown(self, node: Node) -> dict[str, Any]:
        shown: dict[str, Any] = {"path": node.path, "error": node.error, "is_root": node.is_root}
        if node.how:
            return shown | {
                "how": node.how,
                "hows": [(how, how_in_words(how)) for how in HOWS],
                "parts": [self._shown(part) for part in node.parts],
                "may_nest": node.may_nest,
            }
        asked = self.vocabulary.fields.get(node.field)
        operator = _operator(asked, node.operator)
        takes = operator.takes if operator else Takes.NOTHING
        return shown | {
            "field": node.field,
            "gone": asked is None,
            "groups": self._menu,
            "operator": node.operator,
            "operators": asked.operators if asked else (),
            "value": node.value,
            "takes": takes.value,
            "input": _INPUT.get(takes, "text"),
            "choices": self._choices(asked, node.value) if asked and takes == Takes.CHOICE else (),
        }

    @property
    def _menu(self) -> list[tuple[str, list[RuleField]]]:
        fields = list(self.vocabulary.fields.values())
        return [(str(group), list(some)) for group, some in groupby(fields, key=lambda each: each.group)]

    def _choices(self, asked: RuleField, value: str) -> list[tuple[str, str, bool]]:
        return [(str(known), words, str(known) == value) for known, words in self.vocabulary.choices(asked.name)]


def _number(node: Node, path: str) -> None:
    node.path = path
    for number, part in enumerate(node.parts):
        _number(part, f"{path}.{number}")


def _node(part: Group | Condition) -> Node:
    if isinstance(part, Group):
        return Node("", part.how, parts=[_node(each) for each in part.parts])
    return Node("", field=part.field, operator=part.operator, value=_typed(part.value))


def _typed(value: Scalar) -> str:
    if isinstance(value, bool):
        return str(value)
    return as_typed(Attribute(), value)


def _how(typed: str | None) -> str:
    return typed if typed in HOWS else "all"


def _operator(asked: RuleField | None, name: str) -> Operator | None:
    return next((each for each in asked.operators if each.name == name), None) if asked else None


def _fit(node: Node, known: Vocabulary, was: str) -> None:
    """Where another field was chosen, its own operators stand beside it, and nothing of the old value."""
    asked = known.fields.get(node.field)
    if asked is None:
        return
    if was != node.field:
        node.value = ""
    if _operator(asked, node.operator) is None or was != node.field:
        node.operator = asked.operators[0].name


def _new_condition(known: Vocabulary) -> Node:
    first = next(iter(known.fields.values()))
    return Node("", field=first.name, operator=first.operators[0].name)
