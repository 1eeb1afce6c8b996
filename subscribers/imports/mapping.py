"""Which column holds what: known for the systems that we know, found by name or by content for any other table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from types import MappingProxyType

from django.utils.translation import gettext as _

from lib.addresses import BadAddress, normalise
from subscribers.imports.addresses import without_wrapping
from subscribers.imports.files.tables import BadLine, Table, UnreadableFile
from subscribers.imports.systems.description import ATTRIBUTE, ColumnField, System, plain
from subscribers.imports.systems.known import OWN, PLAIN, system_of

_SAMPLE = 20  # rows, to find a column by what is in it
# The columns of a file of refused rows before those of the file that they come from.
NO_ATTRIBUTES: Mapping[str, str] = MappingProxyType({})
REASON, ROW = "iria_reason", "iria_row"


@dataclass(frozen=True)
class ColumnMapping:
    """Of one table: what each column holds, "" when it is left out."""

    system: System
    header: tuple[str, ...]
    holds: tuple[str, ...]
    has_header: bool = True

    @property
    def is_defused(self) -> bool:
        """We wrote the file, and put apostrophes where a spreadsheet would have seen a formula."""
        return self.system is OWN or REASON in self.header

    def columns_of(self, field: str) -> tuple[int, ...]:
        return tuple(at for at, held in enumerate(self.holds) if held == field)

    def changed(self, choices: Mapping[str, str]) -> ColumnMapping:
        """With these columns, by name, holding what was chosen. Raises `UnreadableFile` when no address is left."""
        wanted = {plain(name): held for name, held in choices.items()}
        holds = tuple(
            wanted.get(plain(name), held) for name, held in zip(self.header, self.holds, strict=True)
        )  # fmt: skip
        if ColumnField.EMAIL not in holds:
            raise UnreadableFile(_("Say which column holds the email addresses."))
        return ColumnMapping(self.system, self.header, holds, self.has_header)


def map_columns(table: Table, attributes: Mapping[str, str] = NO_ATTRIBUTES) -> ColumnMapping:
    """What the columns hold, as far as their names say; a column named like one of our attributes holds it: their keys
    by `plain` name.

    Raises `UnreadableFile` when there is no column of addresses."""
    first_rows = [row for _number, row in islice(table.rows(), _SAMPLE + 1) if not isinstance(row, BadLine)]
    if not first_rows:
        raise UnreadableFile(_("%(name)s has no rows.") % {"name": table.name})
    header, *sample = first_rows
    if any(_is_address(cell) for cell in header):  # no row of names: what was first is a person
        names = tuple(_("Column %(number)s") % {"number": at} for at in range(1, len(header) + 1))
        first = next(column for column, cell in enumerate(header) if _is_address(cell))
        holds = tuple(ColumnField.EMAIL.value if column == first else "" for column in range(len(header)))
        return ColumnMapping(PLAIN, names, holds, has_header=False)
    system = system_of(header) or PLAIN
    holds = tuple(_holds(system, name, attributes) for name in header)
    if ColumnField.EMAIL not in holds:
        at = _column_of_addresses(sample, len(header))
        if at is None:
            raise UnreadableFile(
                _("%(name)s has no column of email addresses. Its columns are: %(columns)s.")
                % {"name": table.name, "columns": ", ".join(cell.strip()[:40] for cell in header[:20] if cell.strip())}
            )
        holds = tuple(ColumnField.EMAIL.value if column == at else held for column, held in enumerate(holds))
    return ColumnMapping(system, tuple(cell.strip().strip("\ufeff") for cell in header), holds)


def _holds(system: System, name: str, attributes: Mapping[str, str]) -> str:
    known = system.columns.get(plain(name))
    if known is not None:
        return known
    key = attributes.get(plain(name))
    return f"{ATTRIBUTE}{key}" if key is not None else ""


def _is_address(cell: str) -> bool:
    value = without_wrapping(cell)
    if "@" not in value:
        return False
    try:
        normalise(value)
    except BadAddress:
        return False
    return True


def _column_of_addresses(sample: Iterable[list[str]], width: int) -> int | None:
    counts = [0] * width
    rows = 0
    for row in sample:
        rows += 1
        for at, cell in enumerate(row[:width]):
            counts[at] += _is_address(cell)
    best = max(range(width), key=counts.__getitem__, default=None)
    return best if best is not None and rows and counts[best] * 2 > rows else None
