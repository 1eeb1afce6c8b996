"""Asks one page again and again over a few connections that are kept, for some seconds; what it counted as JSON.

    python -m bench.site_client '{"base": …, "path": …, "kind": …, "headers": …, "seconds": …, "connections": …}'

Any answer but the expected one ends it with a status of 1 and that answer.
"""

from __future__ import annotations

import json
import os
import sys
import time
from http.client import HTTPConnection
from itertools import count
from statistics import quantiles
from threading import Thread
from urllib.parse import urlencode, urlsplit


class Asker(Thread):
    def __init__(self, number: int, order: dict[str, object], until: float) -> None:
        super().__init__(daemon=True)
        self.number, self.until = number, until
        self.path, self.kind = str(order["path"]), order["kind"]
        self.headers = {str(k): str(v) for k, v in dict(order["headers"]).items()}  # type: ignore[call-overload]
        self.connection = HTTPConnection(urlsplit(str(order["base"])).netloc, timeout=30)
        self.times: list[float] = []
        self.bytes = 0
        self.wrong = ""

    def run(self) -> None:
        try:
            expected = 200
            if self.kind == "again":
                _status, etag = self._ask(None)
                self.headers["If-None-Match"] = etag
                expected = 304
            for turn in count():
                began = time.perf_counter()
                if began >= self.until and len(self.times) > 1:  # two at least, however busy the machine is
                    return
                status, _etag = self._ask(self._form(turn) if self.kind == "sign-up" else None)
                self.times.append(time.perf_counter() - began)
                if status != expected:
                    self.wrong = f"{self.path} answered {status}"
                    return
        except OSError as error:
            self.wrong = repr(error)
        finally:
            self.connection.close()

    def _form(self, turn: int) -> str:
        """Somebody new each time, each from an address of their own: limits are for those who come twice."""
        self.headers["X-Forwarded-For"] = f"10.{self.number}.{turn >> 8 & 255}.{turn & 255}"
        return urlencode({"email": f"bench.{os.getpid()}.{self.number}.{turn}@gmail.com"})

    def _ask(self, form: str | None) -> tuple[int, str]:
        if form is None:
            self.connection.request("GET", self.path, headers=self.headers)
        else:
            kind = {"Content-Type": "application/x-www-form-urlencoded"}
            self.connection.request("POST", self.path, body=form, headers=self.headers | kind)
        response = self.connection.getresponse()
        self.bytes = len(response.read())
        return response.status, response.headers.get("ETag", "")


def main(order: dict[str, object]) -> int:
    began = time.perf_counter()
    until = began + float(str(order["seconds"]))
    askers = [Asker(number, order, until) for number in range(int(str(order["connections"])))]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    seconds = time.perf_counter() - began
    if wrong := [asker.wrong for asker in askers if asker.wrong]:
        print(*wrong, sep="\n")
        return 1
    times = [each * 1000 for asker in askers for each in asker.times]
    cuts = quantiles(times, n=20)
    print(json.dumps({
        "requests": len(times), "seconds": seconds, "median_ms": cuts[9], "p95_ms": cuts[18], "bytes": askers[0].bytes,
    }))  # fmt: skip
    return 0


if __name__ == "__main__":
    sys.exit(main(json.loads(sys.argv[1])))
