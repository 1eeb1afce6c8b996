"""What is kept for how long, for the people who answer for it."""

from __future__ import annotations

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from subscribers import retention
from subscribers.models import ConsentRecord

URL_NAME = "subscribers_retention"


def show_retention(request: HttpRequest) -> HttpResponse:
    if not request.user.has_perm("subscribers.view_consentrecord"):
        raise PermissionDenied
    context = {
        **admin.site.each_context(request),
        "title": _("How long data is kept"),
        "opts": ConsentRecord._meta,
        "rules": [{"what": rule.what, "days": rule.days(), "setting": rule.setting} for rule in retention.rules()],
    }
    return TemplateResponse(request, "subscribers/admin/retention.html", context)
