"""What a file may be: encodings, separators, spreadsheets, archives; and one sentence for what it may not."""

from __future__ import annotations

import json
import struct
import zipfile
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import openpyxl
import pytest
from django.core.management import CommandError

from lib import zip_files
from subscribers.imports.files import archives, json_lines, kinds, tables, workbooks
from subscribers.imports.files.kinds import read_tables
from subscribers.imports.files.tables import BadLine, UnreadableFile
from subscribers.imports.words import moment
from subscribers.models import Attribute, Tag
from tests.subscribers.imports.bringing import bring, csv_file, figures, person, zip_file

ROWS = ["E-Mail;Name", "jürgen@example.org;Jürgen Groß", '"zoë@example.org";"Zoë, ""die""\r\nGroße"']


def read(path: Path) -> list[list[str]]:
    (table,) = read_tables(path)
    return [row for _line, row in table.rows() if isinstance(row, list)]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "latin-1", "cp1252"])
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_every_encoding_and_separator_gives_the_same_rows(tmp_path: Path, encoding: str, separator: str) -> None:
    lines = [line.replace(";", separator) for line in ROWS]
    rows = read(csv_file(tmp_path, *lines, encoding=encoding))
    assert rows == [
        ["E-Mail", "Name"], ["jürgen@example.org", "Jürgen Groß"], ["zoë@example.org", 'Zoë, "die"\r\nGroße'],
    ]  # fmt: skip


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_may_end_in_any_way_and_other_separators_of_lines_are_part_of_a_name(tmp_path: Path, end: str) -> None:
    path = tmp_path / "people.csv"
    many = [f"reader{number}@example.org,Zoë\u2028\x85Ann" for number in range(40_000)]
    path.write_bytes(end.join(["email,name", *many]).encode())
    rows = read(path)
    assert len(rows) == 40_001
    assert rows[-1] == ["reader39999@example.org", "Zoë\u2028\x85Ann"]


def test_some_bytes_of_another_encoding_leave_the_rest_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    good = "".join(f"reader{number}@example.org,Жанна\n" for number in range(50)).encode()
    path.write_bytes(b"email,name\n" + good + b"odd@example.org,M\xfcller\n")
    rows = read(path)
    assert rows[1][1] == "Жанна"
    assert rows[-1][1] == "Müller"


def test_a_quotation_mark_that_is_missing_costs_a_row_and_not_the_file(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text('email,name\nada@example.org,"Ada\n' + "x@example.org,y\n" * 20_000 + "end@example.org,End\n")
    (table,) = read_tables(path)
    rows = [row for _line, row in table.rows()]
    assert any(isinstance(row, BadLine) and "quotation mark" in row.why for row in rows)
    assert rows[-1] == ["end@example.org", "End"]


def test_a_line_without_end_is_refused_before_it_fills_the_memory(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(b"email,name\n" + b"a" * 6_000_000)
    with pytest.raises(UnreadableFile, match="isn't a table"):
        read(path)


def test_what_excel_says_in_its_first_line_is_believed(tmp_path: Path) -> None:
    assert read(csv_file(tmp_path, "sep=;", "email;name", "ada@example.org;a,b,c")) == [
        ["email", "name"], ["ada@example.org", "a,b,c"],
    ]  # fmt: skip


def test_row_numbers_are_those_of_the_file(tmp_path: Path) -> None:
    (table,) = read_tables(csv_file(tmp_path, "email,name", "", 'a@example.org,"two', 'lines"', "b@example.org,B"))
    assert [line for line, _row in table.rows()] == [1, 3, 5]


# --- Spreadsheets -------------------------------------------------------------------------------------------------
def sheet(tmp_path: Path, *rows: Sequence[object]) -> Path:
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in rows:
        book.active.append(row)
    book.save(tmp_path / "people.xlsx")
    return tmp_path / "people.xlsx"


def test_a_spreadsheet_is_read_as_people_see_it_and_formulas_are_text(tmp_path: Path) -> None:
    path = sheet(tmp_path, ["email", "number", "since"], ["ada@example.org", 1042.0, "=1+1"], ["b@example.org", True])
    assert read(path) == [["email", "number", "since"], ["ada@example.org", "1042", "=1+1"], ["b@example.org", "true"]]


def changed(path: Path, part: str, old: bytes, new: bytes) -> Path:
    """The same workbook with another text in one of its parts."""
    other = path.with_name("changed.xlsx")
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(other, "w", zipfile.ZIP_DEFLATED) as into:
        for entry in source.infolist():
            text = source.read(entry)
            if entry.filename == part:
                assert old in text
                text = text.replace(old, new)
            into.writestr(entry.filename, text)
    return other


SHEET, STYLES = "xl/worksheets/sheet1.xml", "xl/styles.xml"


@pytest.mark.parametrize(
    ("part", "old", "new"),
    [
        (SHEET, b"</row>", b'<c r="C1"/>' * 3000 + b"</row>"),
        (SHEET, b"</row>", b"<!-- </row> -->" * 3000 + b"</row>"),
        (SHEET, b"<sheetData>", b"<sheetData>" + b'<row r="1"></row>' * 600),
        (STYLES, b"<fonts", b"<!-- " + b"</row>" * 5000 + b" --><fonts"),
    ],
    ids=["cells", "ends in comments", "rows with one number", "a style"],
)
def test_what_a_workbook_has_openpyxl_hold_is_bounded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part: str, old: bytes, new: bytes
) -> None:
    path = sheet(tmp_path, ["email", "name"], ["ada@example.org", "Ada"])
    monkeypatch.setattr(workbooks, "LARGEST_TREE", 20_000)
    monkeypatch.setattr(workbooks, "MOST_ROWS", 500)
    assert read(path)[1] == ["ada@example.org", "Ada"]
    with pytest.raises(UnreadableFile, match="too much text"):
        read(changed(path, part, old, new))


@pytest.mark.parametrize(
    ("old", "new"),
    [(b'<c r="A2" t="inlineStr">', b'<c r="A2" t="s"><v>9</v>'), (b'r="A2"', b'r="?"'), (b"</row>", b"")],
)
def test_a_sheet_that_no_program_wrote_is_damaged_in_one_sentence(tmp_path: Path, old: bytes, new: bytes) -> None:
    with pytest.raises(UnreadableFile, match="damaged"):
        read(changed(sheet(tmp_path, ["email", "name"], ["ada@example.org", "Ada"]), SHEET, old, new))


@pytest.mark.parametrize("method", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_an_archive_that_unpacks_a_block_at_once_is_refused(tmp_path: Path, method: int) -> None:
    path = tmp_path / "people.zip"
    with zipfile.ZipFile(path, "w", method) as archive:
        archive.writestr("people.csv", "email\nada@example.org\n")
    with pytest.raises(UnreadableFile, match="Pack it again"):
        read(path)


def test_a_sheet_that_names_a_far_away_row_is_refused(tmp_path: Path) -> None:
    path = sheet(tmp_path, ["email"], ["ada@example.org"])
    bad = tmp_path / "bad.xlsx"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(bad, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            text = old.read(entry)
            if entry.filename == "xl/worksheets/sheet1.xml":
                text = text.replace(b'r="2"', b'r="999999999999"').replace(b'r="A2"', b'r="A999999999999"')
            new.writestr(entry.filename, text)
    with pytest.raises(UnreadableFile, match="cells"):
        read(bad)


def test_a_sheet_full_of_cells_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("subscribers.imports.files.sheets.MOST_CELLS", 100)
    with pytest.raises(UnreadableFile, match="more than 100 cells"):
        read(sheet(tmp_path, *[["email", "name"]] * 80))


# --- Archives -----------------------------------------------------------------------------------------------------
def _bomb(tmp_path: Path) -> Path:
    return zip_file(tmp_path, {"people.csv": b"a" * 40_000_000})


def _with_password(tmp_path: Path) -> Path:
    path = zip_file(tmp_path, {"people.csv": "email\n"})
    data = bytearray(path.read_bytes())
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = data.index(mark) + at
        data[place : place + 2] = struct.pack("<H", 1)
    path.write_bytes(data)
    return path


BAD_FILES: list[tuple[str, Callable[[Path], Path], str]] = [
    ("nothing in it", lambda folder: csv_file(folder, name="a.csv").with_name("b.csv"), "There is no file b.csv"),
    ("empty", lambda folder: _written(folder, b""), "is empty"),
    ("blank", lambda folder: _written(folder, b"\xef\xbb\xbf \r\n\r\n"), "is empty"),
    ("a PDF", lambda folder: _written(folder, b"%PDF-1.7\n%\xe2"), "is a PDF"),
    ("a picture", lambda folder: _written(folder, b"\x89PNG\r\n\x1a\n\x00\x00"), "is a picture"),
    ("old Excel", lambda folder: _written(folder, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)), "XLS"),
    ("a program", lambda folder: _written(folder, b"\x7fELF\x02\x01\x01" + bytes(100)), "another kind"),
    ("a web page", lambda folder: _written(folder, b"<!doctype html><p>"), "web page"),
    ("no addresses", lambda folder: csv_file(folder, "a,b", "1,2"), "no column of email addresses"),
    ("too many columns", lambda folder: csv_file(folder, "email" + ",x" * 600), "more than 500 columns"),
    ("outside", lambda folder: zip_file(folder, {"../../people.csv": "email\n"}), "outside"),
    ("in another", lambda folder: zip_file(folder, {"people.zip": b"PK\x03\x04"}), "another ZIP"),
    ("no table", lambda folder: zip_file(folder, {"readme.md": "Hello"}), "no table of people"),
    ("a bomb", _bomb, "densely"),
    ("a password", _with_password, "password"),
    ("cut off", lambda folder: _written(folder, zip_file(folder, {"a.csv": "email"}).read_bytes()[:40]), "damaged"),
]  # fmt: skip


def _written(folder: Path, data: bytes) -> Path:
    (folder / "people.csv").write_bytes(data)
    return folder / "people.csv"


@pytest.mark.django_db
@pytest.mark.parametrize(("make", "sentence"), [case[1:] for case in BAD_FILES], ids=[case[0] for case in BAD_FILES])
def test_what_is_no_table_of_people_is_refused_in_one_sentence(
    tmp_path: Path, iria_news: object, make: Callable[[Path], Path], sentence: str
) -> None:
    with pytest.raises(CommandError, match=sentence) as refused:
        bring(make(tmp_path), "--dry-run")
    assert "Traceback" not in str(refused.value)


def test_a_file_of_five_gigabytes_is_refused_by_its_size(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    with path.open("wb") as file:
        file.write(b"email\n")
        file.truncate(5_000_000_000)  # a sparse file
    with pytest.raises(UnreadableFile, match=r"5,000 MB.*split"):
        read_tables(path)


def test_an_archive_that_lies_about_its_size_is_counted_while_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = zip_file(tmp_path, {"people.csv": "email\n" + "a@example.org\n" * 1000})
    (table,) = kinds.read_tables(path)
    monkeypatch.setattr(archives, "LARGEST_FILE", 2000)
    with pytest.raises(UnreadableFile, match="larger than"):
        list(table.rows())


def test_too_many_files_in_an_archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zip_files, "MOST_ENTRIES", 3)
    with pytest.raises(UnreadableFile, match="more than 3 files"):
        read_tables(zip_file(tmp_path, {f"{number}.csv": "email\n" for number in range(5)}))


@pytest.mark.django_db
def test_json_lines_are_read_and_a_bad_line_is_refused(tmp_path: Path, iria_news: object) -> None:
    lines = [{"email": "ada@example.org", "name": "Ada"}, {"email": "no", "name": 3}]
    path = tmp_path / "people.jsonl"
    path.write_text("\n".join([*map(json.dumps, lines), "{broken", "[1]", ""]))
    report = bring(path)
    assert figures(report) == (1, 0, 0, 3, 0)
    assert [each["row"] for each in report["refused_rows"]] == [2, 3, 4]
    assert person("ada@example.org").name == "Ada"


def test_a_json_line_that_is_too_long_is_one_row(tmp_path: Path, iria_news: object) -> None:
    file = tmp_path / "people.jsonl"
    long = json.dumps({"email": "bert@example.org", "name": "x" * 5_000_000})
    file.write_text(f'{{"email": "ada@example.org"}}\n{long}\n{{"email": "no"}}\n', "utf-8")
    report = bring(file)
    assert figures(report) == (1, 0, 0, 2, 0)
    assert [each["row"] for each in report["refused_rows"]] == [2, 3]


@pytest.mark.parametrize(
    "bad",
    [b"\0", rb"\u0000", rb"\ud800", rb"\uDFFF", b"\xed\xa0\x80"],
    ids=["NUL", "NUL escaped", "half a character", "the other half", "half a character as bytes"],
)
def test_what_no_database_keeps_is_left_out_of_any_field(tmp_path: Path, iria_news: object, bad: bytes) -> None:
    Attribute.objects.create(key="city", name="City")
    text = b"a" + bad + b"b"
    some = b'"' + text + b'"'
    listed = b"[" + some.replace(b'"', b'""') + b"]"
    table = tmp_path / "people.csv"
    table.write_bytes(b"\r\n".join([
        b"email,name,tags,city", *[b"reader%d@example.org,,," % number for number in range(100)],
        b'ada@example.org,%s,"%s",%s' % (text, listed, text),
    ]))  # fmt: skip
    lines = tmp_path / "people.jsonl"
    lines.write_bytes(b"\n".join([
        b'{"email": "reader1@example.org", "name": "", "tags": [], "attributes": {}, "subscriptions": []}',
        b" " * 2500,
        b'{"email": "bert@example.org", "name": %s, "tags": [%s], "attributes": {"city": %s}, "subscriptions":'
        b' [{"list": "iria-news", "status": "confirmed", "topics": [%s]}]}' % (some, some, some, some),
    ]))  # fmt: skip
    assert figures(bring(table, "--consent", "proven"))[:4] == (101, 0, 0, 0)
    assert bring(lines, "--consent", "proven")["new"] == 1
    for name in Tag.objects.values_list("name", flat=True):
        assert name.startswith("a") and name.endswith("b") and "\0" not in name


def test_a_moment_beyond_the_last_year_is_no_moment() -> None:
    assert moment("9999-12-31T23:59:59-23:00") is None  # in UTC it is the year 10000
    assert moment("2024-01-01T01:00:00+02:00") == datetime(2023, 12, 31, 23, tzinfo=UTC)


def test_limits_are_what_the_documents_say() -> None:
    assert (tables.MOST_COLUMNS, tables.LONGEST_FIELD, tables.LARGEST_FILE) == (500, 100_000, 2_000_000_000)


def test_columns_of_json_lines_that_come_later_are_columns_too(tmp_path: Path) -> None:
    path = tmp_path / "people.jsonl"
    rows = [
        {"email": "a@example.org"},
        {"email": "b@example.org", "city": "Oslo"},
        {"name": "C", "email": "c@example.org"},
    ]
    path.write_text("\n".join(map(json.dumps, rows)))
    assert read(path) == [
        ["email", "city", "name"], ["a@example.org", "", ""], ["b@example.org", "Oslo", ""], ["c@example.org", "", "C"],
    ]  # fmt: skip


def test_a_field_that_comes_too_late_to_be_a_column_refuses_its_line_and_nothing_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(json_lines, "_LOOKED_AT", 2)
    path = tmp_path / "people.jsonl"
    late = [{"email": "c@example.org", "city": "Oslo"}, {"email": "d@example.org", "city": None}]
    path.write_text("\n".join(map(json.dumps, [{"email": "a@example.org"}, {"email": "b@example.org"}, *late])))
    (table,) = read_tables(path)
    found = dict(list(table.rows())[1:])
    refused = found.pop(3)
    assert isinstance(refused, BadLine)
    assert "the field “city”, which isn't in the first 2 lines" in refused.why
    assert found[4] == ["d@example.org"]


def test_json_lines_with_more_fields_than_there_can_be_columns_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "people.jsonl"
    path.write_text("\n".join(json.dumps({"email": "a@example.org", f"f{at}": 1}) for at in range(tables.MOST_COLUMNS)))
    with pytest.raises(UnreadableFile, match="more than 500 different fields"):
        read(path)
