"""`manage.py import_people FILE --list SLUG`: people from a file of any system."""

from __future__ import annotations

import getpass
import json
import tempfile
import time
from argparse import ArgumentTypeError
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from lib.signs_of_life import SignOfLife
from subscribers.imports import keeping, running
from subscribers.imports.counting import KEPT_OUT
from subscribers.imports.files.tables import UnreadableFile
from subscribers.imports.options import ImportOptions, Targets
from subscribers.imports.reading import PeopleFile, open_people
from subscribers.imports.staging import Refusal, open_staged
from subscribers.imports.systems.description import ColumnField
from subscribers.management.progress import Progress
from subscribers.models import Import

SHOWN = 20  # refused rows in the terminal; --refused FILE has all
IN_JSON = 1000


def column_and_field(text: str) -> tuple[str, str]:
    column, _sign, held = text.partition("=")
    if not column or (held and held not in set(ColumnField) and not held.startswith("attribute:")):
        raise ArgumentTypeError(
            f"“{text}” isn't COLUMN=FIELD. The fields are: {', '.join(ColumnField)}, attribute:SLUG."
        )
    return column, held


class Command(BaseCommand):
    help = (
        "Import people from a CSV, TSV, XLSX or JSON Lines file, or from the ZIP file that another system exports. With"
        " --dry-run nothing is changed. Who unsubscribed, bounced, complained or was erased stays so."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--list", action="append", required=True, metavar="SLUG", help="add them to this list")
        parser.add_argument("--dry-run", action="store_true", help="only say what would happen")
        parser.add_argument(
            "--consent", choices=[str(value) for value in Import.Consent.values], default=Import.Consent.NONE.value,
            help="proven: whose consent the file proves gets mail; confirm: the others get one confirmation email; "
            "none (the default): everybody stays unconfirmed",
        )  # fmt: skip
        parser.add_argument(
            "--evidence", default="", metavar="WORDS",
            help="with --consent proven: where and when the people agreed whose rows don't say it",
        )  # fmt: skip
        parser.add_argument("--overwrite", action="store_true", help="replace names and other fields that are there")
        parser.add_argument("--topic", action="append", default=[], metavar="SLUG", help="for new subscriptions")
        parser.add_argument("--tag", action="append", default=[], metavar="NAME", help="for everybody in the file")
        parser.add_argument(
            "--map", action="append", default=[], type=column_and_field, metavar="COLUMN=FIELD",
            help="what a column holds, where its name doesn't say it",
        )  # fmt: skip
        parser.add_argument("--refused", type=Path, metavar="FILE", help="write the refused rows to this CSV file")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        chosen = ImportOptions(
            lists=tuple(options["list"]), consent=options["consent"], overwrite=options["overwrite"],
            topics=tuple(options["topic"]), tags=tuple(options["tag"]), evidence=options["evidence"],
            mapping=dict(options["map"]),
        )  # fmt: skip
        if missing := Targets(chosen).missing:
            raise CommandError(f"There is no mailing list with the address “{missing[0]}”. Nothing was changed.")
        began = time.monotonic()
        progress = Progress(self.stderr, "rows", quiet=options["json"])
        try:
            people = open_people(file, choices=chosen.mapping)
            if options["dry_run"]:
                report, refusals = _dry_run(people, chosen, progress, options["refused"])
            else:
                report, refusals = _import(file, people, chosen, progress, options["refused"])
        except UnreadableFile as problem:
            raise CommandError(f"{problem} Nothing was changed.") from None
        seconds = time.monotonic() - began
        report |= {
            "system": people.system, "dry_run": options["dry_run"], "seconds": round(seconds, 3),
            "rows_per_second": round(report["rows"] / seconds) if seconds else 0,
        }  # fmt: skip
        if options["json"]:
            report["refused_rows"] = [_refusal(people, each) for each in refusals[:IN_JSON]]
            self.stdout.write(json.dumps(report, ensure_ascii=False, indent=2))
            return
        progress.end()
        self._print(report, refusals, people)

    def _print(self, report: dict[str, Any], refusals: Sequence[Refusal], people: PeopleFile) -> None:
        write = self.stdout.write
        write(f"{people.name}: {report['system']}, {report['rows']:,} rows.")
        if report["dry_run"]:
            write("This is a dry run: nothing was changed.")
        for name in ("new", "changed", "same", "refused", "kept_out"):
            write(f"{name:<10}{report[name]:>12,}")
            for reason, count in report.get(f"{name}_reasons", {}).items():
                write(f"{'':<10}{count:>12,}  {KEPT_OUT.get(reason, reason)}")
        if report["repeated"]:
            write(
                f"{report['repeated']:,} rows repeat an address: the last one counts, the strictest permission of all."
            )
        write(
            f"Subscriptions confirmed: {report['confirmed']:,}; unconfirmed, and not mailed: {report['unconfirmed']:,}."
        )
        for each in refusals[:SHOWN]:
            where = f"{people.tables[each.source].table.name}, " if len(people.tables) > 1 else ""
            write(f"  {where}row {each.line}: {each.why}")
        if report["refused"] > SHOWN:
            write(f"  … and {report['refused'] - SHOWN:,} more. --refused FILE writes all of them.")
        write(f"{report['seconds']:,.1f} s, {report['rows_per_second']:,} rows/s.")


def _dry_run(
    people: PeopleFile, chosen: ImportOptions, progress: Progress, refused: Path | None
) -> tuple[dict[str, Any], list[Refusal]]:
    with tempfile.TemporaryDirectory(prefix="iria-import-") as folder:
        scratch = Path(folder) / "rows.sqlite3"
        staged = running.stage_people(people, scratch, progress)
        with open_staged(scratch) as rows:
            counts = running.plan(rows, chosen, people.name, total=staged.people, say=progress)
            return dict(running.report_of(staged, counts)), _refusals(rows.refusals(), people, refused)


def _import(
    file: Path, people: PeopleFile, chosen: ImportOptions, progress: Progress, refused: Path | None
) -> tuple[dict[str, Any], list[Refusal]]:
    of = running.begin(people.name, chosen, by=f"{_operator()} (command line)")
    keeping.keep_file(of, keeping.chunks_of(file))
    running.start(of, claimed=True)  # should we be killed, the workers finish it
    running.run(of.pk, say=SignOfLife(of, progress))
    of.refresh_from_db()
    if of.state == Import.State.FAILED:
        raise UnreadableFile(of.trouble)
    with open_staged(keeping.scratch_of(of)) as rows:
        return of.plan | of.counts | {"import": of.pk}, _refusals(rows.refusals(), people, refused)


def _refusals(refusals: Any, people: PeopleFile, into: Path | None) -> list[Refusal]:
    from subscribers.imports.refused_rows import write_refused

    if into is not None:
        return write_refused(refusals, people, into, most=IN_JSON)
    return [each for _number, each in zip(range(IN_JSON), refusals, strict=False)]


def _refusal(people: PeopleFile, each: Refusal) -> dict[str, Any]:
    return {"file": people.tables[each.source].table.name, "row": each.line, "reason": each.why}


def _operator() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container whose user has no name
        return "Someone"
