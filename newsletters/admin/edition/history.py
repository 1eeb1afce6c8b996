"""An edition's history in the admin's log: what was done with it, beside who changed the draft."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest

from newsletters.models import Edition


def log_to_history(request: HttpRequest, edition: Edition, what: str) -> None:
    admin.site.get_model_admin(Edition).log_change(request, edition, what)
