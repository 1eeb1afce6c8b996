"""Typed readers of environment variables.

Every reader either returns a value of the right type or raises `EnvironmentProblem` with one sentence that names
the variable, says what is wrong with its value and what would be right. `exit_on_bad_environment` prints that
sentence and ends the program with status 2. Secrets are never repeated in a message.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from email.utils import parseaddr
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

from lib import hosts
from lib.service_urls import BadServiceUrl, ServiceUrl, check_options, read_service_url

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
    """Without space around it, nor the quotes that `docker run --env-file` leaves where a shell would take them off."""
    value = os.environ.get(name, "").strip()
    if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'" and value[0] not in value[1:-1]:
        value = value[1:-1].strip()
    return value or default


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


def site_url(name: str, default: str) -> str:
    """An absolute http(s) address without a path, query or trailing slash: the start of every mailed link.

    In the spelling that browsers send: scheme and host in lower case, the host in ASCII (IDNA 2008), no default port.
    """
    value = text(name, default).rstrip("/")
    try:
        parts = urlsplit(value)
        host, port = hosts.in_ascii(parts.hostname or ""), parts.port
    except ValueError:  # also `hosts.BadHost`
        host, port, parts = "", None, urlsplit("")
    if parts.scheme not in {"http", "https"} or not host or "@" in value or parts.path or parts.query or parts.fragment:
        shown = f"is “{value}”, but" if "@" not in value else "holds an @, but"  # what stands before it may be secret
        raise EnvironmentProblem(f"{name} {shown} must look like https://news.example.org.")
    standard = {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{hosts.in_url(host)}" + (f":{port}" if port not in (None, standard) else "")


def host_name(name: str, default: str, *, of_mail: bool = False) -> str:
    """A host in ASCII and lower case: a name, or an IP address; `of_mail`: what mail can have behind its @."""
    value = text(name)
    if not value:
        return default
    try:
        host = hosts.in_ascii(value)
    except hosts.BadHost:
        host = ""
    if not host or (of_mail and not hosts.is_domain(host)):
        raise EnvironmentProblem(f"{name} is “{value}”, but must be a host name such as news.example.org.")
    return host


def sender(name: str, default: str) -> str:
    """`Name <address>` or an address alone, its domain in ASCII."""
    value = text(name, default)
    _display, address = parseaddr(value)
    local, _at, domain = address.rpartition("@")
    try:
        domain = hosts.in_ascii(domain)
    except hosts.BadHost:
        domain = ""
    if not (local and domain) or " " in local or value.count(address) != 1:
        raise EnvironmentProblem(
            f"{name} is “{value}”, but must be an address such as Example Institute <news@example.org>."
        )
    return value.replace(address, f"{local}@{domain}")


def domains(name: str) -> list[str]:
    """A comma-separated list of domains, in ASCII and lower case."""
    found = []
    for word in words(name):
        try:
            found.append(hosts.in_ascii(word))
        except hosts.BadHost:
            raise EnvironmentProblem(f"{name} has “{word}” in it, which isn't a domain such as example.org.") from None
    return found


def allowed_hosts(name: str) -> list[str]:
    """Django's ALLOWED_HOSTS from a comma-separated list: names, addresses, `.example.org` for all below it, `*`."""
    found = []
    for word in words(name):
        dot = "." if word.startswith(".") else ""
        try:
            found.append(word if word == "*" else dot + hosts.in_url(hosts.in_ascii(word.removeprefix("."))))
        except hosts.BadHost:
            raise EnvironmentProblem(
                f"{name} has “{word}” in it, but must list host names such as news.example.org, without https:// and"
                " without a port."
            ) from None
    return found


def _service(name: str, url: str, schemes: tuple[str, ...], example: str) -> ServiceUrl:
    if url.partition("://")[0].lower() not in schemes:
        raise EnvironmentProblem(f"{name} must look like {example}.")
    try:
        return read_service_url(url)
    except BadServiceUrl as problem:
        raise EnvironmentProblem(f"{name} {problem}") from None


def _allow_options(name: str, url: ServiceUrl, allowed: Mapping[str, tuple[str, ...] | None]) -> None:
    try:
        check_options(url, allowed)
    except BadServiceUrl as problem:
        raise EnvironmentProblem(f"{name} {problem}") from None


SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")


def database(name: str, url: str) -> dict[str, Any]:
    """Django's DATABASES entry for `postgres://user:password@host:port/name` or `sqlite:///path`.

    A PostgreSQL socket folder goes into `?host=/run/postgresql`; `?sslmode=` is passed on.
    """
    found = _service(
        name, url, ("postgres", "postgresql", "sqlite"), "postgres://user:password@host:5432/name or sqlite:///path"
    )
    if found.scheme == "sqlite":
        path = found.path.removeprefix("/")
        if found.host or found.username or not path:
            raise EnvironmentProblem(f"{name} must look like sqlite:///relative/path or sqlite:////absolute/path.")
        return sqlite(Path(path))
    _allow_options(name, found, {"host": None, "sslmode": SSL_MODES, "sslrootcert": None, "options": None})
    options = dict(found.options)
    host = options.pop("host", "") or found.host
    database_name = found.path.removeprefix("/")
    if not database_name:
        raise EnvironmentProblem(f"{name} has no database name. It must look like postgres://user:password@host/name.")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": database_name,
        "USER": found.username,
        "PASSWORD": found.password,
        "HOST": host,
        "PORT": str(found.port or ""),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options,
    }


def redis(name: str) -> str:
    """The broker's address, or nothing. Celery and the cache would find a wrong one only when they first use it.

    In one spelling for both of them: they take a password apart in different ways unless it is percent-encoded.
    """
    value = text(name)
    if not value:
        return value
    found = _service(name, value, ("redis", "rediss", "unix"), "redis://host:6379/0 or rediss://host:6379/0")
    if found.scheme == "unix":
        return str(found)
    if not found.host:
        raise EnvironmentProblem(f"{name} has no host. It must look like redis://host:6379/0.")
    number = found.path.strip("/")
    if number and not (number.isascii() and number.isdigit()):
        raise EnvironmentProblem(f"{name}: what stands behind the host must be the number of a database, such as /0.")
    return str(found)


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
    ehlo: str = ""  # how we introduce ourselves; empty: by the machine's own name

    @property
    def is_smtp(self) -> bool:
        return not self.backend


def email_route(name: str, value: str, *, ehlo: str = "") -> EmailRoute:
    """`smtp://user:pass@host:587/?tls=starttls&connections=10`, or the dotted name of a Django email backend.

    A password crosses a network only inside TLS, unless `tls=none` was written.
    """
    if "://" not in value:
        if "." not in value or not all(part.isidentifier() for part in value.split(".")):
            raise EnvironmentProblem(
                f"{name} must be an address such as smtp://user:password@host:587/?tls=starttls"
                " or the name of a Django email backend such as anymail.backends.brevo.EmailBackend."
            )
        return EmailRoute(backend=value)
    example = "smtp://user:password@host:587/?tls=starttls"
    found = _service(name, value, ("smtp", "smtps"), example)
    if not found.host or found.path not in {"", "/"}:
        raise EnvironmentProblem(f"{name} must look like {example}: a host, and nothing but options after it.")
    _allow_options(name, found, {"tls": ("none", "starttls", "implicit"), "connections": None})
    if bool(found.username) != bool(found.password):
        raise EnvironmentProblem(f"{name} must give a user name and a password together, or neither.")
    connections = found.options.get("connections", "10")
    if not (connections.isascii() and connections.isdigit() and 1 <= int(connections[:4]) <= 200):
        raise EnvironmentProblem(f"{name}: connections must be a whole number from 1 to 200.")
    if found.scheme == "smtps" or found.port == 465:
        tls = "implicit"
    else:
        tls = "starttls" if found.username and not hosts.is_loopback(found.host) else "none"
    tls = found.options.get("tls", tls)
    try:
        host = hosts.in_ascii(found.host)
    except hosts.BadHost:
        raise EnvironmentProblem(f"{name} has no valid host.") from None
    return EmailRoute(
        host=host,
        port=found.port or {"none": 25, "starttls": 587, "implicit": 465}[tls],
        username=found.username,
        password=found.password,
        tls=tls,
        connections=int(connections),
        ehlo=ehlo,
    )
