"""What Iria writes is for its own user, also what an older version wrote for everybody."""

from __future__ import annotations

import logging
import os
import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from iria.private_files import mend_rights, write_privately
from tests.installations import Embedded


def rights(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.mark.usefixtures("umask")
def test_what_is_written_and_what_was_written_is_for_us_alone(tmp_path: Path) -> None:
    data = tmp_path / "data"
    (data / "journal").mkdir(parents=True)
    (data / "media").mkdir()
    for name in ("iria.sqlite3", "iria.sqlite3-wal", "inbox.sqlite3", "secret_key"):
        (data / name).touch()
    mend_rights(data, folders=[data / "journal", data / "not there"], files=[data / "other.sqlite3"])
    assert {rights(data), rights(data / "journal")} == {0o700}
    assert {rights(path) for path in data.iterdir() if path.is_file()} == {0o600}
    assert rights(data / "media") == 0o755, "pictures are public, behind a private folder"

    write_privately()
    connection = sqlite3.connect(data / "new.sqlite3")
    connection.execute("CREATE TABLE reader (name)")
    connection.close()
    assert rights(data / "new.sqlite3") == 0o600


@pytest.mark.usefixtures("umask")
def test_a_folder_that_everybody_shares_is_left_and_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o1777)
    with caplog.at_level(logging.WARNING):
        mend_rights(shared)
    assert rights(shared) == 0o777 | stat.S_ISVTX
    assert str(shared) in caplog.text


@pytest.mark.slow
@pytest.mark.usefixtures("umask")
def test_an_installation_of_before_is_mended_when_it_starts(tmp_path: Path) -> None:
    iria = Embedded(tmp_path)
    iria.data.mkdir()
    iria.data.chmod(0o755)
    (iria.data / "journal").mkdir(0o755)
    sqlite3.connect(iria.data / "inbox.sqlite3").close()
    (iria.data / "inbox.sqlite3").chmod(0o644)
    with iria.up():
        assert rights(iria.data) == 0o700
        open_to_others = [path.name for path in iria.data.iterdir() if path.is_file() and rights(path) & 0o077]
        assert open_to_others == []
        assert rights(iria.data / "journal") == 0o700
