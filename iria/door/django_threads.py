"""Django behind the door: its WSGI handler, called in a few threads with requests that have arrived whole.

No header can set SCRIPT_NAME, a server's name or anything else of the environment but its own `HTTP_…`.
A file is handed to granian, which sends it without a thread; an answer that is made as it is sent (a download) has one
of a few threads of its own, and is given up when its reader stops reading.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from io import BytesIO
from os import fstat
from typing import IO, Any, TypeVar

from iria.door.refusals import RefusedRequest
from iria.door.rsgi import HeaderList, Http, Scope, Stream
from lib.public_pages import KEPT

logger = logging.getLogger(__name__)

T = TypeVar("T")

STREAMS = 4
STREAM_SECONDS = 30.0  # a piece of a download that nobody takes for so long ends it
_EMPTY = {204, 304}

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class FileToSend:
    """PEP 3333's `wsgi.file_wrapper`."""

    def __init__(self, file: IO[bytes], block_size: int = 64 * 1024) -> None:
        self.file, self.block_size = file, block_size

    def __iter__(self) -> FileToSend:
        return self

    def __next__(self) -> bytes:
        if piece := self.file.read(self.block_size):
            return piece
        raise StopIteration

    def path(self, length: str) -> str:
        """Where it lies on the disk, when it is to be sent from its beginning to its end; else empty."""
        name = getattr(self.file, "name", None)
        if not isinstance(name, str) or not hasattr(self.file, "fileno") or self.file.tell():
            return ""
        return name if length == str(fstat(self.file.fileno()).st_size) else ""

    def close(self) -> None:
        if hasattr(self.file, "close"):
            self.file.close()


@dataclass
class DjangoAnswer:
    """What Django said. `rest` yields a body that isn't made yet; `close` tells Django that the answer is sent."""

    status: int
    headers: HeaderList
    body: bytes = b""
    file: str = ""
    rest: Iterable[bytes] | None = None

    def header(self, name: str) -> str:
        return next((value for key, value in self.headers if key.lower() == name), "")


def environ(scope: Scope, headers: dict[str, str], body: bytes) -> dict[str, Any]:
    """PEP 3333's environment, of this request alone: nothing of the process's own environment is in it."""
    address, _, port = scope.client.rpartition(":")
    found: dict[str, Any] = {
        "REQUEST_METHOD": scope.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": scope.path.encode().decode("latin-1"),
        "QUERY_STRING": scope.query_string.encode().decode("latin-1"),
        "REMOTE_ADDR": address.strip("[]"),
        "REMOTE_PORT": port,
        "SERVER_NAME": "iria",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "CONTENT_LENGTH": str(len(body)),
        "CONTENT_TYPE": headers.get("content-type", ""),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.scheme,
        "wsgi.input": BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        "wsgi.file_wrapper": FileToSend,
    }
    for name, value in headers.items():
        if name not in {"content-length", "content-type", "transfer-encoding", "connection"}:
            found[f"HTTP_{name.upper().replace('-', '_')}"] = value
    return found


class DjangoThreads:
    """Calls the application, and sends what it answers."""

    def __init__(self, application: Wsgi, *, threads: int) -> None:
        self.application = application
        self.pages = ThreadPoolExecutor(threads, thread_name_prefix="page")
        self.streams = ThreadPoolExecutor(STREAMS, thread_name_prefix="stream")

    async def run(self, call: Callable[..., T], *arguments: Any) -> T:
        """In one of the threads for pages."""
        return await asyncio.get_running_loop().run_in_executor(self.pages, call, *arguments)

    def call(self, environment: dict[str, Any]) -> DjangoAnswer:
        """For a thread. Raises RefusedRequest if Django raised: it usually answers its errors itself."""
        started: list[tuple[str, HeaderList]] = []

        def start_response(status: str, headers: HeaderList, _error: object = None) -> Callable[[bytes], object]:
            started.append((status, headers))
            return lambda _bytes: None

        try:
            result = self.application(environment, start_response)
            status, headers = started[-1]
            answer = DjangoAnswer(int(status.split(" ", 1)[0]), list(headers))
            if isinstance(result, FileToSend):
                answer.file = result.path(answer.header("content-length"))
                if not answer.file:
                    answer.rest = result
                    return answer
            elif getattr(result, "streaming", False):
                answer.rest = result
                return answer
            else:
                answer.body = b"".join(result)
            result.close()  # type: ignore[attr-defined]
        except Exception:
            logger.exception("%s %s failed", environment["REQUEST_METHOD"], environment["PATH_INFO"])
            raise RefusedRequest(500) from None
        return answer

    async def send(self, answer: DjangoAnswer, http: Http, *, head: bool) -> None:
        headers = [each for each in answer.headers if each[0].lower() != KEPT.lower()]
        if answer.rest is not None:
            if head:
                http.response_empty(answer.status, headers)
                await asyncio.get_running_loop().run_in_executor(self.streams, _close, answer.rest)
            else:
                await self._stream(answer.rest, http.response_stream(answer.status, headers))
        elif head or answer.status in _EMPTY:
            http.response_empty(answer.status, headers)
        elif answer.file:
            http.response_file(answer.status, headers, answer.file)
        else:
            http.response_bytes(answer.status, headers, answer.body)

    async def _stream(self, pieces: Iterable[bytes], stream: Stream) -> None:
        """All pieces are made by one thread: a database's cursor must not change its thread."""
        loop = asyncio.get_running_loop()

        async def send(piece: bytes) -> None:
            async with asyncio.timeout(STREAM_SECONDS):
                await stream.send_bytes(piece)

        def make() -> None:
            try:
                for piece in pieces:
                    sent: Future[None] = asyncio.run_coroutine_threadsafe(send(piece), loop)
                    sent.result()
            except TimeoutError:
                logger.info("A download was given up: nobody took it for %.0f s", STREAM_SECONDS)
            except Exception:
                logger.exception("A download was broken off")
            finally:
                _close(pieces)

        await loop.run_in_executor(self.streams, make)

    def stop(self) -> None:
        self.pages.shutdown(wait=False, cancel_futures=True)
        self.streams.shutdown(wait=False, cancel_futures=True)


def _close(result: Iterable[bytes]) -> None:
    if close := getattr(result, "close", None):
        close()
