"""Bring people from a file by the command, as an operator does, and say what the command said."""

from __future__ import annotations

import json
from collections.abc import Iterable
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from django.core.management import call_command
from django.db import connection

from subscribers.imports import keeping, running
from subscribers.imports.options import ImportOptions
from subscribers.models import Import, Subscriber, Subscription


def bring(file: Path, *options: str, to: str = "iria-news") -> dict[str, Any]:
    out = StringIO()
    call_command("import_people", str(file), "--list", to, "--json", *options, stdout=out)
    report: dict[str, Any] = json.loads(out.getvalue())
    return report


def csv_file(folder: Path, *lines: str, name: str = "people.csv", encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes("\r\n".join([*lines, ""]).encode(encoding))
    return path


def zip_file(folder: Path, tables: dict[str, str | bytes], name: str = "export.zip") -> Path:
    packed = BytesIO()
    with ZipFile(packed, "w", ZIP_DEFLATED) as archive:
        for table, text in tables.items():
            archive.writestr(table, text)
    (folder / name).write_bytes(packed.getvalue())
    return folder / name


def figures(report: dict[str, Any]) -> tuple[int, ...]:
    names = ("new", "changed", "same", "refused", "kept_out")
    return tuple(report[name] for name in names)


def statuses(addresses: Iterable[str] = ()) -> dict[str, str]:
    found = Subscription.objects.select_related("subscriber")
    if addresses:
        found = found.filter(subscriber__email__in=addresses)
    return {each.subscriber.email: each.status for each in found}


def person(email: str) -> Subscriber:
    return Subscriber.objects.with_address(email).get()


def keep_apart(patch: pytest.MonkeyPatch, settings: Any, folder: Path, *, rows: int) -> None:
    """Files of imports lie in the folder, and so few rows are a batch."""
    patch.setitem(running.BATCH, connection.vendor, rows)
    settings.IRIA_DATA = folder / "data"


def upload(file: Path, *, to: str = "iria-news", **options: Any) -> Import:
    """As the page keeps a file; nothing is read yet."""
    of = running.begin(file.name, ImportOptions(lists=(to,), **options), by="Bea")
    keeping.keep_file(of, keeping.chunks_of(file))
    return of
