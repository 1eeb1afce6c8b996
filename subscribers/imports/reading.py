"""From a file to rows that were read and checked: its tables, what their columns hold, and what each row says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from django.utils.translation import gettext as _

from lib.csv_download import as_it_was
from subscribers.imports.addresses import Addresses
from subscribers.imports.files.kinds import read_tables
from subscribers.imports.files.tables import Table, UnreadableFile
from subscribers.imports.mapping import ColumnMapping, map_columns
from subscribers.imports.rows import RowReader
from subscribers.imports.staging import ReadRow
from subscribers.imports.standing import Standing
from subscribers.imports.systems.description import plain
from subscribers.imports.systems.known import SYSTEMS
from subscribers.models import Attribute
from subscribers.models.attributes import Access


@dataclass(frozen=True)
class MappedTable:
    table: Table
    mapping: ColumnMapping
    base: Standing


@dataclass(frozen=True)
class PeopleFile:
    """A file that can be imported: its tables, with what their columns hold."""

    name: str
    tables: tuple[MappedTable, ...]
    attributes: Mapping[str, Attribute] = field(default_factory=dict)  # those that an import may write, by key

    @property
    def system(self) -> str:
        return self.tables[0].mapping.system.name

    def sample(self, most: int = 10) -> list[tuple[MappedTable, list[list[str]]]]:
        """The first rows of each table, as they are."""
        return [(each, list(islice(_cells(each), most))) for each in self.tables]

    def rows(self) -> Iterator[ReadRow]:
        """Every row of every table. The number of a table is its place among `tables`."""
        addresses = Addresses()
        for source, each in enumerate(self.tables):
            reader = RowReader(each.mapping, each.base, attributes=self.attributes, addresses=addresses)
            read = reader.read
            rows = each.table.rows()
            if each.mapping.has_header:
                next(rows, None)
            mend = each.table.is_csv and each.mapping.is_defused
            for line, row in rows:
                if mend and isinstance(row, list):
                    row = [as_it_was(cell) for cell in row]  # noqa: PLW2901
                yield source, line, row, read(row)


def open_people(path: Path, name: str = "", choices: Mapping[str, str] | None = None) -> PeopleFile:
    """Recognise the file and its columns; `choices` overrule what their names say. Raises `UnreadableFile`."""
    name = name or path.name
    tables = read_tables(path, name)
    attributes = {each.key: each for each in Attribute.objects.filter(imports_may=Access.WRITE)}
    by_name = {plain(word): each.key for each in attributes.values() for word in (each.name, each.key)}
    found: list[MappedTable] = []
    problem: UnreadableFile | None = None
    for table in tables:
        if len(tables) > 1 and _is_about_something_else(table.name):
            continue
        try:
            mapping = map_columns(table, by_name)
            if choices:
                mapping = mapping.changed(choices)
        except UnreadableFile as unreadable:
            if len(tables) == 1:
                raise
            problem = unreadable
            continue
        found.append(MappedTable(table, mapping, mapping.system.standing_of_table(table.name) or Standing.UNPROVEN))
    if not found:
        raise problem or UnreadableFile(_("%(name)s holds no table of people.") % {"name": name})
    return PeopleFile(name, tuple(found), attributes)


def _is_about_something_else(table: str) -> bool:
    base = table.rpartition("/")[2].lower()
    return any(base.startswith(word) for system in SYSTEMS for word in system.left_out)


def _cells(each: MappedTable) -> Iterator[list[str]]:
    rows = each.table.rows()
    if each.mapping.has_header:
        next(rows, None)
    return (row for _line, row in rows if isinstance(row, list))
