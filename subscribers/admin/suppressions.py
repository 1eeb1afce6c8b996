"""The suppression list: read, search by the whole address (also an erased one), add, and release with a note."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lib.addresses import BadAddress, normalise
from subscribers import suppression
from subscribers.admin.big_tables import BigTable
from subscribers.admin.confirmed_actions import ConfirmedAction, confirm_action
from subscribers.models import Suppression
from subscribers.tokens import address_hash

if TYPE_CHECKING:
    SuppressionFormBase = forms.ModelForm[Suppression]
else:
    SuppressionFormBase = forms.ModelForm

PERMISSION = "subscribers.suppress_subscriber"


class SuppressForm(SuppressionFormBase):
    """Suppress an address, whether or not it is a subscriber's."""

    email = forms.CharField(label=gettext_lazy("Address"), widget=forms.EmailInput(attrs={"class": "vTextField"}))
    note = forms.CharField(
        label=gettext_lazy("Note"),
        max_length=400,
        help_text=gettext_lazy("Why, and at whose request."),
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )

    class Meta:
        model = Suppression
        fields = ["email", "note"]

    def clean_email(self) -> str:
        try:
            email = normalise(self.cleaned_data["email"])
        except BadAddress as problem:
            raise forms.ValidationError(str(problem)) from None
        if suppression.is_suppressed(email):
            raise forms.ValidationError(_("This address is already on the list."))
        return email


@admin.register(Suppression)
class SuppressionAdmin(BigTable):
    list_display = ["__str__", "reason", "note", "by", "at", "release_link"]
    list_filter = ["reason"]
    search_fields = ["email__istartswith"]
    search_help_text = gettext_lazy(
        "Enter an address or the start of one. A full address is found even if it was erased."
    )
    ordering = ["-pk"]
    fields = ["email", "note"]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        return SuppressForm if obj is None else super().get_form(request, obj, change, **kwargs)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ["email", "note"] if obj is None else ["email", "reason", "note", "by", "at"]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if "@" in search_term:
            exact = queryset.filter(address_hash=address_hash(search_term.strip()))
            if exact.exists():
                return exact, False
        return super().get_search_results(request, queryset, search_term)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm(PERMISSION) or super().has_view_permission(request, obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(PERMISSION)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        email = form.cleaned_data["email"]
        suppression.suppress(
            email,
            reason=Suppression.Reason.STAFF,
            note=form.cleaned_data["note"],
            by=request.user.get_username(),
        )
        obj.pk = Suppression.objects.values_list("pk", flat=True).get(address_hash=address_hash(email))

    # --- releasing ------------------------------------------------------------------------------------------------
    @admin.display(description="")
    def release_link(self, entry: Suppression) -> SafeString:
        address = reverse("admin:subscribers_suppression_release", args=[entry.pk])
        return format_html('<a href="{}">{}</a>', address, _("Release…"))

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.release_view)
        return [path("<int:pk>/release/", view, name="subscribers_suppression_release"), *super().get_urls()]

    def release_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        if not request.user.has_perm(PERMISSION):
            raise PermissionDenied
        entry = Suppression.objects.filter(pk=pk).first()
        if entry is None:
            raise Http404

        def release(note: str) -> str:
            suppression.release_entry(entry, note=note, by=request.user.get_username())
            return _("%s can get email again.") % entry

        action = ConfirmedAction(
            title=_("Release this address"),
            explanation=_("The address can subscribe and get email again."),
            button=_("Release"),
            permission=PERMISSION,
            do=release,
        )
        back = reverse("admin:subscribers_suppression_changelist")
        return confirm_action(self, request, entry, action, back=back)
