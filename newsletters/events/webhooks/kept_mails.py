"""Mails that came in by a service and that it keeps on its own side: its call has a number, and the mail is asked for.

anymail asks without a limit of time and size, and wherever the answer sends it. Here each question ends after seconds,
a mail is read no further than we keep it, no redirect is followed, and only the service's own hosts are asked; the key
is given to the host of its API alone.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

SECONDS = 10.0  # for one question and its answer
LONGEST_KEPT = 1024 * 1024  # octets of a mail
LONGEST_ANSWER = 10_000_000  # octets of what an API says of a mail, with its text
_READ = 65_536


class CannotFetch(Exception):
    """A mail wasn't had; the message says why, for staff."""


@dataclass(frozen=True, slots=True)
class KeptMail:
    """`place`: what the service calls it, or tells of it, in its call. `recipient`: the envelope's, or "". `identity`:
    by what it is known again, where it is put together anew each time that it is asked for."""

    place: tuple[str, ...]
    recipient: str = ""
    identity: bytes | None = None


@dataclass(frozen=True, slots=True)
class HostAnswer:
    status: int
    headers: Mapping[str, str]  # by name in lower case
    body: bytes


def ask(
    address: str, *, headers: Mapping[str, str] | None = None, most: int, cut: bool = False,
    private: Collection[str] = (),
) -> HostAnswer:  # fmt: skip
    """GET. Of an answer that is longer than `most` octets the beginning, with `cut`; else it can't be had. `private`:
    hosts that may be on a private network, each with its port. Raises `CannotFetch`."""
    from lib.fetching import Clock, Unreachable, called, resolve  # with clients for DNS and HTTP

    try:
        with called(
            address, "GET", resolve, Clock(SECONDS, SECONDS), headers={"User-Agent": "Iria", **(headers or {})},
            private=private,
        ) as answer:  # fmt: skip
            body = b""
            while len(body) <= most and (part := answer.read(_READ)):
                body += part
            found = {name.lower(): value for name, value in answer.headers.items()}
            status = answer.status
    except Unreachable as problem:
        raise CannotFetch(f"{problem}.") from None
    if len(body) > most and not cut:
        raise CannotFetch(f"{urlsplit(address).hostname} answered more than {most:,} octets.")
    return HostAnswer(status, found, body[:most])


class MailApi:
    """The API of a service: says of a mail where it lies. `base` is set by the operator, or anymail's own, and
    `headers` have its key; a mail may also lie at a host that ends with one of `storage`. `key_setting` names what an
    operator would have to mend."""

    def __init__(
        self, base: str, headers: Mapping[str, str], *, key_setting: str, storage: tuple[str, ...] = ()
    ) -> None:  # fmt: skip
        from lib.fetching import Unreachable, host_and_port

        self._base, self._headers, self._storage, self._key_setting = base, headers, storage, key_setting
        self._scheme = urlsplit(base).scheme
        try:
            self._own = frozenset({host_and_port(base)})
        except Unreachable:
            raise CannotFetch(f"{base} isn't a web address.") from None

    def describe(self, path: str) -> dict[str, Any]:
        """What the API says of a mail. Raises `CannotFetch`."""
        headers = {**self._headers, "Accept": "application/json"}
        answer = ask(self._base + path, headers=headers, most=LONGEST_ANSWER, private=self._own)
        self._must_be_ok(self._base, answer)
        try:
            told = json.loads(answer.body)
        except (ValueError, RecursionError):
            told = None
        if not isinstance(told, dict):
            raise CannotFetch(f"{urlsplit(self._base).hostname} answered something that can't be read.")
        return told

    def part(self, path: str) -> bytes:
        """A part of a mail, from the API itself. Raises `CannotFetch`."""
        answer = ask(self._base + path, headers=self._headers, most=LONGEST_KEPT, private=self._own)
        self._must_be_ok(self._base, answer)
        return answer.body

    def download(self, address: Any) -> bytes:
        """The beginning of a mail, from where the API says it lies. Raises `CannotFetch`."""
        if not isinstance(address, str) or not self._is_of_the_service(address):
            raise CannotFetch(f"The email isn't at a host of the service: {str(address)[:200]}")
        answer = ask(address, most=LONGEST_KEPT, cut=True, private=self._own)
        self._must_be_ok(address, answer)
        return answer.body

    def _is_of_the_service(self, address: str) -> bool:
        from lib.fetching import Unreachable, host_and_port

        try:
            where = host_and_port(address)
        except Unreachable:
            return False
        if where in self._own:
            return urlsplit(address).scheme == self._scheme
        host, _colon, port = where.rpartition(":")
        return urlsplit(address).scheme == "https" and port == "443" and host.endswith(self._storage)

    def _must_be_ok(self, address: str, answer: HostAnswer) -> None:
        if answer.status == 200:
            return
        hint = f" Is {self._key_setting} right?" if answer.status in {401, 403} else ""
        raise CannotFetch(f"{urlsplit(address).hostname} answered {answer.status}.{hint}")
