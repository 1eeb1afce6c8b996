"""The reader's pages: sign-up, confirmation, leaving, preferences."""

from __future__ import annotations

from django.urls import URLPattern

app_name = "subscribers"
urlpatterns: list[URLPattern] = []
