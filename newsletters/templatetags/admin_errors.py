"""The summary of what is wrong with a form of the admin."""

from __future__ import annotations

from typing import Any

from django import template

from newsletters.admin.error_summary import errors_of

register = template.Library()


@register.inclusion_tag("admin/_error_summary.html", takes_context=True)
def error_summary(context: template.Context) -> dict[str, Any]:
    """Of the page that Django's admin makes: `adminform` and `inline_admin_formsets`."""
    adminform = context.get("adminform")
    if adminform is None or not context.get("errors"):
        return {"errors": []}
    return {"errors": errors_of(adminform.form, context.get("inline_admin_formsets") or ())}
