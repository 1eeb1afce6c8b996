"""A mail service with an HTTP API in a thread of this process, which answers as a test says.

It speaks as Postmark's API does (https://postmarkapp.com/developer/api/email-api), over connections that are kept. What
else a test wants said it gives as bytes; with none of them everybody is taken.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self


@dataclass(frozen=True)
class Says:
    """An answer: a status, headers and what the body holds. Without a status it hangs up instead."""

    status: int | None = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: Any = None
    waits: bool = False  # first, until the service is stopped

    @classmethod
    def taken(cls, call: dict[str, Any], *, words: str = "OK") -> Says:
        return cls(body={"ErrorCode": 0, "Message": words, "MessageID": "0a1b", "To": call["To"]})

    @classmethod
    def refused(cls, code: int, words: str, *, status: int = 422) -> Says:
        """Postmark's own code and words: https://postmarkapp.com/developer/api/overview#error-codes"""
        return cls(status, body={"ErrorCode": code, "Message": words})


class MailService:
    """Start with `with MailService() as service:`. `answer` says what each call is told; `calls` is what came."""

    def __init__(self) -> None:
        self.answer: Callable[[dict[str, Any]], Says] = Says.taken
        self.calls: list[dict[str, Any]] = []
        self.stopping = threading.Event()
        service = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                call = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                service.calls.append(call)
                says = service.answer(call)
                if says.waits:
                    service.stopping.wait()
                if says.status is None or service.stopping.is_set():
                    self.close_connection = True
                    return
                body = b"" if says.body is None else json.dumps(says.body).encode()
                self.send_response(says.status)
                for name, value in {**says.headers, "Content-Length": str(len(body))}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/"

    @property
    def addresses(self) -> list[str]:
        """To whom the calls were, in order."""
        return [call["To"] for call in self.calls]

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopping.set()
        self._server.shutdown()
        self._server.server_close()
