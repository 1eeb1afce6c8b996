"""Settings of the tests: an installation of its own in a temporary folder, which nothing of the machine's reaches.

`TEST_DATABASE_URL` chooses PostgreSQL; without it the tests run on a SQLite file (threads and processes need a file).
Never DATABASE_URL: a test run must not be able to touch an installation's data.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

for _name in list(os.environ):
    if _name in {"DATABASE_URL", "REDIS_URL", "EMAIL_URL", "SITE_URL", "ALLOWED_HOSTS", "IRIA_MODE", "PORT"}:
        del os.environ[_name]
_data = Path(tempfile.mkdtemp(prefix="iria-tests-"))


def _remove(owner: int) -> None:
    """Also a process that a test starts reads these settings; a forked one must leave its parent's folder alone."""
    if os.getpid() == owner:
        shutil.rmtree(_data, ignore_errors=True)


atexit.register(_remove, os.getpid())
(_data / "static").mkdir()  # whitenoise warns of a missing folder, and warnings are errors here
os.environ |= {"IRIA_DATA": str(_data), "SECRET_KEY": "tests-only-0123456789-abcdefghijklmnopqrstuvwxyz"}
os.environ["SITE_URL"] = "https://news.iria.example"

from iria import env  # noqa: E402
from iria.settings import *  # noqa: E402, F403
from iria.settings import DATABASES  # noqa: E402

TESTS_DATA = _data
if url := os.environ.get("TEST_DATABASE_URL"):
    DATABASES["default"] = env.database("TEST_DATABASE_URL", url)
else:
    DATABASES["default"]["TEST"] = {"NAME": str(_data / "test.sqlite3")}
    # A test run may lose its database with the machine; an installation may not.
    DATABASES["default"]["OPTIONS"]["init_command"] = "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;"
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1", "news.iria.example"]
SECURE_SSL_REDIRECT = False
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = False
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
EMAIL_ROUTE = env.EmailRoute(backend=EMAIL_BACKEND, connections=2)
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
CELERY_TASK_ALWAYS_EAGER = False
AXES_ENABLED = False
# Each client of a test loads the middleware anew: static files are looked for when one is asked for, instead of all of
# them (two hundred, some 50 ms of processor) each time.
WHITENOISE_AUTOREFRESH = True
