"""The publisher's own attributes as fields of a rule, by their kind.

A value that is not there is NULL to the database, and NULL compares with nothing. Each comparison therefore first asks
whether there is a value, and what remains is true or false. Texts are compared in small letters: people write “oslo”.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Func, JSONField, Q, TextField, Value
from django.db.models.fields.json import (
    KeyTextTransform,
    KeyTransform,
    KeyTransformExact,
    KeyTransformGte,
    KeyTransformLte,
)
from django.db.models.functions import Replace, StrIndex
from django.db.models.lookups import Exact, GreaterThan, GreaterThanOrEqual, IsNull, LessThan, LessThanOrEqual
from django.utils.translation import gettext_lazy

from subscribers.attributes.values import BadValue, in_words, parse_json
from subscribers.models import Attribute, Subscriber
from subscribers.segments.fields import (
    AFTER,
    BEFORE,
    EMPTY,
    IN_LAST,
    IS,
    IS_CHOICE,
    IS_NOT,
    IS_NOT_CHOICE,
    NOT_EMPTY,
    NOT_IN_LAST,
    Asked,
    Choices,
    Operator,
    RuleField,
    Takes,
)
from subscribers.segments.rules import BadRule, Scalar

PREFIX = "attribute."
Kind = Attribute.Kind
_NUMBER, _DATE = Takes.NUMBER, Takes.DATE
OPERATORS: dict[str, tuple[Operator, ...]] = {
    Kind.TEXT: (
        IS, IS_NOT,
        Operator("contains", gettext_lazy("contains")), Operator("not_contains", gettext_lazy("does not contain")),
        Operator("begins", gettext_lazy("begins with")), EMPTY, NOT_EMPTY,
    ),
    Kind.NUMBER: (
        Operator("is", gettext_lazy("is"), _NUMBER), Operator("is_not", gettext_lazy("is not"), _NUMBER),
        Operator("at_least", gettext_lazy("is at least"), _NUMBER),
        Operator("at_most", gettext_lazy("is at most"), _NUMBER), EMPTY, NOT_EMPTY,
    ),
    Kind.DATE: (
        Operator("is", gettext_lazy("is"), _DATE), Operator("is_not", gettext_lazy("is not"), _DATE),
        BEFORE, AFTER, IN_LAST, NOT_IN_LAST, EMPTY, NOT_EMPTY,
    ),
    Kind.YES_NO: (IS_CHOICE, IS_NOT_CHOICE, EMPTY, NOT_EMPTY),
    Kind.CHOICE: (IS_CHOICE, IS_NOT_CHOICE, EMPTY, NOT_EMPTY),
}  # fmt: skip


class SmallLetters(Func):
    """A text in small letters, of every script. SQLite's own LOWER knows ASCII alone, and PostgreSQL's what the locale
    of the database knows; so one asks `str.lower` (subscribers.apps registers it), the other ICU."""

    function = "LOWER"
    output_field = TextField()

    def as_sqlite(self, compiler: Any, connection: BaseDatabaseWrapper, **context: Any) -> Any:
        return self.as_sql(compiler, connection, function="iria_lower", **context)

    def as_postgresql(self, compiler: Any, connection: BaseDatabaseWrapper, **context: Any) -> Any:
        return self.as_sql(compiler, connection, template='LOWER(%(expressions)s COLLATE "und-x-icu")', **context)


class SmallAsciiLetters(Func):
    """The same of ASCII letters alone, several times as fast: enough to compare with an ASCII text, since what is
    stored is in normal form C, where no other letter becomes an ASCII one in small letters. (“İ” becomes two.)"""

    function = "LOWER"
    output_field = TextField()

    def as_postgresql(self, compiler: Any, connection: BaseDatabaseWrapper, **context: Any) -> Any:
        return self.as_sql(compiler, connection, template='LOWER(%(expressions)s COLLATE "C")', **context)


def install_lower(connection: BaseDatabaseWrapper, **_rest: object) -> None:
    """On each new connection to SQLite."""
    if connection.vendor == "sqlite":
        connection.connection.create_function("iria_lower", 1, _lower, deterministic=True)


def _lower(text: object) -> object:
    return text.lower() if isinstance(text, str) else text


def attribute_fields() -> Iterator[RuleField]:
    for attribute in Attribute.objects.all():
        yield _field(attribute)


def _field(attribute: Attribute) -> RuleField:
    def parse(value: Scalar) -> Scalar:
        try:
            return parse_json(attribute, value)
        except BadValue as problem:
            raise BadRule(str(problem)) from None

    def choices() -> Choices:
        if attribute.kind == Kind.YES_NO:
            return [(True, in_words(attribute, True)), (False, in_words(attribute, False))]
        return [(choice, choice) for choice in attribute.choices]

    def told(person: Subscriber) -> str:
        return in_words(attribute, person.attributes.get(attribute.key))

    return RuleField(
        name=f"{PREFIX}{attribute.key}",
        words=attribute.name,
        operators=OPERATORS[attribute.kind],
        condition=lambda asked: _condition(attribute, asked),
        told=told,
        choices=choices,
        parse=parse,
        group=gettext_lazy("Attributes"),
    )


def _condition(attribute: Attribute, asked: Asked) -> Q:
    held = Q(IsNull(KeyTextTransform(attribute.key, "attributes"), False))
    if asked.operator == "empty":
        return ~held
    if asked.operator == "not_empty":
        return held
    negated = asked.operator.removeprefix("not_") if asked.operator.startswith("not_") else ""
    if asked.operator == "is_not":
        negated = "is"
    compared = held & _compared(attribute, negated or asked.operator, asked)
    return ~compared if negated else compared


def _compared(attribute: Attribute, operator: str, asked: Asked) -> Q:
    text = KeyTextTransform(attribute.key, "attributes")
    if attribute.kind == Kind.TEXT:
        value, is_ascii = Value(asked.text.lower()), asked.text.isascii()
        if operator == "is":
            return Q(Exact(SmallAsciiLetters(text) if is_ascii else SmallLetters(text), value))
        # Of what isn't ASCII and stands in normal form C, this alone has an ASCII letter when it is small.
        small = SmallAsciiLetters(Replace(text, Value("İ"), Value("i̇"))) if is_ascii else SmallLetters(text)
        found = StrIndex(small, value)
        return Q(Exact(found, 1)) if operator == "begins" else Q(GreaterThan(found, 0))
    if operator == "in_last":
        return Q(GreaterThanOrEqual(text, Value(asked.first_day.isoformat()))) & Q(
            LessThanOrEqual(text, Value(asked.today.isoformat()))
        )
    if attribute.kind in {Kind.DATE, Kind.CHOICE}:
        lookup = {"is": Exact, "before": LessThan, "after": GreaterThan}[operator]
        return Q(lookup(text, Value(asked.text)))
    # Not by a keyword: to Django, two underscores in a key would be a lookup.
    return Q(_JSON[operator](KeyTransform(attribute.key, "attributes"), Value(asked.value, JSONField())))


_JSON: dict[str, Any] = {"is": KeyTransformExact, "at_least": KeyTransformGte, "at_most": KeyTransformLte}
