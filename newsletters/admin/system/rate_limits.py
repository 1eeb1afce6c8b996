"""Paces: how fast mail may leave, to one recipient domain or altogether.

A domain is kept in the form that mail servers are told (lower case, ASCII), so that however it is typed there is one
pace for it; whatever is no domain is refused with the sentence that says what to write instead.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from newsletters.delivery.limits import rate_limits
from newsletters.models import Pace

if TYPE_CHECKING:
    PaceAdminBase = admin.ModelAdmin[Pace]
    PaceFormBase = forms.ModelForm[Pace]
else:
    PaceAdminBase = admin.ModelAdmin
    PaceFormBase = forms.ModelForm

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN = re.compile(rf"(?:{_LABEL}\.)+{_LABEL}")


def check_domain(typed: str) -> str:
    """The domain in lower case and ASCII, or nothing for all mail together. Raises `ValidationError`."""
    name = typed.strip()
    if not name:
        return ""
    if "@" in name:
        raise forms.ValidationError(_("Write only what stands after the @, for example gmail.com."))
    if "/" in name or ":" in name:
        raise forms.ValidationError(_("Write the domain alone, without http:// and path, for example gmail.com."))
    domain = rate_limits.domain_of(f"@{name.removesuffix('.')}")
    if len(domain) > 253 or not _DOMAIN.fullmatch(domain):
        raise forms.ValidationError(
            _("“%(name)s” is no domain. Write it as it stands in addresses, for example gmail.com.") % {"name": name}
        )
    return domain


class PaceForm(PaceFormBase):
    class Meta:
        model = Pace
        fields = ["domain", "per_second"]
        widgets = {"domain": forms.TextInput(attrs={"class": "vTextField", "autocapitalize": "none"})}
        error_messages = {
            "domain": {"unique": gettext_lazy("There is a pace for this domain already: change that one.")},
            "per_second": {
                "min_value": gettext_lazy(
                    "At least 0.01, which is one mail in 100 seconds. To send nothing at all, pause the edition."
                ),
            },
        }

    def clean_domain(self) -> str:
        return check_domain(self.cleaned_data["domain"])


@admin.register(Pace)
class PaceAdmin(PaceAdminBase):
    form = PaceForm
    list_display = ["whose", "per_second"]
    fieldsets = [
        (
            None,
            {
                "fields": ["domain", "per_second"],
                "description": gettext_lazy(
                    "A change takes effect within a second, also for editions that are being sent. Readers of a paced"
                    " domain hold up nobody else in editions that begin after the pace was set; in those that were"
                    " begun before, they are put off for a moment and then go by themselves."
                ),
            },
        )
    ]

    @admin.display(description=gettext_lazy("mail to"), ordering="domain")
    def whose(self, pace: Pace) -> str:
        return pace.domain or _("everybody together")

    def save_model(self, request: HttpRequest, obj: Pace, form: Any, change: bool) -> None:
        """Only what was typed: the tokens that the form's page was opened with were spent since."""
        if change:
            obj.save(update_fields=form.changed_data)
        else:
            super().save_model(request, obj, form, change)
