"""Every address that Iria answers to."""

from __future__ import annotations

from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

handler404 = "newsletters.site.errors.page_not_found"
handler400 = "iria.error_pages.bad_request"
handler500 = "iria.error_pages.server_error"
urlpatterns: list[URLPattern | URLResolver] = [
    path("admin/", admin.site.urls),
    path("inbox/", include("iria.inbox.urls")),
    path("", include("subscribers.mailed_urls")),
    *i18n_patterns(
        path("", include("subscribers.urls")),
        path("", include("newsletters.site.urls")),
        prefix_default_language=False,
    ),
]
