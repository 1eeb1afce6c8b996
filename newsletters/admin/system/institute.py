"""The institute: one row, so its list is skipped and its form opens at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from newsletters.models import Institute
from subscribers.admin.plain_text_forms import PlainTextsForm

if TYPE_CHECKING:
    InstituteAdminBase = admin.ModelAdmin[Institute]
else:
    InstituteAdminBase = admin.ModelAdmin


@admin.register(Institute)
class InstituteAdmin(InstituteAdminBase):
    form = PlainTextsForm

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Institute | None = None) -> bool:
        return False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if not self.has_view_or_change_permission(request):
            return super().changelist_view(request, extra_context)  # which refuses
        return HttpResponseRedirect(reverse("admin:newsletters_institute_change", args=[Institute.current().pk]))

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Institute | None:
        """Before anybody has filled it in, the form shows the defaults, and saving makes the row."""
        return Institute.current() if object_id == "1" else None
