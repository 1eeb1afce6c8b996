"""`manage.py up`, so that `manage.py help` lists it. `manage.py` itself calls the supervisor, without Django."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    help = (
        "Run Iria on this machine: the website, a Celery worker and, unless EMAIL_URL is set, an "
        "inbox that catches all mail. Settings come from the environment: PORT, IRIA_DATA, "
        "INBOX_SMTP_PORT, DATABASE_URL, REDIS_URL, EMAIL_URL, SITE_URL, IRIA_ADMIN_EMAIL, "
        "IRIA_ADMIN_PASSWORD."
    )
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        raise CommandError("Start it as `python manage.py up`.")
