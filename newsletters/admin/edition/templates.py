"""Templates of editions: named, marked as the usual one, deleted. They are made on the page of a draft."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from newsletters.admin.acting_user import acting_name
from newsletters.admin.edition.edition_page import EditionPage
from newsletters.admin.edition.edition_urls import edition_url
from newsletters.editions import templates
from newsletters.models import EditionTemplate

if TYPE_CHECKING:
    TemplateAdminBase = admin.ModelAdmin[EditionTemplate]
else:
    TemplateAdminBase = admin.ModelAdmin


@admin.register(EditionTemplate)
class EditionTemplateAdmin(TemplateAdminBase):
    list_display = ["name", "newsletter", "is_usual", "made_by", "made_at"]
    list_filter = ["newsletter"]
    list_select_related = ["newsletter"]
    fields = ["name", "newsletter", "is_usual", "made_by", "made_at"]
    readonly_fields = ["newsletter", "made_by", "made_at"]
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        """A template is made of a draft, on its page."""
        return False

    def save_model(self, request: HttpRequest, obj: EditionTemplate, form: Any, change: bool) -> None:
        """The usual one takes the place of the one before."""
        if obj.is_usual:
            obj.newsletter.templates.exclude(pk=obj.pk).update(is_usual=False)
        super().save_model(request, obj, form, change)


def save_as_template(request: HttpRequest, page: EditionPage) -> HttpResponse:
    """A template of what is saved of this draft."""
    template = templates.save_template(page.edition, request.POST.get("name", ""), by=acting_name(request))
    messages.success(
        request, _("Template “%(name)s” was saved. New editions of %(newsletter)s can start from it.")
        % {"name": template.name, "newsletter": page.edition.newsletter},
    )  # fmt: skip
    return HttpResponseRedirect(edition_url(page.edition))
