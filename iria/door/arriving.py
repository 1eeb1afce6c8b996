"""A request as it arrives: judged by its head, then read whole, within a size and a time.

Lengths that contradict each other, odd `Content-Length` and `Transfer-Encoding`, folded lines and NUL in the head never
come here: granian's parser answers 400 and closes the connection (tests/iria/door holds it to that).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from iria.door.refusals import RefusedRequest, in_words
from iria.door.rsgi import Http, Scope
from iria.door.visitors import Visitor

logger = logging.getLogger(__name__)

METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
LONGEST_ADDRESS = 8_000  # characters of path and query
STAFF_PATH = "/admin/"
WEBHOOK_PATH = "/webhooks/"
# What a form of the staff's pages may bring whose session has ended: an article, so that nothing typed is lost.
SIGNED_OUT_BYTES = 2_000_000
SHARE_OF_ONE = 4  # one visitor's bodies take a quarter of all at most


@dataclass(frozen=True)
class DoorLimits:
    """Bytes and seconds."""

    head: int
    body: int
    seconds: float  # for the body of a request, from its head on
    upload: int  # the body of a request of the staff's
    upload_seconds: float
    together: int  # all bodies that are being read or worked on, of everybody
    webhook: int = 0  # the body of a call of a mail service; 0: as anybody's


def check_head(scope: Scope, limits: DoorLimits) -> dict[str, str]:
    """The headers, each once, or RefusedRequest.

    Names with an underscore are left out, as proxies do: `X_Forwarded_For` would otherwise come out as
    `X-Forwarded-For`, and nobody but a forger sends them.
    """
    if scope.method not in METHODS:
        raise RefusedRequest(405)
    if len(scope.path) + len(scope.query_string) > LONGEST_ADDRESS:
        raise RefusedRequest(414)
    if not scope.path.startswith("/") or "\x00" in scope.path or "%00" in scope.query_string:
        raise RefusedRequest(400)
    headers: dict[str, str] = {}
    size = 0
    for name, value in scope.headers.items():
        size += len(name) + len(value) + 4
        if "_" in name:
            continue
        if name not in headers:
            headers[name] = value
        elif name in {"host", "content-length", "content-type", "authorization"}:
            raise RefusedRequest(400)
        else:
            headers[name] = f"{headers[name]}{'; ' if name == 'cookie' else ','}{value}"
    if size > limits.head:
        raise RefusedRequest(431)
    if scope.authority and scope.authority != headers.get("host", scope.authority):
        raise RefusedRequest(400)
    return headers


class Bodies:
    """Reads bodies, and knows how much memory all of them take together."""

    def __init__(self, limits: DoorLimits, is_staff: Callable[[str], Awaitable[bool]]) -> None:
        self.limits = limits
        self.is_staff = is_staff
        self.held = 0
        # So that several addresses are needed to take everybody's place, but one upload always fits.
        self.most_of_one = max(limits.upload, limits.together // SHARE_OF_ONE)

    async def read(self, scope: Scope, http: Http, headers: dict[str, str], visitor: Visitor) -> bytes:
        """The whole body. Raises RefusedRequest; `release` what was returned when it has been worked on."""
        if "content-length" not in headers and "transfer-encoding" not in headers:
            return b""
        declared = int(headers.get("content-length", 0))  # granian has let nothing but digits through
        most, seconds = await self._most(scope, headers, declared)
        if declared > most:
            raise RefusedRequest(413, in_words(most))
        body = bytearray()
        try:
            async with asyncio.timeout(seconds):
                async for chunk in http:
                    self._hold(visitor, len(body), len(chunk), most)
                    body += chunk
        except TimeoutError:
            self._let_go(visitor, len(body))
            raise RefusedRequest(408) from None
        except BaseException:
            self._let_go(visitor, len(body))
            raise
        if len(body) < declared:  # the client hung up
            self._let_go(visitor, len(body))
            raise RefusedRequest(400)
        return bytes(body)

    def _hold(self, visitor: Visitor, read: int, more: int, most: int) -> None:
        if read + more > most:
            raise RefusedRequest(413, in_words(most))
        if visitor.held + more > self.most_of_one:
            raise RefusedRequest(429)
        if self.held + more > self.limits.together:
            logger.warning("Bodies of %d bytes are being read already; refusing one more", self.held)
            raise RefusedRequest(503)
        self.held += more
        visitor.held += more

    def release(self, body: bytes, visitor: Visitor) -> None:
        self._let_go(visitor, len(body))

    def _let_go(self, visitor: Visitor, size: int) -> None:
        self.held -= size
        visitor.held -= size

    async def _most(self, scope: Scope, headers: dict[str, str], declared: int) -> tuple[int, float]:
        """How large and how slow this body may be. A large one must be a mail service's or somebody's of the staff."""
        limits = self.limits
        if scope.path.startswith(WEBHOOK_PATH):
            return max(limits.body, limits.webhook), limits.seconds
        if not scope.path.startswith(STAFF_PATH):
            return limits.body, limits.seconds
        # A body of unknown length: only a program sends one, and no form of ours needs it to be large.
        if declared > SIGNED_OUT_BYTES and await self.is_staff(headers.get("cookie", "")):
            return limits.upload, limits.upload_seconds
        return min(SIGNED_OUT_BYTES, limits.upload), limits.seconds
