"""Signs up somebody new again and again over a few connections, for some seconds; what it counted as JSON.

    python -m bench.site_client '{"base": …, "path": …, "headers": …, "seconds": …, "connections": …}'

Any answer but 200 ends it with a status of 1 and that answer.
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
        self.path = str(order["path"])
        self.headers = {str(k): str(v) for k, v in dict(order["headers"]).items()}  # type: ignore[call-overload]
        self.connection = HTTPConnection(urlsplit(str(order["base"])).netloc, timeout=30)
        self.times: list[float] = []
        self.bytes = 0
        self.wrong = ""

    def run(self) -> None:
        try:
            for turn in count():
                began = time.perf_counter()
                if began >= self.until and len(self.times) > 1:  # two at least, however busy the machine is
                    return
                status = self._post(self._form(turn))
                self.times.append(time.perf_counter() - began)
                if status != 200:
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

    def _post(self, form: str) -> int:
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        self.connection.request("POST", self.path, body=form, headers=self.headers | kind)
        response = self.connection.getresponse()
        self.bytes = len(response.read())
        return response.status


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
    cuts = quantiles(times, n=100)
    print(json.dumps({
        "requests": len(times), "seconds": seconds, "median_ms": cuts[49], "p95_ms": cuts[94],
        "p99_ms": cuts[98], "bytes": askers[0].bytes,
    }))  # fmt: skip
    return 0


if __name__ == "__main__":
    sys.exit(main(json.loads(sys.argv[1])))
