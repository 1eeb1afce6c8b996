"""What a form that saves by itself shows: the stored row, its working copy, an earlier version, or what was refused."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import URLPattern, path
from django.views.decorators.http import require_POST

from lib.query_numbers import read_number
from newsletters.admin.content import form_presence, form_versions
from newsletters.admin.content.form_presence import others_in_words
from newsletters.admin.content.kept_moment import fields_to_show
from newsletters.admin.content.open_page import change_url, url_of
from newsletters.admin.content.typed_fields import show_typed, shown_fields, unchecked
from newsletters.articles import revisions
from newsletters.articles.revisions import Written

if TYPE_CHECKING:
    AdminBase = admin.ModelAdmin[Any]
else:
    AdminBase = admin.ModelAdmin


class ShowsWhatWasTyped(AdminBase):
    """Mixed into the admin of what saves by itself, before ModelAdmin."""

    def get_urls(self) -> list[URLPattern]:
        view, name = self.admin_site.admin_view, f"newsletters_{self.opts.model_name}"
        ping = require_POST(partial(form_presence.ping, self))
        return [
            path("<int:pk>/presence/", view(ping), name=f"{name}_presence"),
            path("<int:pk>/versions/", view(partial(form_versions.show, self)), name=f"{name}_versions"),
            *super().get_urls(),
        ]

    def _show_stored(self, request: HttpRequest, written: Written) -> None:
        """The version that was asked for, or the working copy."""
        number = read_number(request.GET.get("version"))
        version = written.revisions.filter(number=number).first() if number else None
        shown = version or revisions.working_copy(written)
        if shown is not None:
            show_typed(request, fields_to_show(shown.fields, written), unsaved=version is not None)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form: Any = super().get_form(request, obj, change, **kwargs)
        typed = shown_fields(request)
        return form if typed is None else unchecked(form, typed)

    def may_publish(self, request: HttpRequest) -> bool:
        """Whether what this person writes may become public by their own button."""
        return True

    def _bar(self, request: HttpRequest, written: Written | None) -> dict[str, Any]:
        copy = revisions.working_copy(written) if written else None
        return {
            "written": written,
            "kind": self.opts.model_name,
            "change_url": change_url(written) if written else "",
            "presence_url": url_of(written, "presence") if written else "",
            "versions_url": url_of(written, "versions") if written else "",
            "is_published": written is not None and written.status == written.Status.PUBLISHED,
            "working_copy": copy,
            "can_undo": written is not None and revisions.to_undo(written) is not None,
            "can_redo": written is not None and revisions.to_redo(written) is not None,
            "unsaved": bool(getattr(request, "iria_unsaved", False)),
            "others": others_in_words(request, written) if written else "",
            "may_publish": self.may_publish(request),
        }
