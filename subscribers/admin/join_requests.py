"""The queue of a moderated list: who confirmed and waits for staff, each with two buttons, or many at once.

A button is one of the list's own form and sends it to an address of its own, so it works without JavaScript.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from subscribers.admin.big_tables import BigTable, ReadOnly
from subscribers.admin.people_search import SEARCH_HELP, SearchedByPerson
from subscribers.models import JoinRequest, MailingList, Subscription
from subscribers.signup import joining

PERMISSION = "subscribers.change_subscription"
# What a button does, and what it says.
DECISIONS: dict[str, tuple[Callable[..., int], Any]] = {
    "approve": (joining.approve, gettext_lazy("Approve")),
    "decline": (joining.decline, gettext_lazy("Decline")),
}


class ModeratedListFilter(admin.SimpleListFilter):
    title = gettext_lazy("mailing list")
    parameter_name = "list"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return list(MailingList.objects.filter(is_moderated=True).values_list("slug", "name"))

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset if self.value() is None else queryset.filter(mailing_list__slug=self.value())


@admin.register(JoinRequest)
class JoinRequestAdmin(ReadOnly, SearchedByPerson, BigTable):
    list_display = ["person", "mailing_list", "waits_since", "origin", "deeds"]
    list_display_links = None
    list_filter = [ModeratedListFilter]
    search_help_text = SEARCH_HELP
    ordering = ["requested_at", "pk"]  # who waits longest comes first
    sortable_by = ()
    actions = ["approve_chosen", "decline_chosen"]

    class Media:
        css = {"all": ["admin_iria/comments.css"]}

    # --- Who may: people who may change subscriptions. A proxy has no permissions of its own.
    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm(PERMISSION)

    def has_decide_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(PERMISSION)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        held = super().get_queryset(request).filter(status=Subscription.Status.HELD)
        return held.select_related("subscriber", "mailing_list")

    def get_urls(self) -> list[URLPattern]:
        own = [
            path(
                f"<int:pk>/{name}/",
                self.admin_site.admin_view(self._decision_view(name)),
                name=f"subscribers_joinrequest_{name}",
            )
            for name in DECISIONS
        ]
        return own + super().get_urls()

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return super().changelist_view(request, {"title": _("Requests to join"), **(extra_context or {})})

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:subscribers_joinrequest_changelist"))

    def _decision_view(self, name: str) -> Callable[..., HttpResponse]:
        @require_POST
        def view(request: HttpRequest, pk: int) -> HttpResponse:
            if not self.has_decide_permission(request):
                raise PermissionDenied
            self._decide(request, [pk], name)
            return HttpResponseRedirect(reverse("admin:subscribers_joinrequest_changelist"))

        return view

    @admin.action(permissions=["decide"], description=gettext_lazy("Approve selected requests"))
    def approve_chosen(self, request: HttpRequest, queryset: QuerySet[JoinRequest]) -> None:
        self._decide(request, list(queryset.values_list("pk", flat=True)), "approve")

    @admin.action(permissions=["decide"], description=gettext_lazy("Decline selected requests"))
    def decline_chosen(self, request: HttpRequest, queryset: QuerySet[JoinRequest]) -> None:
        self._decide(request, list(queryset.values_list("pk", flat=True)), "decline")

    def _decide(self, request: HttpRequest, pks: Collection[int], name: str) -> None:
        decided = DECISIONS[name][0](pks, by=request.user.get_username())
        if decided < len(pks):
            messages.warning(request, _("Some of these requests were decided or withdrawn by someone else meanwhile."))
        if not decided:
            return
        said = {
            "approve": ngettext(
                "%(n)s person was added. They're getting the welcome email.",
                "%(n)s people were added. They're getting the welcome email.",
                decided,
            ),
            "decline": ngettext(
                "%(n)s request was declined. They're told by email.",
                "%(n)s requests were declined. They're told by email.",
                decided,
            ),
        }[name]
        messages.success(request, said % {"n": f"{decided:,}"})

    # --- The list -----------------------------------------------------------------------------------------------
    @admin.display(description=gettext_lazy("person"))
    def person(self, row: JoinRequest) -> SafeString:
        address = reverse("admin:subscribers_subscriber_change", args=[row.subscriber_id])
        name = format_html("<br><bdi>{}</bdi>", row.subscriber.name) if row.subscriber.name else ""
        return format_html('<a href="{}"><bdi>{}</bdi></a>{}', address, row.subscriber.readable_email, name)

    @admin.display(description=gettext_lazy("waiting since"))
    def waits_since(self, row: JoinRequest) -> Any:
        return row.requested_at

    @admin.display(description=gettext_lazy("decide"))
    def deeds(self, row: JoinRequest) -> SafeString:
        who = row.subscriber.readable_email
        buttons = (
            (name, reverse(f"admin:subscribers_joinrequest_{name}", args=[row.pk]), label, who)
            for name, (_decide, label) in DECISIONS.items()
        )
        return format_html(
            '<div class="iria-deeds">{}</div>',
            format_html_join(
                " ",
                '<button type="submit" class="button iria-{}" formaction="{}">{}'
                '<span class="visually-hidden"> {}</span></button>',
                buttons,
            ),
        )
