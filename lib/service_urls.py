"""One reader for addresses of services that hold a password: `scheme://user:password@host:port/path?option=value`.

RFC 3986 wants reserved characters in a password percent-encoded. Mail services and database panels hand out passwords
with `/ # ? @ + $ %` in them, and people paste them as they are. Where an address can mean one thing only, it is read
as meant; where it could also mean another host, `BadServiceUrl` asks for percent-encoding. A message never repeats any
part of the address: what is in the wrong place is most likely a piece of the password.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from ipaddress import ip_address
from urllib.parse import quote, unquote

LONGEST = 4096  # characters; an address of a service has some hundred
ENCODE = (
    "Percent-encode the special characters of the user name and password"
    " (/ is %2F, # is %23, ? is %3F, @ is %40, % is %25)."
)
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_END_OF_AUTHORITY = re.compile(r"[/?#]")
_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+(?:%[A-Za-z0-9]+)?\]|[^\s:@/?#\[\]\\]*)(?::([^:]*))?")
_QUERY = re.compile(r"\w+=[^&#]*(?:&\w+=[^&#]*)*")
_ESCAPE = re.compile(r"%[0-9A-Fa-f]{2}")
_RAW = re.compile(r"[/?#@\[\]\s\"'<>\\^`{|}]|%(?![0-9A-Fa-f]{2})")  # what percent-encoding would not have left


class BadServiceUrl(ValueError):
    """The address cannot be used; the message is for the operator, without its subject, and holds no secret."""


@dataclass(frozen=True)
class ServiceUrl:
    """The parts, decoded. `path` begins with a slash or is empty; `port` is None where there is none."""

    scheme: str
    username: str
    password: str
    host: str
    port: int | None
    path: str
    options: Mapping[str, str]

    def __str__(self) -> str:
        """The address in the one spelling that every library reads alike: all that may be is percent-encoded."""
        who = quote(self.username, safe="") + (f":{quote(self.password, safe='')}" if self.password else "")
        host = f"[{self.host}]" if ":" in self.host else quote(self.host, safe="-._~")
        where = host + (f":{self.port}" if self.port is not None else "")
        query = "&".join(f"{quote(key, safe='')}={quote(value, safe='/:')}" for key, value in self.options.items())
        return f"{self.scheme}://{who}{'@' if who else ''}{where}{quote(self.path)}{'?' if query else ''}{query}"


def read_service_url(url: str) -> ServiceUrl:
    """Raises `BadServiceUrl`."""
    if len(url) > LONGEST:
        raise BadServiceUrl(f"is longer than {LONGEST:,} characters.")
    if any(ord(character) < 32 or ord(character) == 127 for character in url):
        raise BadServiceUrl("contains a control character, such as a line break.")
    scheme = _SCHEME.match(url)
    if scheme is None:
        raise BadServiceUrl("has no scheme. It must look like scheme://user:password@host:port/.")
    who, where = _split(url[scheme.end() :])
    username, colon, password = who.partition(":")
    authority, path, query = _parts(where)
    host, port = _host_and_port(authority, has_login=bool(colon))
    return ServiceUrl(
        scheme=scheme.group(1).lower(),
        username=_decoded(username),
        password=_decoded(password),
        host=host,
        port=port,
        path=_decoded(path, is_secret=False),
        options=_options(query),
    )


def _split(rest: str) -> tuple[str, str]:
    """User and password, and all behind the `@` that ends them.

    Two readings exist where `/`, `?` or `#` stands before an `@`: that the password holds it, or that the host ended
    there. The second can be ruled out by a path with an `@` in it or a query that is none; else nobody can tell.
    """
    end = _END_OF_AUTHORITY.search(rest)
    if end is None or end.start() == 0 or "@" not in rest[end.start() :]:
        authority = rest[: end.start()] if end else rest
        who, at, _host = authority.rpartition("@")
        return who, rest[len(who) + len(at) :]
    who, _at, where = rest.rpartition("@")
    tail = rest[end.start() :]
    path, _question, query = tail.partition("?")
    host_ended_there = "@" not in path and "#" not in path and _QUERY.fullmatch(query) is not None
    if ":" not in who or host_ended_there:
        raise BadServiceUrl(f"can be read in more than one way. {ENCODE}")
    return who, where


def _parts(where: str) -> tuple[str, str, str]:
    if "#" in where:
        raise BadServiceUrl(f"has a # behind the host. {ENCODE}")
    end = _END_OF_AUTHORITY.search(where)
    authority, tail = (where[: end.start()], where[end.start() :]) if end else (where, "")
    path, _question, query = tail.partition("?")
    return authority, path, query


def _host_and_port(authority: str, *, has_login: bool) -> tuple[str, int | None]:
    found = _HOST.fullmatch(authority)
    if found is None:
        raise BadServiceUrl(f"has no valid host. {ENCODE}")
    host, port = unquote(found.group(1)), found.group(2)
    if host.startswith("["):
        host = host[1:-1]
        try:
            ip_address(host)
        except ValueError:
            raise BadServiceUrl("has no valid host: what stands in brackets isn't an IPv6 address.") from None
    if not port:
        return host, None
    if not (port.isascii() and port.isdigit() and len(port) <= 5 and 0 < int(port) < 65536):
        # Without an @ this is where a password stands whose address ended at one of its own characters.
        hint = "" if has_login else f" If it is meant as a password, the @ and the host are missing. {ENCODE}"
        raise BadServiceUrl(f"has no valid port: it must be a number from 1 to 65535.{hint}")
    return host, int(port)


def _decoded(text: str, *, is_secret: bool = True) -> str:
    """Percent-decoded where it was encoded; as it is where it shows that it was not."""
    escapes, raw = _ESCAPE.search(text), _RAW.search(text)
    if escapes is None:
        return text
    if raw is not None and is_secret:
        raise BadServiceUrl(f"mixes encoded and unencoded characters in its user name or password. {ENCODE}")
    try:
        return unquote(text, errors="strict")
    except UnicodeDecodeError:
        raise BadServiceUrl(f"has a % that stands for no character. {ENCODE}") from None


def _options(query: str) -> dict[str, str]:
    """`a=b&c=d`, where `+` is a plus sign: this is no form that a browser sends."""
    options: dict[str, str] = {}
    for pair in filter(None, query.split("&")):
        key, _equals, value = pair.partition("=")
        options[_decoded(key, is_secret=False)] = _decoded(value, is_secret=False)
    return options


def check_options(url: ServiceUrl, allowed: Mapping[str, tuple[str, ...] | None]) -> None:
    """Raises `BadServiceUrl` for an option that isn't known, or a value that isn't one of those (None: any)."""
    for key, value in url.options.items():
        if key not in allowed:
            close = get_close_matches(key, allowed, n=1)
            meant = f" Did you mean {close[0]}?" if close else ""
            raise BadServiceUrl(f"has an unknown option.{meant} Known options: {', '.join(allowed)}.")
        values = allowed[key]
        if values is not None and value not in values:
            raise BadServiceUrl(f"has an unknown value for {key}. It must be one of: {', '.join(values)}.")
