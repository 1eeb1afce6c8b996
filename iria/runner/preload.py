"""What the processes of `manage.py up` need, imported once before they are forked. Nothing is opened or begun."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import os

_ARENAS = -8  # mallopt(3), M_ARENA_MAX


def preload() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "iria.settings")
    import django

    django.setup()

    import iria.inbox.catcher
    import iria.runner.prepare
    import iria.runner.ticker
    import iria.runner.web
    import iria.runner.worker  # noqa: F401
    from iria.door.serving import preload as preload_pages

    preload_pages()
    gc.collect()
    with contextlib.suppress(OSError, AttributeError):  # another C library has no such call, and no such arenas
        ctypes.CDLL(None).mallopt(_ARENAS, 2)  # else each thread keeps memory of its own for later
