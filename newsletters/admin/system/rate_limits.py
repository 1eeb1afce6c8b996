"""Rate limits: how fast mail may leave, to one recipient domain or altogether.

A domain is stored as mail servers are told it (lower case, ASCII), so that however it is typed there is one limit for
it. What isn't a valid domain is rejected with a sentence that says what to enter instead.
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
from newsletters.models import RateLimit

if TYPE_CHECKING:
    RateLimitAdminBase = admin.ModelAdmin[RateLimit]
    RateLimitFormBase = forms.ModelForm[RateLimit]
else:
    RateLimitAdminBase = admin.ModelAdmin
    RateLimitFormBase = forms.ModelForm

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN = re.compile(rf"(?:{_LABEL}\.)+{_LABEL}")


def check_domain(typed: str) -> str:
    """The domain in lower case and ASCII, or nothing for all mail together. Raises `ValidationError`."""
    name = typed.strip()
    if not name:
        return ""
    if "@" in name:
        raise forms.ValidationError(_("Enter only the part after the @, for example gmail.com."))
    if "/" in name or ":" in name:
        raise forms.ValidationError(_("Enter only the domain, without http:// or a path, for example gmail.com."))
    domain = rate_limits.domain_of(f"@{name.removesuffix('.')}")
    if len(domain) > 253 or not _DOMAIN.fullmatch(domain):
        raise forms.ValidationError(
            _("“%(name)s” isn't a valid domain. Enter it as in addresses, for example gmail.com.") % {"name": name}
        )
    return domain


class RateLimitForm(RateLimitFormBase):
    class Meta:
        model = RateLimit
        fields = ["domain", "per_second"]
        widgets = {"domain": forms.TextInput(attrs={"class": "vTextField", "autocapitalize": "none"})}
        error_messages = {
            "domain": {"unique": gettext_lazy("This domain already has a rate limit. Change that one.")},
            "per_second": {
                "min_value": gettext_lazy(
                    "Enter at least 0.01, which is one email every 100 seconds. To stop sending, pause the edition."
                ),
            },
        }

    def clean_domain(self) -> str:
        return check_domain(self.cleaned_data["domain"])


@admin.register(RateLimit)
class RateLimitAdmin(RateLimitAdminBase):
    form = RateLimitForm
    list_display = ["whose", "per_second"]
    fieldsets = [
        (
            None,
            {
                "fields": ["domain", "per_second"],
                "description": gettext_lazy(
                    "Changes take effect within a second, even for editions being sent. A throttled domain doesn't slow"
                    " down anybody else: its readers are sent to separately. If you add a limit while an edition is"
                    " being sent, its emails to that domain are deferred for a moment first."
                ),
            },
        )
    ]

    @admin.display(description=gettext_lazy("mail to"), ordering="domain")
    def whose(self, limit: RateLimit) -> str:
        return limit.domain or _("all mail")

    def save_model(self, request: HttpRequest, obj: RateLimit, form: Any, change: bool) -> None:
        """Only what was typed: the tokens that the form's page was opened with were spent since."""
        if change:
            obj.save(update_fields=form.changed_data)
        else:
            super().save_model(request, obj, form, change)
