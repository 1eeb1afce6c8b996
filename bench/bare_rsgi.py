"""`python -m bench.bare_rsgi HOST:PORT WORKERS`: the answer to a click and nothing else, by the server and the options
that the door has. What the door takes longer is its own work."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from iria.door.rsgi import Http, Scope

HEADERS = [
    ("Location", "https://news.example.org/articles/one"), ("Cache-Control", "no-store"),
    ("Referrer-Policy", "no-referrer"), ("X-Robots-Tag", "noindex, nofollow"),
]  # fmt: skip


class BareAnswer:
    async def __rsgi__(self, _scope: Scope, http: Http) -> None:
        http.response_empty(302, HEADERS)


def main(address: str, workers: str) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "iria.settings")
    import django

    django.setup()
    from granian.server.mp import MPServer

    from iria.door.serving import Address, allow_many_connections, options

    allow_many_connections()
    bare = BareAnswer()
    server = MPServer(
        "bench.bare_rsgi", workers=int(workers), log_enabled=False, **options(Address.parse("HOST:PORT", address))
    )
    server.serve(
        target_loader=lambda: bare,  # type: ignore[arg-type,return-value]  # an object with __rsgi__ serves as well
        wrap_loader=False,
    )


if __name__ == "__main__":
    main(*sys.argv[1:3])
