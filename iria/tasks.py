"""Celery tasks of the roof."""

from __future__ import annotations

from celery import shared_task

from iria.accounts import log_in


@shared_task(expires=600)
def forget_old_logins() -> None:
    """Once an hour."""
    log_in.forget_old_logins()
