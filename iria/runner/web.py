"""The web process of `manage.py up`: the door, served by this one process."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from iria.env import exit_on_bad_environment, text
from iria.runner.child import end_with_the_supervisor, leave

if TYPE_CHECKING:
    from iria.door.serving import Address

STOP_SECONDS = 2  # for requests under way; the supervisor kills at 4.5


def main() -> None:
    with exit_on_bad_environment():
        import django
        from django.conf import settings

        django.setup()
        from iria.door import serving

        address = serving.Address(text("IRIA_BIND", "127.0.0.1"), settings.PORT)
    asyncio.run(serve(address))
    leave(0)


async def serve(address: Address) -> None:
    from granian.server.embed import Server

    from iria.door.serving import allow_many_connections, make_door, options

    allow_many_connections()
    loop = asyncio.get_running_loop()
    server = Server(make_door(address), log_enabled=False, **options(address))
    server.workers_kill_timeout = STOP_SECONDS

    def stop() -> None:
        loop.call_soon_threadsafe(server.stop)

    end_with_the_supervisor(stop)
    await server.serve()


if __name__ == "__main__":
    main()
