"""The parts of granian's RSGI that the door uses, as types: granian's own stubs name no return values."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from typing import Protocol

HeaderList = list[tuple[str, str]]


class RequestHeaders(Protocol):
    """Names in lower case. Values that are not ASCII are left out by granian."""

    def get(self, name: str, default: str | None = None) -> str | None: ...
    def get_all(self, name: str) -> list[str]: ...
    def items(self) -> Iterable[tuple[str, str]]: ...


class Scope(Protocol):
    """A request whose head has arrived."""

    proto: str
    http_version: str
    client: str  # address:port
    scheme: str
    method: str
    path: str  # percent-decoded
    query_string: str
    authority: str | None  # of the absolute form of a request

    @property
    def headers(self) -> RequestHeaders: ...


class Stream(Protocol):
    async def send_bytes(self, data: bytes) -> None: ...


class Http(Protocol):
    """The connection, for one request. Iterating reads its body as it comes."""

    def __aiter__(self) -> AsyncIterator[bytes]: ...
    def response_empty(self, status: int, headers: HeaderList) -> None: ...
    def response_str(self, status: int, headers: HeaderList, body: str) -> None: ...
    def response_bytes(self, status: int, headers: HeaderList, body: bytes) -> None: ...
    def response_file(self, status: int, headers: HeaderList, file: str) -> None: ...
    def response_stream(self, status: int, headers: HeaderList) -> Stream: ...
