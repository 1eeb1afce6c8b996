"""Download a small file from another server: where it is in the end, what has changed since, and never more bytes or
seconds than were agreed on. All that `lib.fetching` says of addresses holds for each redirect."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import urldefrag, urljoin

from urllib3 import BaseHTTPResponse

from lib.fetching import REDIRECTS, Clock, Resolve, Unreachable, called, redirect_of, resolve
from lib.unpacking import CODINGS, CannotUnpack, unpacked

MOST_BYTES = 5_000_000  # on the wire
MOST_UNPACKED = 20_000_000
SECONDS = 10.0  # for all of it, with redirects
_READ = 65_536


@dataclass(frozen=True, slots=True)
class Download:
    """What a server answered, whatever its status. `moved_to` is where it has moved for good (301, 308 at each step),
    empty when it hasn't; the body is unpacked."""

    status: int
    address: str
    moved_to: str
    headers: dict[str, str]  # by name in lower case
    body: bytes


def download(
    address: str,
    *,
    accept: str = "*/*",
    agent: str = "Iria",
    etag: str = "",
    last_modified: str = "",
    most: int = MOST_BYTES,
    most_unpacked: int = MOST_UNPACKED,
    seconds: float = SECONDS,
    private: Collection[str] = (),
    resolve: Resolve = resolve,
) -> Download:
    """GET, three redirects at most. With the ETag or date of an earlier answer the server may say 304 (RFC 9110 §13).
    `private` are hosts that may be on a private network, each with its port. Raises `Unreachable`."""
    headers = {"User-Agent": agent, "Accept": accept, "Accept-Encoding": CODINGS, "Connection": "close"}
    if etag:
        headers["If-None-Match"] = etag
    if last_modified:
        headers["If-Modified-Since"] = last_modified
    with _answered(address, headers, Clock(seconds, seconds), private, resolve) as found:
        body = b"".join(_parts_of(found.answer, most))
        said = {name.lower(): value for name, value in found.answer.headers.items()}
        unpacked_body = _unpacked_body(body, said.get("content-encoding", ""), most_unpacked)
        return Download(found.answer.status, found.address, found.moved_to, said, unpacked_body)


def download_parts(
    address: str, *, most: int, seconds: float, agent: str = "Iria", private: Collection[str] = (),
    resolve: Resolve = resolve,
) -> Iterator[bytes]:  # fmt: skip
    """A large file, part by part as it comes, as it is: nothing is unpacked. Raises `Unreachable`, also in the middle,
    and for any other answer than the file."""
    headers = {"User-Agent": agent, "Accept": "*/*", "Accept-Encoding": "identity", "Connection": "close"}
    with _answered(address, headers, Clock(seconds, seconds), private, resolve) as found:
        if found.answer.status != 200:
            raise Unreachable(f"the server answered {found.answer.status}")
        if found.answer.headers.get("Content-Encoding", "identity").lower() != "identity":
            raise Unreachable("it is compressed, though we asked for it as it is")
        yield from _parts_of(found.answer, most)


class _Answered(NamedTuple):
    answer: BaseHTTPResponse
    address: str  # after redirects
    moved_to: str  # for good; empty when it hasn't


@contextmanager
def _answered(
    address: str, headers: dict[str, str], clock: Clock, private: Collection[str], resolve: Resolve
) -> Iterator[_Answered]:
    """What is at the address in the end."""
    address, moved_to, for_good = urldefrag(address).url, "", True
    for _hop in range(REDIRECTS + 1):
        with called(address, "GET", resolve, clock, headers=headers, private=private) as answer:
            onwards = redirect_of(answer)
            if onwards is None:
                yield _Answered(answer, address, moved_to)
                return
            try:
                address = urldefrag(urljoin(address, onwards)).url
            except ValueError:
                raise Unreachable("it redirects to an address that isn't valid") from None
            for_good = for_good and answer.status in {301, 308}
            moved_to = address if for_good else moved_to
    raise Unreachable(f"it redirects more than {REDIRECTS} times")


def _parts_of(answer: BaseHTTPResponse, most: int) -> Iterator[bytes]:
    """All of it. Raises `Unreachable` as soon as it says, or turns out, that it is too large."""
    stated = answer.headers.get("Content-Length", "")
    if stated.isascii() and stated.isdecimal() and (len(stated) > 15 or int(stated) > most):
        raise _too_large(most)
    size = 0
    while part := answer.read(_READ):
        size += len(part)
        if size > most:
            raise _too_large(most)
        yield part


def _too_large(most: int) -> Unreachable:
    return Unreachable(f"it is larger than {most // 1_000_000} MB", denied=True)


def _unpacked_body(body: bytes, codings: str, most: int) -> bytes:
    try:
        return unpacked(body, codings, most=most)
    except CannotUnpack as problem:
        raise Unreachable(str(problem), denied=True) from None
