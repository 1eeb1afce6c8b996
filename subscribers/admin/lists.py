"""Mailing lists and topics."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django import forms
from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from subscribers.admin.big_tables import AnyAdmin
from subscribers.admin.next_steps import OffersNextStep
from subscribers.admin.plain_text_forms import PlainTexts, PlainTextsForm
from subscribers.models import MailingList, Topic, TopicSelection
from subscribers.signup import source_counts

logger = logging.getLogger(__name__)

RESERVED_SLUGS = {"embed"}  # below /subscribe/, where each list has its own page

if TYPE_CHECKING:
    ListFormBase = forms.ModelForm[MailingList]
else:
    ListFormBase = forms.ModelForm


class MailingListForm(PlainTexts, ListFormBase):
    class Meta:
        model = MailingList
        fields = [
            "name", "slug", "description", "from_name", "from_email", "postal_address", "topics", "is_public",
            "opt_in", "is_moderated", "position",
        ]  # fmt: skip
        help_texts = {
            "slug": gettext_lazy("Identifies the list in sign-up forms and email programs. Best never changed."),
            "from_email": gettext_lazy("Confirmation and welcome emails are sent from this address."),
            "postal_address": gettext_lazy("Shown at the end of those emails."),
            "opt_in": gettext_lazy(
                "Single means that nobody proves that the address is theirs: anyone can subscribe anyone, and you "
                "may have to show consent that you can't prove. People who left still have to confirm. Only an "
                "owner can choose it."
            ),
            "is_moderated": gettext_lazy("New readers get nothing until someone approves their request."),
            "position": gettext_lazy("Lists with lower numbers come first."),
        }
        widgets = {
            "opt_in": forms.RadioSelect,
            "postal_address": forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField"}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "opt_in" in self.fields:
            self.fields["opt_in"].required = False  # without a word it stays as it is
        if "is_public" in self.fields:
            self.fields["is_public"].help_text = format_html(
                _('Offered on the sign-up form. You can also <a href="{}">put the form on another site</a>.'),
                reverse("subscribers:embed"),
            )

    def clean_opt_in(self) -> str:
        return self.cleaned_data["opt_in"] or self.instance.opt_in

    def clean_slug(self) -> str:
        slug: str = self.cleaned_data["slug"]
        if slug in RESERVED_SLUGS:
            raise forms.ValidationError(_("“%s” has a page of its own. Choose another address.") % slug)
        return slug

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        for name in ("name", "from_name"):
            if any(character in data.get(name, "") for character in "\r\n"):
                self.add_error(name, _("This is used in email headers and must be on one line."))
        return data


SINGLE_OPT_IN = "subscribers.choose_single_opt_in"


@admin.register(MailingList)
class MailingListAdmin(OffersNextStep, AnyAdmin):
    form = MailingListForm
    list_display = ["name", "description", "from_name", "is_public", "opt_in", "is_moderated", "position"]
    search_fields = ["name"]
    prepopulated_fields = {"slug": ["name"]}
    actions = None

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        return super().formfield_for_manytomany(db_field, request, **{"widget": forms.CheckboxSelectMultiple, **kwargs})

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        if not request.user.has_perm(SINGLE_OPT_IN) and "opt_in" in form.base_fields:
            form.base_fields["opt_in"].disabled = True  # what is posted for it is not read
        return form

    def save_model(self, request: HttpRequest, obj: MailingList, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if "opt_in" in form.changed_data:
            words = _("opt-in: %s") % obj.get_opt_in_display()
            self.log_change(request, obj, words)
            logger.warning("Mailing list %s: %s, by user %s", obj.pk, obj.opt_in, request.user.pk)

    def get_urls(self) -> list[URLPattern]:
        sources = self.admin_site.admin_view(self.sources_view)
        return [path("<int:pk>/sources/", sources, name="subscribers_mailinglist_sources"), *super().get_urls()]

    def sources_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        mailing_list = get_object_or_404(MailingList, pk=pk)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Sources of sign-ups for %s") % mailing_list,
            "opts": self.opts,
            "mailing_list": mailing_list,
            "counts": source_counts.count_sources(mailing_list),
            "example": f"{settings.SITE_URL}{reverse('subscribers:list', args=[mailing_list.slug])}?ref=podcast",
        }
        return render(request, "subscribers/admin/sources.html", context)

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
