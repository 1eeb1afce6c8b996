"""A new password for people who forgot theirs, and the first one for those who were invited: by a link in an email.

Django's own views and tokens (a link works once and ends); the message is posted like any other, and what the pages
say is the same whether or not anybody has the address.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from axes.utils import reset as forget_failures
from django.conf import settings
from django.contrib import admin
from django.contrib.auth import views
from django.contrib.auth.forms import PasswordResetForm
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

from iria.accounts.log_in import too_many
from iria.accounts.messages import post_password_reset
from subscribers.throttling import Throttled, check_visitor

if TYPE_CHECKING:
    from django.contrib.auth.forms import SetPasswordForm
    from django.contrib.auth.models import User


class ForgottenPasswordForm(PasswordResetForm):
    def save(self, *args: Any, **kwargs: Any) -> None:
        post_password_reset(self.cleaned_data["email"])


class InAdmin:
    """What every page of the staff's site is given."""

    request: HttpRequest

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        nobody_yet = {"available_apps": [], "is_nav_sidebar_enabled": False}
        return {**admin.site.each_context(self.request), **nobody_yet, **super().get_context_data(**kwargs)}  # type: ignore[misc]


@method_decorator(never_cache, name="dispatch")
class ForgottenPasswordView(InAdmin, views.PasswordResetView):
    form_class = ForgottenPasswordForm
    title = _("Choose a new password")

    def form_valid(self, form: Any) -> HttpResponse:
        try:
            check_visitor("password", self.request, settings.LOGIN_LIMITS_PER_IP)
        except Throttled as limit:
            return too_many(self.request, limit.retry_after)
        return super().form_valid(form)


class LinkSentView(InAdmin, views.PasswordResetDoneView):
    title = _("Check your email")


class NewPasswordView(InAdmin, views.PasswordResetConfirmView):
    title = _("Choose a password")

    def form_valid(self, form: SetPasswordForm[User]) -> HttpResponse:
        answer = super().form_valid(form)
        for typed in {form.user.get_username(), form.user.email}:  # locked out by what was forgotten
            forget_failures(username=typed)
        return answer


class PasswordChosenView(InAdmin, views.PasswordResetCompleteView):
    title = _("Your password is saved")
