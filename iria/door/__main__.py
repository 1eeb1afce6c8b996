"""The web pages in production: `python -m iria.door`. WEB_BIND, WEB_WORKERS and WEB_THREADS change it."""

from __future__ import annotations

import os
import sys

from iria.env import exit_on_bad_environment


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "iria.settings")
    with exit_on_bad_environment():
        import django
        from django.conf import settings

        django.setup()
        from iria.door.serving import Address, serve_with_workers

        serve_with_workers(Address.parse("WEB_BIND", settings.WEB_BIND), settings.WEB_WORKERS)
    return 0


if __name__ == "__main__":
    sys.exit(main())
