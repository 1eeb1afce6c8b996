"""`manage.py read_bounces`: what the mails in files are, by the rules that incoming mail is read by.

It changes nothing and asks no database. A file that can't be read is named on standard error, and the others are read;
the exit status is 1 then.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from newsletters.events.incoming_mail.mail_files import NotReadable, files_of, mails_in
from newsletters.events.incoming_mail.own_return_paths import return_path_of
from newsletters.events.incoming_mail.reading import read_mail


class Command(BaseCommand):
    help = "Say what bounces and other mail in files are: kind, address, status, and the rule that decided."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "paths", nargs="+", type=Path, metavar="PATH", help="an email, an mbox file, a Maildir, or a folder"
        )
        parser.add_argument("--json", action="store_true", help="print a JSON object for each email, one a line")

    def handle(self, *args: Any, paths: list[Path], **options: Any) -> None:
        as_json: bool = options["json"]
        failed = 0
        for path in paths:
            failed += self._read_path(path, as_json=as_json)
        if failed:
            files = "1 file or folder" if failed == 1 else f"{failed:,} files or folders"
            raise CommandError(f"{files} couldn't be read; see above.")

    def _read_path(self, path: Path, *, as_json: bool) -> int:
        """How many files or folders below couldn't be read."""
        failed = 0
        try:
            for file in files_of(path):
                failed += self._read_file(file, as_json=as_json)
        except NotReadable as problem:
            self.stderr.write(_printable(f"{path}: {problem}"))
            failed += 1
        return failed

    def _read_file(self, file: Path, *, as_json: bool) -> int:
        try:
            for name, raw in mails_in(file):
                self._say(name, raw, as_json=as_json)
        except NotReadable as problem:
            self.stderr.write(_printable(f"{file}: {problem}"))
            return 1
        return 0

    def _say(self, name: str, raw: bytes, *, as_json: bool) -> None:
        reading = read_mail(raw)
        if as_json:
            said = {
                "file": name, "kind": reading.kind.value, "address": reading.address, "status": reading.status,
                "rule": reading.rule,
            }  # fmt: skip
            self.stdout.write(json.dumps(said))  # in ASCII, whatever the terminal and the name of the file are
            return
        path = return_path_of(reading)
        whose = f"for {path}" if path else ""
        words = " ".join(filter(None, [reading.kind.value, reading.address, reading.status, whose]))
        self.stdout.write(_printable(f"{name}: {words}" + (f" ({reading.rule})" if reading.rule else "")))


def _printable(text: str) -> str:
    """Without the bytes of a file's name that are no UTF-8."""
    return text.encode(errors="replace").decode()
