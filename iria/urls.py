"""Every address that Iria answers to."""

from __future__ import annotations

from django.conf.urls.i18n import i18n_patterns
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from iria.accounts import passwords
from lib.late_addresses import LateAddresses

admin.autodiscover()

handler404 = "newsletters.site.errors.page_not_found"
handler400 = "iria.error_pages.bad_request"
handler500 = "iria.error_pages.server_error"
urlpatterns: list[URLPattern | URLResolver] = [
    path("admin/password-reset/", passwords.ForgottenPasswordView.as_view(), name="admin_password_reset"),
    path("admin/password-reset/sent/", passwords.LinkSentView.as_view(), name="password_reset_done"),
    path("admin/password-reset/<uidb64>/<token>/", passwords.NewPasswordView.as_view(), name="password_reset_confirm"),
    path("admin/password-reset/done/", passwords.PasswordChosenView.as_view(), name="password_reset_complete"),
    path("admin/", admin.site.urls),
    LateAddresses("api/", "newsletters.api.urls", namespace="api"),  # pydantic takes 11 MB
    path("inbox/", include("iria.inbox.urls")),
    path("", include("subscribers.mailed_urls")),
    path("", include("newsletters.events.urls")),
    path("", include("newsletters.reports.urls")),
    *i18n_patterns(
        path("", include("subscribers.urls")),
        path("", include("newsletters.site.urls")),
        prefix_default_language=False,
    ),
]
