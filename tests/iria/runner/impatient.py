"""An installation's own settings, but SQLite says after a second that the database is locked, not after twenty."""

from __future__ import annotations

from iria.settings import *  # noqa: F403
from iria.settings import DATABASES

DATABASES["default"]["OPTIONS"]["timeout"] = 1
