"""What the processes of `manage.py up` need, imported once before they are forked. Nothing is opened or begun."""

from __future__ import annotations

import gc
import os

from lib.memory import share_arenas


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
    share_arenas()
