"""The institute: one row, so its list is skipped and its form opens at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.forms import Script
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from newsletters.admin.content.picture_upload import without_inputs
from newsletters.admin.system.institute_form import SIGN_INPUTS, InstituteForm
from newsletters.models import Institute
from newsletters.site import look

if TYPE_CHECKING:
    InstituteAdminBase = admin.ModelAdmin[Institute]
else:
    InstituteAdminBase = admin.ModelAdmin


@admin.register(Institute)
class InstituteAdmin(InstituteAdminBase):
    form = InstituteForm
    fieldsets = [
        (None, {"fields": ["name", "tagline", "description", "contact_email", "copyright_line", "zone"]}),
        (
            gettext_lazy("Look"),
            {
                "description": gettext_lazy(
                    "On every page, and in the emails of newsletters that have no colour or logo of their own."
                ),
                "fields": [
                    *SIGN_INPUTS["logo"], "shows_name", *SIGN_INPUTS["logo_dark"], *SIGN_INPUTS["icon"], "accent",
                    "house_colours", "typeface",
                ],
            },
        ),
        (gettext_lazy("Elsewhere"), {"fields": [*SIGN_INPUTS["share_picture"], "social_links"]}),
        (gettext_lazy("Comments"), {"fields": ["comments_days", "comments_email"]}),
    ]  # fmt: skip

    class Media:
        js = [Script("admin_iria/colours.js", type="module")]

    def get_fieldsets(self, request: HttpRequest, obj: Institute | None = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        may_change = obj is None or self.has_change_permission(request, obj)
        return fieldsets if may_change else without_inputs(fieldsets, InstituteForm)

    def save_model(self, request: HttpRequest, obj: Institute, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if "accent" in form.changed_data and obj.accent:
            messages.info(request, _in_words(obj.accent))

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


def _in_words(accent: str) -> str:
    """What becomes of the accent where it is the colour of words."""
    light, dark = (look.palette(accent, dark=each)["link"] for each in (False, True))
    if light == accent:
        return _("Your colour is readable as it is. In dark mode, links have the lighter %(dark)s.") % {"dark": dark}
    return _(
        "Your colour stays as it is on buttons and lines. Words in it would be hard to read, so links have %(light)s, "
        "and %(dark)s in dark mode."
    ) % {"light": light, "dark": dark}
