"""WSGI entry point: `gunicorn iria.wsgi`."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

from iria.env import exit_on_bad_environment

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "iria.settings")

with exit_on_bad_environment():
    application = get_wsgi_application()
