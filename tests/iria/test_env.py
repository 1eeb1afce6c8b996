"""Wrong values in the environment: one sentence that names the variable, never a traceback."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from iria import env
from tests.processes import ROOT, environment

pytestmark = pytest.mark.slow

SECRET = "q7Zt2mVx9LpKc4Rw8NbHs6Yd1Fj3-q7Zt2mVx9LpKc4Rw8"
PRODUCTION = {
    "IRIA_MODE": "production",
    "SECRET_KEY": SECRET,
    "SITE_URL": "https://news.example.org",
    "ALLOWED_HOSTS": "news.example.org",
    "DATABASE_URL": "postgres://iria@127.0.0.1/iria",
    "REDIS_URL": "redis://127.0.0.1/0",
    "EMAIL_URL": "smtp://127.0.0.1:25/",
}


def run(*arguments: str, data: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=environment(**({"IRIA_DATA": str(data)} | variables)),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("IRIA_MODE", "staging", "embedded, production"),
        ("PORT", "eighty", "whole number"),
        ("PORT", "70000", "from 1 to 65535"),
        ("INBOX_SMTP_PORT", "0", "from 1 to 65535"),
        ("SITE_URL", "news.example.org", "https://news.example.org"),
        ("SITE_URL", "https://news.example.org/path", "https://news.example.org"),
        ("SITE_URL", "http://[half", "cannot be used"),
        ("DATABASE_URL", "mysql://localhost/iria", "postgres://"),
        ("DATABASE_URL", "postgres://localhost", "has no database name"),
        ("DATABASE_URL", "postgres://localhost/iria?sslmod=require", "unknown option"),
        ("EMAIL_URL", "http://localhost", "smtp://"),
        ("EMAIL_URL", "smtp://me@localhost/", "together"),
        ("EMAIL_URL", "smtp://localhost/?tls=maybe", "starttls"),
        ("EMAIL_URL", "smtp://localhost/?connections=0", "1 to 200"),
        ("EMAIL_URL", "not a backend", "email backend"),
        ("REDIS_URL", "http://localhost:6379/0", "redis://host:6379/0"),
        ("REDIS_URL", "localhost", "redis://host:6379/0"),
        ("REDIS_URL", "redis:///0", "has no host"),
        ("SPAMD", "localhost:many", "a host and a port"),
        ("SPAMD", ":783", "a host and a port"),
        ("IRIA_DEBUG", "perhaps", "yes or no"),
    ],
)
def test_a_wrong_value_is_named_with_what_would_be_right(
    name: str, value: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    readers: dict[str, Callable[[], object]] = {
        "IRIA_MODE": lambda: env.choice("IRIA_MODE", "embedded", ("embedded", "production")),
        "PORT": lambda: env.integer("PORT", 8000, minimum=1, maximum=65535),
        "INBOX_SMTP_PORT": lambda: env.integer("INBOX_SMTP_PORT", 1025, minimum=1, maximum=65535),
        "SITE_URL": lambda: env.site_url("SITE_URL", ""),
        "DATABASE_URL": lambda: env.database("DATABASE_URL", value),
        "SPAMD": lambda: env.host_and_port("SPAMD", default_port=783),
        "EMAIL_URL": lambda: env.email_route("EMAIL_URL", value),
        "REDIS_URL": lambda: env.redis("REDIS_URL"),
        "IRIA_DEBUG": lambda: env.boolean("IRIA_DEBUG", default=False),
    }
    with pytest.raises(env.EnvironmentProblem) as problem:
        readers[name]()
    assert name in str(problem.value)
    assert "\n" not in str(problem.value)
    if value != "http://[half":
        assert words in str(problem.value)


def test_languages_are_those_that_there_are_each_once_in_their_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANGUAGES", "ar, en,ar")
    assert env.languages("LANGUAGES", "en", translated=("en", "ar")) == ["ar", "en"]
    for wrong, words in (("en,xx", "has “xx” in it, but must be a list of these: en, ar."), (",", "is empty")):
        monkeypatch.setenv("LANGUAGES", wrong)
        with pytest.raises(env.EnvironmentProblem, match=words):
            env.languages("LANGUAGES", "en", translated=("en", "ar"))


def test_a_password_is_not_repeated_in_a_message() -> None:
    with pytest.raises(env.EnvironmentProblem) as problem:
        env.email_route("EMAIL_URL", "smtp://me:s3cret@localhost/?tls=maybe")
    assert "s3cret" not in str(problem.value)


@pytest.mark.parametrize(
    "missing", ["SECRET_KEY", "SITE_URL", "ALLOWED_HOSTS", "DATABASE_URL", "REDIS_URL", "EMAIL_URL"]
)
def test_production_names_what_is_missing(missing: str, tmp_path: Path) -> None:
    ended = run("check", data=tmp_path, **{name: value for name, value in PRODUCTION.items() if name != missing})
    assert (ended.returncode, ended.stderr.count("\n")) == (2, 1)
    assert ended.stderr.startswith(f"iria: {missing} is not set.")


def test_production_refuses_a_weak_secret(tmp_path: Path) -> None:
    ended = run("check", data=tmp_path, **(PRODUCTION | {"SECRET_KEY": "changeme"}))
    assert ended.returncode == 2
    assert "SECRET_KEY is too weak" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_the_secret_of_an_embedded_installation_is_made_once_and_kept_private(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SECRET_KEY", raising=False)
    made = env.secret_key(production=False, data=tmp_path)
    assert len(made) > 40
    assert env.secret_key(production=False, data=tmp_path) == made
    assert (tmp_path / "secret_key").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"PORT": "abc"}, "PORT is “abc”"),
        ({"PORT": "1025"}, "PORT and INBOX_SMTP_PORT are both 1025"),
        ({"SITE_URL": "ftp://x"}, "SITE_URL is “ftp://x”"),
        (PRODUCTION, "IRIA_MODE is “production”"),
        ({"IRIA_DATA": "/dev/null/data"}, "IRIA_DATA (/dev/null/data) isn't writable"),
    ],
)
def test_up_refuses_a_wrong_value_before_it_starts_anything(
    variables: dict[str, str], words: str, tmp_path: Path
) -> None:
    ended = run("up", data=tmp_path, **variables)
    assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (2, "", 1)
    assert words in ended.stderr


def test_a_database_without_tables_is_said_in_a_sentence(tmp_path: Path) -> None:
    ended = run("editions", "list", data=tmp_path)
    assert ended.returncode == 2
    assert ended.stderr == (
        "iria: The database has no tables yet. Run `python manage.py migrate`, "
        "or `python manage.py up`, which does it for you.\n"
    )


def test_a_database_that_is_not_there_is_said_in_a_sentence(tmp_path: Path) -> None:
    ended = run("editions", "list", data=tmp_path, DATABASE_URL="postgres://x@127.0.0.1:1/db")
    assert ended.returncode == 2
    assert ended.stderr.startswith("iria: The database in DATABASE_URL can't be reached: ")
