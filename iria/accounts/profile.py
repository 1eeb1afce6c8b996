"""One's own account: name, address, time zone. Changing the address takes the password, since you sign in with it
and gets a new password by it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from iria.accounts.staff_admin import OneAddressAnAccount, free_username
from iria.accounts.zones import own_zone
from iria.models import StaffProfile
from newsletters.admin.time_zones import ZoneWidget, check_zone
from newsletters.models import Institute
from subscribers.admin.plain_text_forms import PlainTexts
from subscribers.throttling import Throttled, count_attempt

if TYPE_CHECKING:
    UserForm = forms.ModelForm[User]
else:
    UserForm = forms.ModelForm


class ProfileForm(PlainTexts, OneAddressAnAccount, UserForm):
    zone = forms.CharField(
        label=gettext_lazy("Time zone"), required=False, max_length=64, widget=ZoneWidget(attrs={"class": "vTextField"})
    )
    current_password = forms.CharField(
        label=gettext_lazy("Your password"), required=False, strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        help_text=gettext_lazy("Only needed if you change the email address."),
    )  # fmt: skip

    class Meta:
        model = User
        fields = ["first_name", "last_name", "email"]
        help_texts = {"email": gettext_lazy("You sign in with it, and we send test emails and notices to it.")}

    def __init__(self, *args: Any, session: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.session = session
        self.address_before = self.instance.email
        self.fields["email"].required = bool(self.address_before)  # who has one gets a new password by it
        self.initial["zone"] = own_zone(self.instance)
        self.fields["zone"].help_text = (
            _("Times on these pages are shown, and read, in this zone. Leave it empty to use the institute's (%s).")
            % Institute.current().zone
        )
        self.order_fields(["first_name", "last_name", "zone", "email", "current_password"])

    def clean_zone(self) -> str:
        typed: str = self.cleaned_data["zone"]
        return typed if not typed or typed == self.initial["zone"] else check_zone(typed)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if "email" in cleaned and cleaned["email"] != self.address_before:
            self._check_password(cleaned.get("current_password") or "")
        return cleaned

    def _check_password(self, typed: str) -> None:
        if not typed:
            self.add_error("current_password", _("Enter your password to change the email address."))
            return
        try:
            count_attempt("password", self.session, settings.PASSWORDS_PER_SESSION)
        except Throttled as limit:
            self.add_error("current_password", _("Too many attempts. Try again in %d minutes.") % limit.minutes)
            return
        if not self.instance.check_password(typed):
            self.add_error("current_password", _("This isn't your password."))

    def save(self, commit: bool = True) -> User:
        user = self.instance
        is_new = user.email != self.address_before
        if is_new and user.username == self.address_before:  # who was invited signs in by this name
            user.username = free_username(user.email)
        user = super().save(commit)
        StaffProfile.objects.update_or_create(user=user, defaults={"zone": self.cleaned_data["zone"]})
        return user


def profile(request: HttpRequest) -> HttpResponse:
    # A copy: while the form has mistakes in it, the page goes on to show who is signed in as they are.
    user = User.objects.get(pk=request.user.pk or 0)
    sent = request.POST if request.method == "POST" else None
    form = ProfileForm(sent, instance=user, session=request.session.session_key or "")
    if sent is not None and form.is_valid():
        form.save()
        messages.success(request, _("Your profile is saved."))
        return HttpResponseRedirect(reverse("admin:profile"))
    context = {**admin.site.each_context(request), "title": _("Your profile"), "form": form}
    return TemplateResponse(request, "admin/profile.html", context, status=422 if sent is not None else 200)
