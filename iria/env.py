"""Typed readers of environment variables.

Every reader either returns a value of the right type or raises `EnvironmentProblem` with one sentence that names
the variable, says what is wrong with its value and what would be right. `exit_on_bad_environment` prints that
sentence and ends the program with status 2. Secrets are never repeated in a message.
"""

from __future__ import annotations

import os
import secrets
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

N = TypeVar("N", int, float)


class EnvironmentProblem(ImproperlyConfigured):
    """A setting of the environment is missing or wrong; the message is for the operator."""


@contextmanager
def exit_on_bad_environment() -> Iterator[None]:
    """End the program with status 2 and one sentence when the environment is not usable."""
    try:
        yield
    except ImproperlyConfigured as problem:
        print(f"iria: {problem}", file=sys.stderr)
        raise SystemExit(2) from None


def text(name: str, default: str = "") -> str:
    return os.environ.get(name, "").strip() or default


def required(name: str, why: str) -> str:
    value = text(name)
    if not value:
        raise EnvironmentProblem(f"{name} is not set. {why}")
    return value


def choice(name: str, default: str, allowed: tuple[str, ...]) -> str:
    value = text(name, default)
    if value not in allowed:
        raise EnvironmentProblem(f"{name} is “{value}”, but must be one of: {', '.join(allowed)}.")
    return value


def integer(name: str, default: int, *, minimum: int, maximum: int) -> int:
    return _between(minimum, maximum, name, default, read=int, kind="a whole number")


def number(name: str, default: float, *, minimum: float, maximum: float) -> float:
    return _between(minimum, maximum, name, default, read=float, kind="a number")


def _between(minimum: N, maximum: N, name: str, default: N, *, read: Callable[[str], N], kind: str) -> N:
    value = text(name, str(default))
    try:
        found = read(value)
    except ValueError:
        raise EnvironmentProblem(f"{name} is “{value}”, but must be {kind}.") from None
    if not minimum <= found <= maximum:
        raise EnvironmentProblem(f"{name} is {value}, but must be from {minimum:g} to {maximum:g}.")
    return found


def boolean(name: str, *, default: bool) -> bool:
    value = text(name, "yes" if default else "no").lower()
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off"}:
        return False
    raise EnvironmentProblem(f"{name} is “{value}”, but must be yes or no.")


def words(name: str, default: str = "") -> list[str]:
    """A comma-separated list."""
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def languages(name: str, default: str, *, translated: tuple[str, ...]) -> list[str]:
    """A comma-separated list of languages that there is a translation for, each once."""
    codes = list(dict.fromkeys(words(name, default)))
    for code in codes:
        if code not in translated:
            raise EnvironmentProblem(
                f"{name} has “{code}” in it, but must be a list of these: {', '.join(translated)}."
            )
    if not codes:
        raise EnvironmentProblem(f"{name} is empty, but must be a list of these: {', '.join(translated)}.")
    return codes


def host_and_port(name: str, *, default_port: int) -> tuple[str, int] | None:
    """`host`, `host:port` or `[ipv6]:port`; None when it is not set."""
    value = text(name)
    if not value:
        return None
    try:
        parts = urlsplit(f"//{value}")
        host, port = parts.hostname, parts.port or default_port
    except ValueError:
        host, port = None, 0
    if not host or parts.path or parts.username:
        raise EnvironmentProblem(f"{name} must be a host and a port, for example 127.0.0.1:{default_port}.")
    return host, port


def prefixed(prefix: str) -> dict[str, str]:
    """All variables that begin with the prefix, without it."""
    return {name.removeprefix(prefix): value for name, value in os.environ.items() if name.startswith(prefix)}


def _parts(name: str, url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port  # urlsplit checks the port only when asked
    except ValueError as error:
        raise EnvironmentProblem(f"{name} isn't a valid address: {error}.") from None
    return parts


def _options(name: str, parts: SplitResult, allowed: Mapping[str, tuple[str, ...] | None]) -> dict[str, str]:
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    for key, value in options.items():
        if key not in allowed:
            raise EnvironmentProblem(f"{name} has an unknown option “{key}”. Known options: {', '.join(allowed)}.")
        values = allowed[key]
        if values is not None and value not in values:
            raise EnvironmentProblem(f"{name}: {key} is “{value}”, but must be one of: {', '.join(values)}.")
    return options


def site_url(name: str, default: str) -> str:
    """An absolute http(s) address without a path, query or trailing slash: the start of every mailed link."""
    value = text(name, default).rstrip("/")
    parts = _parts(name, value)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path or parts.query or parts.username:
        raise EnvironmentProblem(f"{name} is “{value}”, but must look like https://news.example.org.")
    return value


def database(name: str, url: str) -> dict[str, Any]:
    """Django's DATABASES entry for `postgres://user:password@host:port/name` or `sqlite:///path`.

    A PostgreSQL socket folder goes into `?host=/run/postgresql`; `?sslmode=` is passed on.
    """
    parts = _parts(name, url)
    if parts.scheme == "sqlite":
        path = unquote(parts.path).removeprefix("/") if not parts.path.startswith("//") else unquote(parts.path)[1:]
        if parts.netloc or not path:
            raise EnvironmentProblem(f"{name} must look like sqlite:///relative/path or sqlite:////absolute/path.")
        return sqlite(Path(path))
    if parts.scheme not in {"postgres", "postgresql"}:
        raise EnvironmentProblem(
            f"{name} starts with “{parts.scheme}:”, but must start with postgres:// or sqlite:///."
        )
    options = _options(name, parts, {"host": None, "sslmode": None, "sslrootcert": None, "options": None})
    host = options.pop("host", "") or (parts.hostname or "")
    database_name = unquote(parts.path.removeprefix("/"))
    if not database_name:
        raise EnvironmentProblem(f"{name} has no database name. It must look like postgres://user:password@host/name.")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": database_name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options,
    }


def redis(name: str) -> str:
    """The broker's address, or nothing. Celery and the cache would find a wrong one only when they first use it."""
    value = text(name)
    if value:
        parts = _parts(name, value)
        if parts.scheme not in {"redis", "rediss", "unix"}:
            raise EnvironmentProblem(
                f"{name} starts with “{parts.scheme}:”, but must look like redis://host:6379/0 or rediss://host:6379/0."
                if parts.scheme
                else f"{name} must look like redis://host:6379/0 or rediss://host:6379/0."
            )
        if parts.scheme != "unix" and not parts.hostname:
            raise EnvironmentProblem(f"{name} has no host. It must look like redis://host:6379/0.")
    return value


def sqlite(path: Path) -> dict[str, Any]:
    """SQLite as it must be for several processes: WAL, writers that queue up at BEGIN, durable commits.

    `IMMEDIATE`, because busy_timeout does not help a transaction that begins by reading and then writes;
    `synchronous=FULL`, because the hand-out rule relies on a commit having reached the disk. Every thread has a
    connection and so a cache of its own: four megabytes each keep a worker small.
    """
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(path),
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-4000;",
        },
    }


@dataclass(frozen=True)
class EmailRoute:
    """Where mail goes: an SMTP server, or a Django email backend (then `backend` is its dotted name)."""

    backend: str = ""
    host: str = ""
    port: int = 25
    username: str = ""
    password: str = ""
    tls: str = "none"  # none · starttls · implicit
    connections: int = 10

    @property
    def is_smtp(self) -> bool:
        return not self.backend


def email_route(name: str, value: str) -> EmailRoute:
    """`smtp://user:pass@host:587/?tls=starttls&connections=10`, or the dotted name of a Django email backend."""
    if "://" not in value:
        if "." not in value or not all(part.isidentifier() for part in value.split(".")):
            raise EnvironmentProblem(
                f"{name} must be an address such as smtp://user:password@host:587/?tls=starttls"
                " or the name of a Django email backend such as anymail.backends.brevo.EmailBackend."
            )
        return EmailRoute(backend=value)
    parts = _parts(name, value)
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
        raise EnvironmentProblem(f"{name} must start with smtp:// and include a host.")
    options = _options(name, parts, {"tls": ("none", "starttls", "implicit"), "connections": None})
    tls = options.get("tls", "implicit" if parts.scheme == "smtps" or parts.port == 465 else "none")
    connections = options.get("connections", "10")
    if not connections.isdigit() or not 1 <= int(connections) <= 200:
        raise EnvironmentProblem(f"{name}: connections must be a whole number from 1 to 200.")
    if bool(parts.username) != bool(parts.password):
        raise EnvironmentProblem(f"{name} must give a user name and a password together, or neither.")
    return EmailRoute(
        host=parts.hostname,
        port=parts.port or {"none": 25, "starttls": 587, "implicit": 465}[tls],
        username=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        tls=tls,
        connections=int(connections),
    )


def secret_key(*, production: bool, data: Path) -> str:
    """`SECRET_KEY`; when embedded and unset, one that was made on the first start and is kept in the data folder."""
    value = text("SECRET_KEY")
    if value:
        if production and (len(value) < 32 or len(set(value)) < 8 or "insecure" in value or "changeme" in value):
            raise EnvironmentProblem(
                "SECRET_KEY is too weak for production. Use 50 random characters, for example from "
                "`python -c 'import secrets; print(secrets.token_urlsafe(50))'`."
            )
        return value
    if production:
        raise EnvironmentProblem(
            "SECRET_KEY is not set. In production every sign-up and unsubscribe link depends on it. "
            "Set it to 50 random characters and never change it."
        )
    path = data / "secret_key"
    try:
        data.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        kept = path.read_text().strip()
        if not kept:
            raise EnvironmentProblem(f"{path} is empty. Delete it, and Iria creates a new secret.") from None
        return kept
    except OSError as error:
        raise EnvironmentProblem(f"IRIA_DATA ({data}) isn't writable: {error.strerror}.") from None
    with os.fdopen(handle, "w") as file:
        file.write(made := secrets.token_urlsafe(50))
    return made
