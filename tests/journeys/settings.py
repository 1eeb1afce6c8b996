"""An installation's own settings, with the waits made short: a journey must not take as long as an afternoon."""

from __future__ import annotations

from iria.settings import *  # noqa: F403
from iria.settings import CELERY_BEAT_SCHEDULE

LEASE_SECONDS = 6.0
DEFERRAL_MINUTES = [0.05]
for _name in ("reconcile", "messages"):
    CELERY_BEAT_SCHEDULE[_name]["schedule"] = 1.0
CHECK_DNS = False  # the domains of tests are nobody's, and no test asks anybody outside
