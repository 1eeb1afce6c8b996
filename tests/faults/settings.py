"""The settings of an installation that is to be broken: the waits of a journey, but the lease of an installation.

A lease as long as in life makes it certain that whoever goes on after a kill goes on by proof, not by patience.
"""

from __future__ import annotations

import os

from tests.journeys.settings import *  # noqa: F403

LEASE_SECONDS = float(os.environ.get("FAULTS_LEASE_SECONDS", "60"))
CHUNK_SIZE = int(os.environ.get("FAULTS_CHUNK_SIZE", "1000"))
if "FAULTS_JOURNAL_SEGMENT" in os.environ:
    CELERY_IMPORTS = ["tests.faults.small_journal"]
