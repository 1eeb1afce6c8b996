"""The addresses of shared reports. One in every language: a link must keep working."""

from __future__ import annotations

from django.urls import path

from newsletters.reports.shared_page import show_shared, show_shared_map

app_name = "reports"
urlpatterns = [
    path("reports/<str:token>/", show_shared, name="shared"),
    path("reports/<str:token>/email/", show_shared_map, name="shared-map"),
]
