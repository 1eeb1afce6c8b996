"""One row, read and checked: what it says of a person, or in one sentence why it is refused.

Nothing here asks the database: a row says the same whatever is in it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType
from typing import Any
from zoneinfo import available_timezones

from django.conf import settings
from django.utils.translation import gettext as _

from lib.json_values import read_json
from lib.visitor_addresses import parse_address
from subscribers.attributes.values import Value, parse, parse_json
from subscribers.imports.addresses import Addresses
from subscribers.imports.files.tables import BadLine, Row
from subscribers.imports.mapping import ColumnMapping
from subscribers.imports.standing import STRICT, Standing
from subscribers.imports.systems.description import ATTRIBUTE, ColumnField
from subscribers.imports.systems.known import OWN, PLAIN
from subscribers.imports.words import is_no, is_yes, json_object, moment, several
from subscribers.models import Attribute, ConsentRecord
from subscribers.signup.double_opt_in import LONGEST_NAME, clean_name

LONGEST_EVIDENCE = 400  # characters
_SPAM = ("spam", "abuse", "complain")  # within a reason for leaving

MOST_TAGS = 2000  # in a file; more is another column


@dataclass(frozen=True)
class RefusedRow:
    why: str


@dataclass(slots=True)
class PersonRow:
    """What a row says. `details` has what few files have: moments, evidence, tags …"""

    key: str
    email: str
    name: str
    standing: Standing
    language: str = ""
    details: dict[str, Any] = field(default_factory=dict)


_OWN_SUPPRESSED = {
    "staff": Standing.BLOCKED, "bounce": Standing.BOUNCED, "complaint": Standing.COMPLAINED, "erased": Standing.BLOCKED,
}  # fmt: skip


_MOMENTS = (
    (ColumnField.OPTED_IN_AT, "asked_at"),
    (ColumnField.CONFIRMED_AT, "confirmed_at"),
    (ColumnField.UNSUBSCRIBED, "left_at"),
)


class RowReader:
    """Reads the rows of one table. `base` is what the table says of all its people, such as “unsubscribed.csv”."""

    def __init__(
        self,
        mapping: ColumnMapping,
        base: Standing = Standing.UNPROVEN,
        *,
        attributes: Mapping[str, Attribute] = MappingProxyType({}),
        addresses: Addresses | None = None,
    ) -> None:
        self.mapping, self.base = mapping, base
        self._width = len(mapping.holds)
        self._addresses = addresses or Addresses()
        self._attributes = attributes
        self._tags: set[str] = set()
        at = mapping.columns_of
        self._email, self._name = at(ColumnField.EMAIL)[0], at(ColumnField.NAME)
        self._first, self._last = at(ColumnField.FIRST_NAME), at(ColumnField.LAST_NAME)
        self._language, self._status = at(ColumnField.LANGUAGE), at(ColumnField.STATUS)
        self._columns = {each: at(each) for each in ColumnField}
        self._own = mapping.system is OWN
        self._statuses = {**PLAIN.statuses, **mapping.system.statuses}
        plain_fields = {
            ColumnField.EMAIL,
            ColumnField.NAME,
            ColumnField.FIRST_NAME,
            ColumnField.LAST_NAME,
            ColumnField.LANGUAGE,
            ColumnField.STATUS,
        }
        self._more = [(each, at) for each, at in self._columns.items() if at and each not in plain_fields]
        self._attribute_columns = [
            (attributes[key], column)
            for column, held in enumerate(mapping.holds)
            if held.startswith(ATTRIBUTE) and (key := held.removeprefix(ATTRIBUTE)) in attributes
        ]
        self._languages = {code.partition("-")[0]: code for code in settings.READER_LANGUAGES}
        self._is_plain = not self._more and not self._attribute_columns

    def read(self, row: Row) -> PersonRow | RefusedRow:
        if isinstance(row, BadLine):
            return RefusedRow(row.why)
        if len(row) != self._width:
            if any(row[self._width :]):
                return RefusedRow(
                    _("This row has %(cells)s cells, the row of names has %(names)s. Is a quotation mark missing?")
                    % {"cells": len(row), "names": self._width}
                )
            row = row[: self._width] + [""] * (self._width - len(row))
        try:
            email, key = self._addresses.read(row[self._email])
            standing, evidence = self._status_in(row) if self._status else (self.base, "")
            person = PersonRow(key, email, self._name_in(row), standing)
            if self._language:
                word = _first(row, self._language).strip().lower().replace("_", "-").partition("-")[0]
                person.language = self._languages.get(word, "")
            if standing is Standing.PROVEN:
                person.details["evidence"] = evidence
            if not self._is_plain:
                self._read_more(person, row)
        except ValueError as problem:
            return RefusedRow(str(problem))
        return person

    def _status_in(self, row: Sequence[str]) -> tuple[Standing, str]:
        """What the words of the system say, the strictest of several; and these words."""
        standing, evidence = self.base, []
        for column in self._status:
            word = row[column].strip().lower()
            if not word:
                continue
            meant = self._statuses.get(word)
            if meant is None:
                raise ValueError(_("The status “%(word)s” isn't known.") % {"word": row[column].strip()[:60]})
            if meant > standing or (meant is Standing.PROVEN and standing is Standing.UNPROVEN):
                standing = meant
            evidence.append(f"{self.mapping.header[column]}: {word}")
        return standing, "; ".join(evidence)

    def _name_in(self, row: Sequence[str]) -> str:
        name = _first(row, self._name) if self._name else ""
        if not name and (self._first or self._last):
            name = f"{_first(row, self._first)} {_first(row, self._last)}"
        if not name:
            return ""
        if name.isascii() and name.isprintable() and "&" not in name and len(name) <= LONGEST_NAME:
            return " ".join(name.split())
        return clean_name(" ".join(name[: 4 * LONGEST_NAME].split()))

    # --- What few files have ------------------------------------------------------------------------------------
    def _read_more(self, person: PersonRow, row: Sequence[str]) -> None:
        given = {each: cell for each, at in self._more if (cell := _first(row, at)) and (cell := cell.strip())}
        details = person.details
        person.standing = self._standing(person.standing, given)
        for each, name in _MOMENTS:
            if each in given and (at := moment(given[each])) is not None:
                details[name] = at.isoformat()
        self._find_proof(person, given)
        if ColumnField.TAGS in given:
            details["tags"] = several(given[ColumnField.TAGS])
            self._tags.update(details["tags"])
            if len(self._tags) > MOST_TAGS:
                raise ValueError(
                    _("This file has more than %(most)s different tags. Are they in another column?")
                    % {"most": f"{MOST_TAGS:,}"}
                )
        if ColumnField.TOPICS in given:
            details["topics"] = several(given[ColumnField.TOPICS])
        if self._own:
            self._read_own(details, given)
        self._read_attributes(details, given, row)

    def _standing(self, standing: Standing, given: dict[ColumnField, str]) -> Standing:
        said = [standing]
        if is_yes(given.get(ColumnField.UNSUBSCRIBED, "")) or is_no(given.get(ColumnField.SUBSCRIBED, "")):
            said.append(Standing.UNSUBSCRIBED)
        if is_yes(given.get(ColumnField.BLOCKED, "")):
            said.append(Standing.BLOCKED)
        if is_yes(given.get(ColumnField.BOUNCED, "")):
            said.append(Standing.BOUNCED)
        if self._own and (reason := given.get(ColumnField.SUPPRESSED)):
            said.append(_OWN_SUPPRESSED.get(reason.lower(), Standing.BLOCKED))
        if max(said) >= STRICT and any(word in given.get(ColumnField.REASON, "").lower() for word in _SPAM):
            said.append(Standing.COMPLAINED)
        return max(said)

    def _find_proof(self, person: PersonRow, given: dict[ColumnField, str]) -> None:
        proofs = [each for each in self.mapping.system.proof if is_yes(given.get(each, ""))]
        if person.standing is Standing.UNPROVEN and proofs:
            person.standing = Standing.PROVEN
        if person.standing is not Standing.PROVEN:
            return
        shown = (ColumnField.OPTED_IN_AT, ColumnField.CONFIRMED_AT, ColumnField.CONSENT, ColumnField.IP)
        facts = [person.details.get("evidence", "")]
        facts += [f"{self.mapping.header[self._columns[each][0]]}: {given[each]}" for each in shown if each in given]
        person.details["evidence"] = "; ".join(filter(None, facts))[:LONGEST_EVIDENCE]
        if ColumnField.IP in given and (ip := parse_address(given[ColumnField.IP])) is not None:
            person.details["ip"] = str(ip)

    def _read_own(self, details: dict[str, Any], given: dict[ColumnField, str]) -> None:
        try:
            found = read_json(given.get(ColumnField.SUBSCRIPTIONS, "[]"))
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
            raise ValueError(_("The subscriptions of this row can't be read."))
        if ColumnField.SUBSCRIPTIONS in given:  # or it is an address of which nothing else is known
            details["subscriptions"] = found
        for each in (ColumnField.PAUSED_UNTIL, ColumnField.CREATED_AT):
            if (at := moment(given.get(each, ""))) is not None:
                details[each.value] = at.isoformat()
        if (zone := given.get(ColumnField.TIME_ZONE, "")) and zone in _zones():
            details["time_zone"] = zone
        if receipts := given.get(ColumnField.RECEIPTS, ""):
            details["evidence"] = _latest_confirmation(receipts)

    def _read_attributes(self, details: dict[str, Any], given: dict[ColumnField, str], row: Sequence[str]) -> None:
        values: dict[str, Value | None] = {}
        if ColumnField.ATTRIBUTES in given:
            found = json_object(given[ColumnField.ATTRIBUTES])
            if found is None:
                raise ValueError(_("The attributes of this row aren't a JSON object."))
            known = ((self._attributes[key], value) for key, value in found.items() if key in self._attributes)
            values = {attribute.key: parse_json(attribute, value) for attribute, value in known}
        for attribute, column in self._attribute_columns:
            values[attribute.key] = parse(attribute, row[column])
        if held := {key: value for key, value in values.items() if value is not None}:
            details["attributes"] = held


def _latest_confirmation(receipts: str) -> str:
    """What the installation that wrote the file knew of the consent, in a line."""
    try:
        records = [each for each in read_json(receipts) if each.get("action") == ConsentRecord.Action.CONFIRMED]
    except (ValueError, RecursionError, AttributeError, TypeError):
        return ""
    if not records:
        return ""
    facts = (f"{name}: {records[-1][name]}" for name in ("source", "at", "page", "detail") if records[-1].get(name))
    return "; ".join(facts)[:LONGEST_EVIDENCE]


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _first(row: Sequence[str], at: Sequence[int]) -> str:
    """The first of these cells that isn't empty."""
    for column in at:
        if row[column]:
            return row[column]
    return ""
