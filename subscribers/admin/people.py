"""Subscribers: find one, add one, see what they agreed to, and suppress, release, resend or erase with a note."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lib.addresses import BadAddress, address_key, normalise
from subscribers import suppression
from subscribers.admin import merge_page, receipts_page
from subscribers.admin.big_tables import BigTable, ReadOnly
from subscribers.admin.bulk_jobs import CHANGE as CHANGE_MANY
from subscribers.admin.bulk_jobs import choose_view
from subscribers.admin.confirmed_actions import confirm_action
from subscribers.admin.export_page import URL_NAME as EXPORT
from subscribers.admin.export_page import show_export
from subscribers.admin.people_filters import ListFilter, SegmentFilter, StatusFilter, TagFilter
from subscribers.admin.people_search import SEARCH_HELP, people_like
from subscribers.admin.person_actions import PERMISSIONS, person_actions, sentence_for
from subscribers.admin.person_page import add_note, page_context
from subscribers.admin.person_values import PREFIX as VALUE
from subscribers.admin.person_values import person_form, shown_attributes
from subscribers.jobs.selecting import MOST_NUMBERS
from subscribers.models import ConsentRecord, MailingList, Subscriber, Subscription
from subscribers.signup import double_opt_in

if TYPE_CHECKING:
    SubscriberFormBase = forms.ModelForm[Subscriber]
    AnyInline = admin.TabularInline[Any, Any]
else:
    SubscriberFormBase = forms.ModelForm
    AnyInline = admin.TabularInline


class AddSubscriberForm(SubscriberFormBase):
    """A person whom staff add: asked to confirm, unless they have agreed elsewhere."""

    lists = forms.ModelMultipleChoiceField(
        queryset=MailingList.objects.all(),
        label=gettext_lazy("Mailing lists"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Choose at least one mailing list.")},
    )
    send_confirmation = forms.BooleanField(
        label=gettext_lazy("Send a confirmation email"),
        required=False,
        initial=True,
        help_text=gettext_lazy("Clear this only for someone who has already agreed, and note where and when."),
    )
    note = forms.CharField(
        label=gettext_lazy("Where the consent comes from"),
        required=False,
        max_length=400,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )

    class Meta:
        model = Subscriber
        fields = ["email", "name"]

    def clean_email(self) -> str:
        try:
            email = normalise(self.data.get("email", ""))
        except BadAddress as problem:
            raise forms.ValidationError(str(problem)) from None
        if Subscriber.objects.with_address(email).exists():
            raise forms.ValidationError(_("There's already a subscriber with this address. Search for it."))
        if suppression.is_suppressed(email):
            raise forms.ValidationError(_("This address is suppressed. It has to be released first."))
        return email

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not data.get("send_confirmation") and not data.get("note", "").strip():
            self.add_error("note", _("Without a confirmation email, note where and when this person agreed."))
        return data


class SubscriptionInline(ReadOnly, AnyInline):
    model = Subscription
    fields = readonly_fields = ("mailing_list", "status", "topics", "requested_at", "confirmed_at", "unsubscribed_at")
    extra = 0
    can_delete = False
    template = "subscribers/admin/subscriptions_inline.html"
    verbose_name_plural = gettext_lazy("subscriptions")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        found = super().get_queryset(request).select_related("mailing_list", "selection", "subscriber")
        return found.prefetch_related("selection__topics")

    @admin.display(description=gettext_lazy("topics"))
    def topics(self, subscription: Subscription) -> str:
        return ", ".join(topic.name for topic in subscription.topic_list()) or _("everything")


# What holds for people who get nothing, the first that does.
_MEANWHILE = {
    Subscription.Status.HELD: gettext_lazy("waiting for approval"),
    Subscription.Status.PENDING: gettext_lazy("waiting for confirmation"),
    Subscription.Status.UNSUBSCRIBED: gettext_lazy("unsubscribed"),
}


@admin.register(Subscriber)
class SubscriberAdmin(BigTable):
    list_display = ["address", "name", "on_lists", "standing", "since"]
    list_filter = [StatusFilter, ListFilter, SegmentFilter, TagFilter, "is_suppressed"]
    search_fields = ["email", "name"]
    search_help_text = SEARCH_HELP
    ordering = ["-pk"]
    sortable_by = ["address", "since"]
    readonly_fields = ["email", "standing", "created_at"]
    fields = ["email", "name", "standing", "paused_until", "created_at"]
    inlines = [SubscriptionInline]
    change_form_template = "subscribers/admin/subscriber.html"
    actions = ["change_many"]

    def has_subscriptions_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(CHANGE_MANY)

    @admin.action(permissions=["subscriptions"], description=gettext_lazy("Add to a list, tag, unsubscribe or erase …"))
    def change_many(self, request: HttpRequest, queryset: QuerySet[Any]) -> HttpResponseBase:
        searched = request.POST.get("select_across") == "1" and request.GET.get("q")
        return choose_view(request, list(queryset.values_list("pk", flat=True)[:MOST_NUMBERS]) if searched else None)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).prefetch_related("subscriptions__mailing_list")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """By indexes: within half a million addresses a search for a part takes seconds."""
        term = search_term.strip()
        if not term:
            return queryset, False
        exact = queryset.filter(email_key=address_key(term))
        return (exact if exact.exists() else queryset.filter(pk__in=people_like(term))), False

    # Sorted by what has an index and comes to the same.
    @admin.display(description=gettext_lazy("email address"), ordering="email_key")
    def address(self, person: Subscriber) -> str:
        return person.readable_email

    @admin.display(description=gettext_lazy("created"), ordering="pk")
    def since(self, person: Subscriber) -> datetime:
        return person.created_at

    @admin.display(description=gettext_lazy("mailing lists"))
    def on_lists(self, person: Subscriber) -> str:
        return "; ".join(
            f"{subscription.mailing_list.name}: {subscription.get_status_display()}"
            for subscription in person.subscriptions.all()
        )

    @admin.display(description=gettext_lazy("status"))
    def standing(self, person: Subscriber) -> str:
        if person.is_suppressed:
            return _("suppressed: gets no email")
        held = {subscription.status for subscription in person.subscriptions.all()}
        if Subscription.Status.CONFIRMED not in held:
            return next((str(_MEANWHILE[status]) for status in _MEANWHILE if status in held), _("on no mailing list"))
        if person.paused_until and person.paused_until > timezone.now():
            return _("paused")
        return _("gets email")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # a person is erased, with a note, and never just deleted

    # --- adding -----------------------------------------------------------------------------------------------
    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        if obj is None:
            return AddSubscriberForm
        attributes = shown_attributes()
        return super().get_form(request, obj, change, **{**kwargs, "form": person_form(attributes)})

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return [(None, {"fields": ["email", "name", "lists", "send_confirmation", "note"]})]
        if not self.has_change_permission(request, obj):
            return [(None, {"fields": self.fields})]  # a page to read says them in words
        attributes = [f"{VALUE}{attribute.key}" for attribute in shown_attributes()]
        return [
            (None, {"fields": self.fields}),
            (_("Attributes and tags"), {"fields": ["tags", *attributes]}),
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return [] if obj is None else self.readonly_fields

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        return [] if obj is None else self.inlines

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if change:
            # These columns alone: an import may be writing others at the same moment.
            own = [name for name in form.changed_data if name in {"name", "paused_until"}]
            obj.save(update_fields=[*own, "updated_at"])
            form.write()
            return
        asked = double_opt_in.SignupRequest(
            email=form.cleaned_data["email"],
            name=form.cleaned_data["name"],
            lists=list(form.cleaned_data["lists"]),
            source=ConsentRecord.Source.STAFF,
            staff=request.user.get_username(),
        )
        if form.cleaned_data["send_confirmation"]:
            self.message_user(request, sentence_for(double_opt_in.request_subscription(asked)))
        else:
            double_opt_in.add_confirmed(asked, note=form.cleaned_data["note"])
        obj.pk = Subscriber.objects.with_address(form.cleaned_data["email"]).values_list("pk", flat=True).get()

    def response_post_save_add(self, request: HttpRequest, obj: Any) -> HttpResponseRedirect:
        if not self.has_view_permission(request, obj):  # who may add people and not see them
            return HttpResponseRedirect(reverse("admin:index"))
        return HttpResponseRedirect(reverse("admin:subscribers_subscriber_change", args=[obj.pk]))

    response_post_save_change = response_post_save_add

    # --- what is done to a person ---------------------------------------------------------------------------------
    def get_urls(self) -> list[URLPattern]:
        action = self.admin_site.admin_view(self.action_view)
        return [
            path("<int:pk>/do/<slug:what>/", action, name="subscribers_subscriber_action"),
            path("<int:pk>/merge/", self.admin_site.admin_view(self.merge_view), name=merge_page.URL_NAME),
            path("export/", self.admin_site.admin_view(show_export), name=EXPORT),
            path(
                "<int:pk>/receipts/",
                self.admin_site.admin_view(receipts_page.show_receipts),
                name=receipts_page.URL_NAME,
            ),
            path("<int:pk>/note/", self.admin_site.admin_view(add_note), name="subscribers_subscriber_note"),
            *super().get_urls(),
        ]

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        # One button: a save stays on the page, which is more than its form.
        context |= {"show_save_and_add_another": False, "show_save_and_continue": False}
        person = kwargs.get("obj")
        if person is not None:
            may = request.user.has_perm
            context |= page_context(request, person)
            context["actions"] = [
                (reverse("admin:subscribers_subscriber_action", args=[person.pk, what]), action.title)
                for what, action in person_actions(self, request, person).items()
                if may(action.permission)
            ]
            if receipts_page.may_download(request):
                address = reverse(f"admin:{receipts_page.URL_NAME}", args=[person.pk])
                context["actions"].append((address, _("Consent receipts")))
            if may(merge_page.PERMISSION):
                address = reverse(f"admin:{merge_page.URL_NAME}", args=[person.pk])
                context["actions"].append((address, _("Merge with another person")))
        return super().render_change_form(request, context, *args, **kwargs)

    def merge_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        return merge_page.show_merge(self, request, pk)

    def action_view(self, request: HttpRequest, pk: int, what: str) -> HttpResponse:
        # Before the person is looked up: who may not do it learns nothing about who is there, and in which state.
        if what in PERMISSIONS and not request.user.has_perm(PERMISSIONS[what]):
            raise PermissionDenied
        person = self.get_queryset(request).filter(pk=pk).first()
        if person is None:
            raise Http404
        action = person_actions(self, request, person).get(what)
        back = reverse("admin:subscribers_subscriber_change", args=[pk])
        if action is None:
            self.message_user(request, _("That has already been done, or isn't possible now."), messages.WARNING)
            return HttpResponseRedirect(back)
        then = reverse("admin:subscribers_subscriber_changelist") if action.is_grave else back
        return confirm_action(self, request, person, action, back=back, then=then)
