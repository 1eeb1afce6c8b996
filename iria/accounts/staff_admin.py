"""The people who work here: an address, a name, a role. They are invited by email and choose their own password.

Single permissions are not handed out here: a role says in one word what somebody may do, and roles are kept by
newsletters.admin.roles. Only a superuser makes another superuser.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminPasswordChangeForm, ReadOnlyPasswordHashField, UserChangeForm
from django.contrib.auth.hashers import is_password_usable
from django.contrib.auth.models import Group, User
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from iria.accounts.messages import post_invitation
from lib.free_names import free_name
from newsletters.admin.acting_user import acting_name
from newsletters.admin.roles import ROLES

if TYPE_CHECKING:
    GroupChoice = forms.ModelMultipleChoiceField[Group]
    StaffAdminBase = UserAdmin[User]
    UserForm = forms.ModelForm[User]
    UserChangeFormBase = UserChangeForm[User]
    PasswordFormBase = AdminPasswordChangeForm[User]
else:
    GroupChoice = forms.ModelMultipleChoiceField
    StaffAdminBase = UserAdmin
    UserForm = forms.ModelForm
    UserChangeFormBase = UserChangeForm
    PasswordFormBase = AdminPasswordChangeForm

admin.site.unregister(User)
admin.site.unregister(Group)


class RoleChoice(GroupChoice):
    """Each role with what it does, in the order of what it may."""

    def label_from_instance(self, obj: Group) -> str:
        does = {role.name: role.does for role in ROLES}.get(obj.name)
        return f"{obj.name}: {does}" if does else obj.name


class OneAddressAnAccount(forms.BaseForm):
    """People sign in by their address, so it is one account's alone."""

    instance: User

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"]
        others = User.objects.exclude(pk=self.instance.pk).filter(email__iexact=email)
        if email and (others.exists() or User.objects.exclude(pk=self.instance.pk).filter(username=email).exists()):
            raise forms.ValidationError(_("Another account has this email address."))
        return email


class PasswordWidget(forms.Widget):
    """Whether there is one, and where to set another; how it is kept is nothing to read."""

    read_only = True
    template_name = ""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        has_one = is_password_usable(value)
        return format_html(
            '<p>{} <a href="../password/">{}</a></p>',
            _("Chosen; nobody can read it.") if has_one else _("Not chosen yet."),
            _("Set a new password") if has_one else _("Set a password"),
        )

    def id_for_label(self, id_: str) -> str:
        return ""  # there is nothing to click into


class StaffForm(OneAddressAnAccount, UserChangeFormBase):
    password = ReadOnlyPasswordHashField(label=gettext_lazy("Password"), widget=PasswordWidget)


class StaffPasswordForm(PasswordFormBase):
    """Without the choice of accounts that log in elsewhere: there are none."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields.pop("usable_password", None)
        for name in ("password1", "password2"):
            self.fields[name].required = True


class InvitationForm(OneAddressAnAccount, UserForm):
    """No password: the person chooses one by the link that we send."""

    class Meta:
        model = User
        fields = ["email", "first_name", "last_name", "groups"]
        help_texts = {
            "email": gettext_lazy("We send them a link to choose a password. They sign in with this address.")
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].required = True

    def save(self, commit: bool = True) -> User:
        self.instance.username = free_username(self.cleaned_data["email"])
        self.instance.set_unusable_password()
        return super().save(commit)


def free_username(email: str) -> str:
    """The address, as far as a user name can be one; with a number where another account has it."""
    length = User._meta.get_field("username").max_length or 150
    stem = re.sub(r"[^\w.@+-]", "", email)[: length - 5]
    taken = set(User.objects.filter(username__startswith=stem).values_list("username", flat=True))
    return free_name(stem, taken)


@admin.register(User)
class StaffAdmin(StaffAdminBase):
    form = StaffForm
    add_form = InvitationForm
    add_form_template = "admin/change_form.html"
    change_password_form = StaffPasswordForm
    change_user_password_template = "admin/staff_password.html"  # noqa: S105 (a file)
    list_display = ["username", "full_name", "email", "roles", "is_active"]
    list_filter = ["groups", "is_active"]
    readonly_fields = ["last_login", "date_joined"]
    fieldsets = [
        (None, {"fields": ["username", "password"]}),
        (gettext_lazy("Person"), {"fields": ["first_name", "last_name", "email"]}),
        (gettext_lazy("Permissions"), {"fields": ["groups", "is_active", "is_superuser"]}),
        (gettext_lazy("When"), {"fields": ["last_login", "date_joined"]}),
    ]
    add_fieldsets = [
        (gettext_lazy("Person"), {"classes": ["wide"], "fields": ["email", "first_name", "last_name"]}),
        (gettext_lazy("Permissions"), {"classes": ["wide"], "fields": ["groups"]}),
    ]
    filter_horizontal = []
    actions = ["invite_again"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return super().get_queryset(request).prefetch_related("groups")

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> list[str]:
        own = list(super().get_readonly_fields(request, obj))
        return own if getattr(request.user, "is_superuser", False) else [*own, "is_superuser"]

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name != "groups":
            return super().formfield_for_manytomany(db_field, request, **kwargs)
        return RoleChoice(
            Group.objects.order_by("pk"),
            label=_("Role"),
            required=False,
            widget=forms.CheckboxSelectMultiple,
            help_text=_("Without a role, a person can sign in but can't do anything."),
        )

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """A superuser's account, and so their password, is a superuser's to change."""
        reserved = obj is not None and obj.is_superuser and not getattr(request.user, "is_superuser", False)
        return super().has_change_permission(request, obj) and not reserved

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        reserved = obj is not None and obj.is_superuser and not getattr(request.user, "is_superuser", False)
        return super().has_delete_permission(request, obj) and not reserved

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        obj.is_staff = True  # everyone kept here works here; readers have no account
        super().save_model(request, obj, form, change)
        if not change:
            post_invitation(obj, acting_name(request))

    def response_add(self, request: HttpRequest, obj: User, post_url_continue: str | None = None) -> HttpResponse:
        sent = _("%(name)s can sign in as soon as they follow the link in the email that we’re sending to %(email)s.")
        self.message_user(request, sent % {"name": obj.get_full_name() or obj.email, "email": obj.email})
        if "set-up" in request.GET:  # back to where they were invited from, to invite the next
            return HttpResponseRedirect(reverse("admin:set_up_step", args=["staff"]))
        return HttpResponseRedirect(reverse("admin:auth_user_changelist"))

    @admin.action(description=gettext_lazy("Send the invitation again"), permissions=["change"])
    def invite_again(self, request: HttpRequest, users: QuerySet[User]) -> None:
        waiting = [user for user in users if user.email and not user.has_usable_password()]
        for user in waiting:
            post_invitation(user, acting_name(request))
        if waiting:
            told = ngettext("Invited %(count)d person again.", "Invited %(count)d people again.", len(waiting))
            self.message_user(request, told % {"count": len(waiting)})
        else:
            nobody = _("Everyone you chose has a password already. On the sign-in page they can ask for a new one.")
            self.message_user(request, nobody, messages.WARNING)

    @admin.display(description=gettext_lazy("name"))
    def full_name(self, user: User) -> str:
        return user.get_full_name()

    @admin.display(description=gettext_lazy("role"))
    def roles(self, user: User) -> str:
        names = [group.name for group in user.groups.all()]
        return ", ".join([_("Owner (superuser)"), *names] if user.is_superuser else names) or _("none")
