"""`manage.py read_bounces`: one line of JSON an email, nothing changed, and a file that can't be read stops nothing."""

from __future__ import annotations

import json
import mailbox
import os
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from iria import env
from mail.return_paths import edition_paths, message_path
from tests.newsletters.events.incoming_mail import mails
from tests.newsletters.events.incoming_mail.mails import ADA

BOUNCE = mails.qmail("Sorry, no mailbox here by that name. (#5.1.1)", "")
NOTE = mails.mail(f"Ada <{ADA}>", "Out of office", "Away.")


def read(*paths: Path, fails: bool = False) -> tuple[list[dict[str, Any]], str]:
    """What is printed for each email, and on standard error. The test has no database, so the command asks for none."""
    out, err = StringIO(), StringIO()
    if fails:
        with pytest.raises(CommandError) as problem:
            call_command("read_bounces", *map(str, paths), "--json", stdout=out, stderr=err)
        err.write(str(problem.value))
    else:
        call_command("read_bounces", *map(str, paths), "--json", stdout=out, stderr=err)
    return [json.loads(line) for line in out.getvalue().splitlines()], err.getvalue()


def test_a_file_is_one_object_with_exactly_these_fields(tmp_path: Path) -> None:
    file = tmp_path / "1.eml"
    file.write_bytes(BOUNCE)
    assert read(file) == (
        [{"file": str(file), "kind": "hard", "address": ADA, "status": "5.1.1", "rule": "qmail: unknown-user"}], "",
    )  # fmt: skip


def test_folders_are_read_in_order_with_all_below_them_and_left_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "1").write_bytes(BOUNCE)
    (tmp_path / "a").write_bytes(NOTE)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    said, _errors = read(tmp_path)
    assert [(Path(each["file"]).name, each["kind"]) for each in said] == [("a", "auto_reply"), ("1", "hard")]
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before


def test_a_mailbox_file_s_emails_are_told_apart(tmp_path: Path) -> None:
    file = tmp_path / "bounces.mbox"
    box = mailbox.mbox(str(file))
    for raw in (BOUNCE, NOTE, BOUNCE):
        box.add(raw)
    box.close()
    said, _errors = read(file)
    assert [(each["file"], each["kind"]) for each in said] == [
        (f"{file}#1", "hard"), (f"{file}#2", "auto_reply"), (f"{file}#3", "hard"),
    ]  # fmt: skip


def test_one_email_that_a_mailbox_s_line_stands_above_is_one(tmp_path: Path) -> None:
    file = tmp_path / "1"
    file.write_bytes(b"From MAILER-DAEMON Fri Nov 27 08:00:05 2026\n" + BOUNCE + b"\nFrom here on nothing follows.\n")
    assert [each["file"] for each in read(file)[0]] == [str(file)]


def test_a_maildir_s_delivered_emails_are_read(tmp_path: Path) -> None:
    box = mailbox.Maildir(str(tmp_path / "Maildir"))
    box.add(BOUNCE)
    (tmp_path / "Maildir" / "tmp" / "half").write_bytes(BOUNCE[:40])
    said, _errors = read(tmp_path / "Maildir")
    assert [each["kind"] for each in said] == ["hard"]


def test_what_cannot_be_read_is_named_and_the_others_are_read(tmp_path: Path) -> None:
    (tmp_path / "good").write_bytes(BOUNCE)
    os.mkfifo(tmp_path / "a pipe")
    said, errors = read(tmp_path / "missing", tmp_path, fails=True)
    assert [each["kind"] for each in said] == ["hard"]
    assert f"{tmp_path / 'missing'}: This file or folder doesn't exist." in errors
    assert f"{tmp_path / 'a pipe'}: This isn't a regular file." in errors
    assert "2 files or folders couldn't be read" in errors


def test_names_that_no_terminal_can_print_are_printed(tmp_path: Path) -> None:
    file = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.eml"))
    file.write_bytes(BOUNCE)
    assert [each["kind"] for each in read(tmp_path)[0]] == ["hard"]
    out = StringIO()
    call_command("read_bounces", str(tmp_path), stdout=out)
    out.getvalue().encode()
    assert f"hard {ADA} 5.1.1 (qmail: unknown-user)" in out.getvalue()


def test_without_json_it_says_whose_email_came_back(tmp_path: Path, settings: Settings) -> None:
    settings.BOUNCE_DOMAIN = "bounce.iria.example"
    settings.EMAIL_ROUTE = env.email_route("EMAIL_URL", "smtp://relay.example")
    ours = edition_paths(31, "")(7)
    fields = f"X-Original-To: {message_path(5, '').upper()}\nTo: "
    (tmp_path / "1").write_bytes(BOUNCE.replace(mails.OURS.encode(), ours.encode()))
    (tmp_path / "2").write_bytes(BOUNCE.replace(b"To: ", fields.encode(), 1))
    (tmp_path / "3").write_bytes(BOUNCE.replace(mails.OURS.encode(), ours.replace("-1f-", "-2f-").encode()))
    out = StringIO()
    call_command("read_bounces", str(tmp_path), stdout=out)
    assert [line.partition(" (")[0].partition(": ")[2] for line in out.getvalue().splitlines()] == [
        f"hard {ADA} 5.1.1 for edition 31 to subscriber 7",
        f"hard {ADA} 5.1.1 for message 5",
        f"hard {ADA} 5.1.1",
    ]
