"""One finished page, in every encoding that browsers take, ready to be sent."""

from __future__ import annotations

import gzip
from dataclasses import dataclass, field
from functools import lru_cache

import brotli

from iria.door.rsgi import HeaderList, Http
from lib.public_pages import KEPT

# What is made anew for each answer, or is true of one connection only.
_NOT_KEPT = {"content-length", "connection", "date", "server", KEPT.lower()}
_ONLY_OF_A_BODY = {"content-type", "content-encoding"}
_BROTLI_QUALITY, _GZIP_LEVEL = 5, 6


@dataclass
class KeptPage:
    """A page of a version of the site. `headers` are those that Django gave it."""

    version: str
    made_at: float  # of the clock that all hosts share: time.time()
    headers: HeaderList
    body: bytes
    brotli: bytes = b""
    answers: dict[str, tuple[HeaderList, bytes]] = field(default_factory=dict)
    unchanged: HeaderList = field(default_factory=list)
    tag: str = ""
    modified: str = ""
    vary: str = ""
    reads: tuple[str, ...] = ()  # parameters of the query

    def __post_init__(self) -> None:
        kept = [(name.lower(), value) for name, value in self.headers if name.lower() not in _NOT_KEPT]
        named = dict(kept)
        self.reads = tuple(next((value for name, value in self.headers if name.lower() == KEPT.lower()), "").split())
        self.headers = [each for each in kept if each[0] not in {"etag", "vary"}]
        self.tag = named.get("etag", "").removeprefix("W/")
        self.modified = named.get("last-modified", "")
        self.vary = named.get("vary", "")
        vary = ", ".join(filter(None, [self.vary, "Accept-Encoding"]))
        self.brotli = self.brotli or brotli.compress(self.body, mode=brotli.MODE_TEXT, quality=_BROTLI_QUALITY)
        for encoding, body in {
            "": self.body, "br": self.brotli, "gzip": gzip.compress(self.body, _GZIP_LEVEL, mtime=0),
        }.items():  # fmt: skip
            # A strong ETag belongs to the very bytes (RFC 9110, section 8.8.1).
            headers = [*self.headers, ("vary", vary), ("etag", f"W/{self.tag}" if encoding else self.tag)]
            headers.append(("content-length", str(len(body))))
            self.answers[encoding] = ([*headers, ("content-encoding", encoding)] if encoding else headers, body)
        self.unchanged = [each for each in self.headers if each[0] not in _ONLY_OF_A_BODY]
        self.unchanged += [("vary", vary), ("etag", self.tag)]

    @property
    def size(self) -> int:
        return sum(len(body) + 1000 for _headers, body in self.answers.values())

    def send(self, http: Http, *, head: bool, accepted: str, if_none_match: str, if_modified_since: str) -> None:
        """With 304 when the browser has it. A date counts only where no ETag was sent (RFC 9110, section 13.2.2)."""
        if if_none_match:
            if self.tag in if_none_match or if_none_match == "*":
                http.response_empty(304, self.unchanged)
                return
        elif if_modified_since and if_modified_since == self.modified:
            http.response_empty(304, self.unchanged)
            return
        headers, body = self.answers[best_encoding(accepted)]
        if head:
            http.response_empty(200, headers)
        else:
            http.response_bytes(200, headers, body)


@lru_cache(maxsize=512)
def best_encoding(accepted: str) -> str:
    """br, gzip or none, as Accept-Encoding allows (RFC 9110, section 12.5.3); what is not named is not sent."""
    allowed = set()
    for each in accepted.lower().split(",")[:20]:
        coding, _, weight = each.partition(";")
        if weight.replace(" ", "") not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}:
            allowed.add(coding.strip())
    return next((coding for coding in ("br", "gzip") if coding in allowed), "")
