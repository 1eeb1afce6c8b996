"""Mailing lists and topics."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from subscribers.admin.big_tables import AnyAdmin
from subscribers.admin.next_steps import OffersNextStep
from subscribers.admin.plain_text_forms import PlainTexts, PlainTextsForm
from subscribers.models import MailingList, Topic, TopicSelection

if TYPE_CHECKING:
    ListFormBase = forms.ModelForm[MailingList]
else:
    ListFormBase = forms.ModelForm


class MailingListForm(PlainTexts, ListFormBase):
    class Meta:
        model = MailingList
        fields = [
            "name", "slug", "description", "from_name", "from_email", "postal_address", "topics", "is_public",
            "position",
        ]  # fmt: skip
        help_texts = {
            "slug": gettext_lazy("Identifies the list in sign-up forms and email programs. Best never changed."),
            "from_email": gettext_lazy("Confirmation and welcome emails are sent from this address."),
            "postal_address": gettext_lazy("Shown at the end of those emails."),
            "position": gettext_lazy("Lists with lower numbers come first."),
        }
        widgets = {"postal_address": forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField"})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "is_public" in self.fields:
            self.fields["is_public"].help_text = format_html(
                _('Offered on the sign-up form. You can also <a href="{}">put the form on another site</a>.'),
                reverse("subscribers:embed"),
            )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        for name in ("name", "from_name"):
            if any(character in data.get(name, "") for character in "\r\n"):
                self.add_error(name, _("This is used in email headers and must be on one line."))
        return data


@admin.register(MailingList)
class MailingListAdmin(OffersNextStep, AnyAdmin):
    form = MailingListForm
    list_display = ["name", "description", "from_name", "is_public", "position"]
    search_fields = ["name"]
    prepopulated_fields = {"slug": ["name"]}
    actions = None

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        return super().formfield_for_manytomany(db_field, request, **{"widget": forms.CheckboxSelectMultiple, **kwargs})

    def next_step(self, request: HttpRequest, obj: MailingList) -> tuple[str, str] | None:
        if not request.user.has_perm("newsletters.add_newsletter"):
            return None
        query = urlencode({"mailing_list": obj.pk})
        address = f"{reverse('admin:newsletters_newsletter_add')}?{query}"
        return _("Next: set up a newsletter that goes to %s") % obj.name, address

    def has_delete_permission(self, request: HttpRequest, obj: MailingList | None = None) -> bool:
        """A list that somebody ever agreed to stays; take it out of the sign-up form instead."""
        used = obj is not None and obj.subscriptions.exists()
        return not used and super().has_delete_permission(request, obj)


@admin.register(Topic)
class TopicAdmin(AnyAdmin):
    form = PlainTextsForm
    list_display = ["name", "description", "position", "on_lists"]
    list_editable = ["position"]
    search_fields = ["name"]
    prepopulated_fields = {"slug": ["name"]}
    actions = None

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).prefetch_related("lists")

    @admin.display(description=gettext_lazy("used by"))
    def on_lists(self, topic: Topic) -> str:
        return ", ".join(mailing_list.name for mailing_list in topic.lists.all())

    def has_delete_permission(self, request: HttpRequest, obj: Topic | None = None) -> bool:
        """A topic that readers chose stays: without it their choice would turn into “everything”."""
        chosen = obj is not None and TopicSelection.objects.filter(topics=obj).exists()
        return not chosen and super().has_delete_permission(request, obj)
