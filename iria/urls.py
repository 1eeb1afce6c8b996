"""Every address that Iria answers to."""

from __future__ import annotations

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("admin/", admin.site.urls),
    path("inbox/", include("iria.inbox.urls")),
    path("", include("subscribers.urls")),
    path("", include("newsletters.site.urls")),
]
