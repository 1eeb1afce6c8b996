"""The people who work here: a name, an address, a role. Django's own form, without what roles make needless.

Single permissions are not handed out here: a role says in one word what somebody may do, and roles are kept by
newsletters.admin.roles. Only a superuser makes another superuser.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import UserCreationForm
from django.contrib.auth.models import Group, User
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from newsletters.admin.roles import ROLES

if TYPE_CHECKING:
    GroupChoice = forms.ModelMultipleChoiceField[Group]
    StaffAdminBase = UserAdmin[User]
else:
    GroupChoice = forms.ModelMultipleChoiceField
    StaffAdminBase = UserAdmin

admin.site.unregister(User)
admin.site.unregister(Group)


class RoleChoice(GroupChoice):
    """Each role with what it does, in the order of what it may."""

    def label_from_instance(self, obj: Group) -> str:
        does = {role.name: role.does for role in ROLES}.get(obj.name)
        return f"{obj.name}: {does}" if does else obj.name


@admin.register(User)
class StaffAdmin(StaffAdminBase):
    add_form = UserCreationForm  # the admin's own offers accounts without a password, for logins that we don't have
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
        (None, {"classes": ["wide"], "fields": ["username", "password1", "password2"]}),
        (gettext_lazy("Person"), {"classes": ["wide"], "fields": ["first_name", "last_name", "email"]}),
        (gettext_lazy("Permissions"), {"classes": ["wide"], "fields": ["groups"]}),
    ]
    filter_horizontal = []

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

    @admin.display(description=gettext_lazy("name"))
    def full_name(self, user: User) -> str:
        return user.get_full_name()

    @admin.display(description=gettext_lazy("role"))
    def roles(self, user: User) -> str:
        names = [group.name for group in user.groups.all()]
        return ", ".join([_("Owner (superuser)"), *names] if user.is_superuser else names) or _("none")
