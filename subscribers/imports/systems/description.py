"""What a description of a system says, and the names for what a column may hold."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from lib.characters import with_shorter_runs
from subscribers.imports.standing import Standing

_LONGEST_NAME = 100  # characters of a column's name that are looked at


class ColumnField(StrEnum):
    """What a column may hold. An attribute is `attribute:` and its slug."""

    EMAIL = "email"
    NAME = "name"
    FIRST_NAME = "first_name"
    LAST_NAME = "last_name"
    LANGUAGE = "language"
    STATUS = "status"  # a word of the system
    CONSENT = "consent"  # yes: they agreed
    OPTED_IN_AT = "opted_in_at"
    CONFIRMED_AT = "confirmed_at"
    IP = "ip"  # from where they agreed
    UNSUBSCRIBED = "unsubscribed"  # yes, or since when
    SUBSCRIBED = "subscribed"  # no: they unsubscribed
    BLOCKED = "blocked"  # yes, or since when
    BOUNCED = "bounced"  # yes, or since when
    REASON = "reason"  # why they left
    TAGS = "tags"
    TOPICS = "topics"
    ATTRIBUTES = "attributes"  # a JSON object
    SUBSCRIPTIONS = "subscriptions"  # JSON, of our own exports
    # Of our own exports:
    SUPPRESSED = "suppressed"  # the reason
    PAUSED_UNTIL = "paused_until"
    CREATED_AT = "created_at"
    TIME_ZONE = "time_zone"
    RECEIPTS = "receipts"  # JSON


ATTRIBUTE = "attribute:"


@dataclass(frozen=True)
class System:
    """How to tell its files, and what they mean. Names of columns are as `plain` gives them."""

    key: str
    name: str
    signature: frozenset[str]  # these columns are in every file of it
    columns: Mapping[str, str]  # name → what it holds
    any_of: frozenset[str] = frozenset()  # and one of these, where the signature alone is not telling
    statuses: Mapping[str, Standing] = field(default_factory=dict)
    tables: tuple[tuple[str, Standing], ...] = ()  # within an archive: how a table's name begins, what its rows are
    proof: frozenset[ColumnField] = frozenset(
        {ColumnField.CONFIRMED_AT, ColumnField.CONSENT}
    )  # a column that isn't empty and proves
    left_out: tuple[str, ...] = ()  # tables that are not about people

    def standing_of_table(self, name: str) -> Standing | None:
        base = name.rpartition("/")[2].lower()
        return next((standing for begins, standing in self.tables if base.startswith(begins)), None)


_SPACES = re.compile(r"[\s_\-.:*?#'’\u200e\u200f]+")


def plain(name: str) -> str:
    """A column's name as it is compared: small letters, one space between words, no decoration."""
    text = unicodedata.normalize("NFC", with_shorter_runs(name[:_LONGEST_NAME])).casefold()
    return _SPACES.sub(" ", text.strip().strip('\ufeff"')).strip()


def columns(**names: str) -> dict[str, str]:
    """`first_name="first name|fname"` says that both hold the first name."""
    return {plain(name): holds for holds, all_names in names.items() for name in all_names.split("|")}


def names(*of_columns: str) -> frozenset[str]:
    return frozenset(map(plain, of_columns))


def statuses(**words: str) -> dict[str, Standing]:
    """`proven="active|enabled"` says what these words of the system mean."""
    return {word: Standing[key.upper()] for key, all_words in words.items() for word in all_words.split("|")}


def fitting(header: Iterable[str], systems: Iterable[System]) -> System | None:
    """The system whose columns these are; of several the one whose signature says most."""
    found = {plain(name) for name in header}
    candidates = [s for s in systems if s.signature <= found and (not s.any_of or s.any_of & found)]
    return max(candidates, key=lambda each: len(each.signature), default=None)
