"""Celery tasks of the people's side: load by id, call one function, nudge what comes next.

Each may run twice or be lost: `newsletters.tasks.reconcile` looks for imports and jobs that nobody works on.
"""

from __future__ import annotations

import time

from celery import shared_task

from lib.nudging import nudge
from subscribers.imports import working
from subscribers.jobs import working as bulk_working

SLICE_SECONDS = 20.0  # of one import or job, so that others have their turn


@shared_task
def work_on_import(import_id: int) -> None:
    """Check, import or undo for a while, and ask for the next slice when something is left."""
    ends = time.monotonic() + SLICE_SECONDS
    if working.work_on(import_id, until=lambda: time.monotonic() > ends):
        nudge(work_on_import, import_id)


@shared_task
def work_on_bulk_job(job_id: int) -> None:
    """Change or undo for a while, and ask for the next slice when something is left."""
    ends = time.monotonic() + SLICE_SECONDS
    if bulk_working.work_on(job_id, until=lambda: time.monotonic() > ends):
        nudge(work_on_bulk_job, job_id)
