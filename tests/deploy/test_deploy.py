"""The files of deploy/: what can be tried here is tried; the image itself needs a container engine."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from iria import env
from tests.conftest import missing
from tests.processes import ROOT, environment
from tests.servers import Postgres

pytestmark = pytest.mark.slow

BACKUP = str(ROOT / "deploy" / "backup.sh")
UNITS = ROOT / "deploy" / "systemd"


def backup(target: Path, variables: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [BACKUP, str(target)], env=environment(**variables), capture_output=True, text=True, check=False
    )


def test_a_backup_of_sqlite_holds_what_is_committed_while_a_writer_is_at_work(tmp_path: Path) -> None:
    data = tmp_path / "data"
    (data / "media").mkdir(parents=True)
    (data / "media" / "picture.jpg").write_bytes(b"picture")
    (data / "secret_key").write_text("secret")
    live = sqlite3.connect(data / "iria.sqlite3", isolation_level=None)
    live.execute("PRAGMA journal_mode=WAL")
    live.execute("CREATE TABLE reader (name)")
    live.execute("INSERT INTO reader VALUES ('Anna')")
    live.execute("BEGIN IMMEDIATE")
    live.execute("INSERT INTO reader VALUES ('not yet')")

    done = backup(tmp_path / "backups", {"IRIA_DATA": str(data)})

    assert done.returncode == 0, done.stderr
    live.close()
    (made,) = (tmp_path / "backups").iterdir()
    with sqlite3.connect(made / "iria.sqlite3") as copy:
        assert copy.execute("SELECT name FROM reader").fetchall() == [("Anna",)]
    copy.close()
    subprocess.run(["tar", "-xzf", made / "media.tar.gz"], cwd=tmp_path, check=True)
    assert (tmp_path / "media" / "picture.jpg").read_bytes() == b"picture"
    assert (made / "secret_key").read_text() == "secret"
    assert (made / "iria.sqlite3").stat().st_mode & 0o077 == 0
    subprocess.run(["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=made, check=True)


def test_a_backup_of_postgresql_can_be_restored(
    tmp_path: Path, postgres_server: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", f"{postgres_server.binaries}:{os.environ['PATH']}")
    source, target = postgres_server.database("backup_from"), postgres_server.database("backup_to")
    with psycopg.connect(source) as connection:
        connection.execute("CREATE TABLE reader (name text)")
        connection.execute("INSERT INTO reader VALUES ('Anna')")

    done = backup(tmp_path / "backups", {"DATABASE_URL": source, "IRIA_DATA": str(tmp_path)})

    assert done.returncode == 0, done.stderr
    (made,) = (tmp_path / "backups").iterdir()
    subprocess.run(
        ["pg_restore", "--no-owner", "--exit-on-error", "--dbname", target, made / "database.dump"], check=True
    )
    with psycopg.connect(target) as connection:
        assert connection.execute("SELECT name FROM reader").fetchone() == ("Anna",)


def test_a_backup_that_fails_says_so_and_leaves_no_half_one(tmp_path: Path) -> None:
    done = backup(tmp_path / "backups", {"IRIA_DATA": str(tmp_path / "nothing here")})
    assert done.returncode != 0
    assert list((tmp_path / "backups").iterdir()) == []


def test_only_the_newest_backups_are_kept_and_nothing_else_is_removed(tmp_path: Path) -> None:
    target = tmp_path / "backups"
    for name in ("iria-20200101T000000Z", "iria-20200102T000000Z", "letters"):
        (target / name).mkdir(parents=True)
    sqlite3.connect(tmp_path / "iria.sqlite3").close()

    done = backup(target, {"IRIA_DATA": str(tmp_path), "KEEP": "2"})

    assert done.returncode == 0, done.stderr
    names = {path.name for path in target.iterdir()}
    assert {"iria-20200102T000000Z", "letters"} < names
    assert len(names) == 3


def test_reset_deletes_what_iria_made_and_nothing_else(tmp_path: Path) -> None:
    for name in ("iria.sqlite3", "iria.sqlite3-wal", "secret_key", "letter.txt"):
        (tmp_path / name).touch()
    done = subprocess.run(
        [sys.executable, "deploy/reset.py"], cwd=ROOT, env=environment(IRIA_DATA=str(tmp_path)), check=True,
        capture_output=True, text=True,
    )  # fmt: skip
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]
    assert str(tmp_path / "iria.sqlite3") in done.stdout


@pytest.mark.parametrize("variables", [{"IRIA_MODE": "production"}, {"DATABASE_URL": "postgres://127.0.0.1/iria"}])
def test_reset_refuses_an_environment_that_is_not_embedded(tmp_path: Path, variables: dict[str, str]) -> None:
    (tmp_path / "iria.sqlite3").touch()
    done = subprocess.run(
        [sys.executable, "deploy/reset.py"], cwd=ROOT, env=environment(IRIA_DATA=str(tmp_path), **variables),
        check=False, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 2
    assert "Nothing was deleted" in done.stderr
    assert (tmp_path / "iria.sqlite3").exists()


def test_systemd_accepts_the_units(tmp_path: Path) -> None:
    """With a user and programs that exist here; everything else is as in the files."""
    if shutil.which("systemd-analyze") is None:
        missing("systemd-analyze is not installed", required_by="IRIA_REQUIRE_SERVERS")
    for unit in UNITS.iterdir():
        text = re.sub(r"^ExecStart=\S+", "ExecStart=/bin/true", unit.read_text(), flags=re.MULTILINE)
        text = re.sub(r"^(User|Group)=.*\n", "", text, flags=re.MULTILINE)
        (tmp_path / unit.name).write_text(text)
    done = subprocess.run(
        ["systemd-analyze", "verify", *sorted(map(str, tmp_path.iterdir()))],
        capture_output=True, text=True, check=False, env=os.environ | {"SYSTEMD_UNIT_PATH": f"{tmp_path}:"},
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")


def test_the_image_copies_only_what_the_builder_may_see() -> None:
    """.dockerignore lets nothing through but what the Dockerfile names; a secret or a database cannot slip in."""
    dockerfile = (ROOT / "deploy" / "Dockerfile").read_text()
    copied = re.findall(r"^COPY (?!--from)(\S+)", dockerfile, flags=re.MULTILINE)
    allowed = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    assert sorted(copied) == sorted(allowed)
    assert all((ROOT / path).exists() for path in copied)
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests", "bench", "seeds"}
    assert packages | {"locale", "templates"} <= set(copied), "the image lacks a part of the program"


def test_the_example_environment_names_only_variables_that_are_read() -> None:
    example = (ROOT / "deploy" / "iria.env.example").read_text()
    readers = "".join(source.read_text() for source in (ROOT / "iria").glob("*.py"))
    names = re.findall(r"^([A-Z_]+)=", example, flags=re.MULTILINE)
    assert names
    assert [name for name in names if f'"{name}"' not in readers] == []


def test_every_variable_that_is_read_is_in_the_handbook() -> None:
    sources = [*(ROOT / "iria").glob("*.py"), *(ROOT / "iria").glob("*/*.py")]
    reader = re.compile(
        r"\b(?:text|required|choice|integer|number|boolean|words|site_url|redis|database|email_route|host_name|host_and_port"
        r"|domains|allowed_hosts|sender|languages)\(\s*\"([A-Z_]+)\""
    )
    read = {name for source in sources for name in reader.findall(source.read_text())}
    handbook = (ROOT / "docs" / "operations.md").read_text()
    assert len(read) > 15
    assert {name for name in read if f"`{name}`" not in handbook} == set()


def test_a_production_start_without_a_setting_is_refused_with_its_name(tmp_path: Path) -> None:
    complete = {
        "IRIA_MODE": "production", "IRIA_DATA": str(tmp_path), "SECRET_KEY": "k3Jd82mQ0vYx71LwPz6RtB5nHs94cUeGa",
        "SITE_URL": "https://news.iria.example", "ALLOWED_HOSTS": "news.iria.example",
        "DATABASE_URL": "postgres://127.0.0.1/iria", "REDIS_URL": "redis://127.0.0.1/0",
        "EMAIL_URL": "smtp://127.0.0.1:25",
    }  # fmt: skip
    for name in ("SECRET_KEY", "SITE_URL", "ALLOWED_HOSTS", "DATABASE_URL", "REDIS_URL", "EMAIL_URL"):
        variables = {key: value for key, value in complete.items() if key != name}
        done = subprocess.run(
            [sys.executable, "manage.py", "check"], cwd=ROOT, env=environment(**variables), check=False,
            capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 2
        assert done.stderr.startswith(f"iria: {name} is not set.")
        assert len(done.stderr.splitlines()) == 1


def test_the_database_address_of_a_socket_is_understood() -> None:
    assert env.database("X", "postgres://postgres@/iria?host=/run/postgresql")["HOST"] == "/run/postgresql"


def test_the_proxies_examples_read_nothing_of_the_data_folder_and_pass_on_who_asked_how() -> None:
    """With compose.yaml it is a volume, and otherwise private to the iria user."""
    nginx = (ROOT / "deploy" / "nginx.conf").read_text()
    caddy = (ROOT / "deploy" / "Caddyfile").read_text()
    assert "/var/lib/iria" not in nginx + caddy
    for header in ("Host $host", "X-Forwarded-For $remote_addr", "X-Forwarded-Proto $scheme"):
        assert f"proxy_set_header {header};" in nginx
    assert "reverse_proxy 127.0.0.1:8000" in caddy


def test_nginx_accepts_the_example(tmp_path: Path) -> None:
    """With a certificate and ports of this test; the rest is as in the file."""
    if (nginx := shutil.which("nginx")) is None:
        missing("nginx is not installed", required_by="IRIA_REQUIRE_SERVERS")
    text = (ROOT / "deploy" / "nginx.conf").read_text()
    text = re.sub(r"ssl_certificate(_key)? .*;", rf"ssl_certificate\1 {ROOT}/tests/localhost.pem;", text)
    text = text.replace("/var/log/nginx/iria.log", str(tmp_path / "access.log"))
    whole = f"pid {tmp_path}/pid; error_log {tmp_path}/error.log; events {{}} http {{ {text} }}"
    (tmp_path / "nginx.conf").write_text(whole)
    done = subprocess.run(
        [nginx, "-t", "-c", str(tmp_path / "nginx.conf"), "-p", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_no_password_stands_among_the_arguments_of_a_backup(tmp_path: Path) -> None:
    """A pg_dump that writes down how it was called, and what the file of passwords holds."""
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "pg_dump").write_text(
        '#!/bin/sh\nfor each in "$@"; do case $each in --file=*) file=${each#--file=};; esac; done\n'
        f'tr "\\0" " " </proc/$$/cmdline >{tmp_path}/called\nenv >{tmp_path}/environment\n'
        f'stat -c %a "$PGPASSFILE" >{tmp_path}/rights\ncat "$PGPASSFILE" >{tmp_path}/passwords\ntouch "$file"\n'
    )
    (programs / "pg_dump").chmod(0o755)
    url = "postgres://ir:ia@x:se/cr:et\\?@db.example.org:5433/iria?sslmode=require"
    variables = {"DATABASE_URL": url, "IRIA_DATA": str(tmp_path), "PATH": f"{programs}:{os.environ['PATH']}"}

    done = backup(tmp_path / "backups", variables)

    assert done.returncode == 0, done.stderr
    called, known = (tmp_path / "called").read_text(), (tmp_path / "environment").read_text()
    assert "cr:et" not in called + known + done.stdout + done.stderr
    assert "DATABASE_URL" not in known
    for line in ("PGHOST=db.example.org", "PGPORT=5433", "PGUSER=ir", "PGDATABASE=iria", "PGSSLMODE=require"):
        assert line in known.splitlines()
    assert (tmp_path / "passwords").read_text() == "*:*:*:*:ia@x\\:se/cr\\:et\\\\?\n"
    assert (tmp_path / "rights").read_text() == "600\n"
    file = next(line.partition("=")[2] for line in known.splitlines() if line.startswith("PGPASSFILE="))
    assert not Path(file).exists()


def test_a_backup_with_an_address_that_cannot_be_read_names_the_setting_and_no_secret(tmp_path: Path) -> None:
    done = backup(tmp_path / "backups", {"DATABASE_URL": "postgres://u:x/s3cret", "IRIA_DATA": str(tmp_path)})
    assert done.returncode != 0
    assert "DATABASE_URL" in done.stderr and "s3cret" not in done.stderr
