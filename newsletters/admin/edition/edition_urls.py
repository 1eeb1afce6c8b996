"""The addresses of an edition's pages."""

from __future__ import annotations

from django.urls import reverse

from newsletters.models import Edition


def edition_url(edition: Edition, page: str = "change") -> str:
    """The page by the name of its address; without one, the page of the edition itself."""
    return reverse(f"admin:newsletters_edition_{page}", args=[edition.pk])
