"""Requests as RSGI brings them and answers as it takes them, without a server."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from iria.door.rsgi import HeaderList


@dataclass
class Headers:
    lines: HeaderList

    def get(self, name: str, default: str | None = None) -> str | None:
        return next(iter(self.get_all(name)), default)

    def get_all(self, name: str) -> list[str]:
        return [value for key, value in self.lines if key == name]

    def items(self) -> Iterable[tuple[str, str]]:
        return self.lines


@dataclass
class Asked:
    """A request; `lines` are headers of which there may be several with one name."""

    path: str = "/"
    query_string: str = ""
    method: str = "GET"
    given: dict[str, str] = field(default_factory=dict)
    lines: HeaderList = field(default_factory=list)
    client: str = "192.0.2.1:50000"
    proto: str = "http"
    http_version: str = "1.1"
    scheme: str = "http"
    authority: str | None = None

    @property
    def headers(self) -> Headers:
        return Headers([*({"host": "iria.example"} | self.given).items(), *self.lines])


@dataclass
class Sent:
    """What was answered."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    def response_bytes(self, status: int, headers: HeaderList, body: bytes) -> None:
        self.status, self.headers, self.body = status, {name.lower(): value for name, value in headers}, body

    def response_str(self, status: int, headers: HeaderList, body: str) -> None:
        self.response_bytes(status, headers, body.encode())

    def response_empty(self, status: int, headers: HeaderList) -> None:
        self.response_bytes(status, headers, b"")
