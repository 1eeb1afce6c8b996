"""What every page of an edition needs: its address, its history, and how a person is named in both."""

from __future__ import annotations

from django.contrib import admin
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.urls import reverse

from newsletters.models import Edition


def who(request: HttpRequest) -> str:
    """How the ledger and the messages name the person."""
    user = request.user
    return (getattr(user, "get_full_name", str)() or str(user)) if user.is_authenticated else str(user)


def user_of(request: HttpRequest) -> User | None:
    return request.user if isinstance(request.user, User) else None


def note(request: HttpRequest, edition: Edition, what: str) -> None:
    """In the edition's history, beside who changed the draft."""
    admin.site.get_model_admin(Edition).log_change(request, edition, what)


def page_of(edition: Edition) -> str:
    return reverse("admin:newsletters_edition_change", args=[edition.pk])
