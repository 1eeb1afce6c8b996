"""The installation's own settings, with one address more."""

from __future__ import annotations

from iria.settings import *  # noqa: F403

ROOT_URLCONF = "bench.site_urls"
