"""Editions: the list, a new one, and the page of one edition with everything that can be done to it.

A draft has the composer; whatever was sent, or waits to be, is read-only and shows its progress. Each address below
checks its own permission and answers a refusal with the roles that could; what a stage refuses becomes its sentence.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import update_wrapper
from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from lib.dates import in_local_words
from lib.percentages import percent
from lib.query_numbers import read_number
from newsletters.admin.acting_user import acting_name, acting_user
from newsletters.admin.edition import (
    approving,
    audience,
    dead_addresses,
    drafted,
    ledger,
    links,
    preflight,
    preview,
    reporting,
    resolving,
    sending,
    stopped_domains,
    templates,
    test_mails,
    watch_page,
    watching,
    welcoming,
)
from newsletters.admin.edition.changelist import EditionChangeList
from newsletters.admin.edition.composer import composing, presence, versions
from newsletters.admin.edition.edition_page import CHANGE, SEND, VIEW, EditionPage
from newsletters.admin.edition.edition_urls import edition_url
from newsletters.admin.edition.preflight import OVERRIDE
from newsletters.admin.roles import may, require, who_may
from newsletters.admin.system import halting
from newsletters.editions import editing
from newsletters.editions.composing import compose
from newsletters.editions.drafts import without_articles
from newsletters.editions.new_articles import find_new_articles
from newsletters.editions.numbering import last_number
from newsletters.editions.repeats import articles_readers_have
from newsletters.editions.transitions import Refused
from newsletters.models import Edition, Newsletter
from subscribers.admin.big_tables import CappedPaginator
from subscribers.admin.reauthentication import with_recent_password

if TYPE_CHECKING:
    EditionAdminBase = admin.ModelAdmin[Edition]
else:
    EditionAdminBase = admin.ModelAdmin

EditionView = Callable[[HttpRequest, EditionPage], HttpResponseBase]


@admin.register(Edition)
class EditionAdmin(EditionAdminBase):
    list_display = ["__str__", "shown_subject", "status", "when", "recipients", "accepted"]
    list_display_links = ["__str__", "shown_subject"]
    list_filter = ["newsletter", "status"]
    search_fields = ["subject"]
    list_select_related = ["newsletter"]
    list_per_page = 50
    list_max_show_all = 0
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    paginator = CappedPaginator
    actions = None

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[EditionChangeList]:
        return EditionChangeList

    @admin.display(description=gettext_lazy("subject"))
    def shown_subject(self, edition: Any) -> str:
        return edition.shown_words or _("no subject yet")

    @admin.display(description=gettext_lazy("recipients"), empty_value="–")
    def recipients(self, edition: Any) -> str | None:
        return f"{edition.totals.of_recipients.candidates:,}" if edition.totals else None

    @admin.display(description=gettext_lazy("accepted"), empty_value="–")
    def accepted(self, edition: Any) -> str | None:
        if not edition.totals:
            return None
        of_all = edition.totals.of_recipients
        share = percent(of_all.accepted / of_all.candidates if of_all.candidates else 0)
        return f"{of_all.accepted:,} ({share})"

    @admin.display(description=gettext_lazy("when"), ordering="queued_at")
    def when(self, edition: Edition) -> str:
        moment = edition.finished_at or edition.send_at or edition.updated_at
        return in_local_words(moment)

    def has_delete_permission(self, request: HttpRequest, obj: Edition | None = None) -> bool:
        """Only drafts can be deleted: the ledger of what was sent is kept."""
        return super().has_delete_permission(request, obj) and (obj is None or obj.status == Edition.Status.DRAFT)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Edition]:
        return super().get_queryset(request).select_related("newsletter__mailing_list")

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Edition | None:
        """With all that its pages need of it, in one query."""
        editions = Edition.objects.with_last_number()
        wanted = editions.select_related("newsletter__mailing_list", "newsletter__logo", "inspection", "occurrence")
        return wanted.filter(pk=read_number(object_id) or 0).first()

    def get_urls(self) -> list[URLPattern]:
        def at(route: str, view: EditionView, permission: str, doing: Any, *, post: bool = False) -> URLPattern:
            name = "newsletters_edition_" + route.strip("/").replace("/", "_").replace(".", "_")
            return path(
                f"<int:pk>/{route}", self.admin_site.admin_view(self._of(view, permission, doing, post)), name=name
            )

        composing_, watching_, sending_ = _("Compose an edition"), _("View an edition"), _("Send an edition")
        own = [
            at("preview/html/", preview.html_frame, VIEW, watching_),
            at("preview/text/", preview.text_frame, VIEW, watching_),
            at("panels/", composing.show_panels, CHANGE, composing_),
            at("presence/", presence.ping, CHANGE, composing_, post=True),
            at("versions/", versions.show_versions, CHANGE, composing_),
            path(
                "<int:pk>/versions/<int:number>/",
                self.admin_site.admin_view(self._version),
                name="newsletters_edition_version",
            ),
            at("preflight/", preflight.show_preflight, VIEW, watching_),
            at("audience/", audience.show_audience, VIEW, watching_),
            at("audience/segments/", audience.choose_segments, CHANGE, composing_, post=True),
            at("approval/", approving.show_approval, VIEW, watching_),
            at("approval/ask/", approving.request_approval, approving.ASK, _("Request approval"), post=True),
            at("approval/decide/", approving.decide, approving.DECIDE, _("Approve an edition"), post=True),
            at("check-links/", preflight.check_links, CHANGE, _("Check the links"), post=True),
            at("use-lead/", preflight.use_lead, CHANGE, composing_, post=True),
            at("override/", preflight.override, OVERRIDE, _("Override preflight")),
            at("test/", test_mails.send_test_mail, CHANGE, _("Send a test"), post=True),
            at("template/", templates.save_as_template, CHANGE, composing_, post=True),
            at("welcome/", welcoming.use_as_welcome, SEND, _("Choose a welcome email"), post=True),
            at("copy/", self._copy, CHANGE, composing_, post=True),
            at("send/", sending.send, SEND, sending_),
            at("skip/", drafted.skip, SEND, _("Skip an edition")),
            at("undo-send/", sending.undo_send, SEND, _("Undo a send"), post=True),
            at("release/", sending.release, SEND, sending_, post=True),
            at("pause/", sending.pause, SEND, _("Pause an edition"), post=True),
            at("resume/", sending.resume, SEND, _("Resume an edition"), post=True),
            at("cancel/", sending.cancel, SEND, _("Cancel an edition")),
            at("mark-as-sent/", resolving.mark_as_sent, SEND, _("Mark emails as sent")),
            at("resend/", resolving.resend, SEND, _("Resend emails")),
            at("retry-failed/", resolving.retry_failed, SEND, _("Resend emails")),
            at("dead-addresses/", dead_addresses.show, dead_addresses.PERMISSION, _("Suppress addresses")),
            at("links/", links.show_links, VIEW, watching_),
            at("resume-domain/", stopped_domains.resume, SEND, _("Resume an edition"), post=True),
            at("progress.json", watching.answer_progress, VIEW, watching_),
            at("report/", reporting.show_report, VIEW, watching_),
            at("report/map/", reporting.show_click_map, VIEW, watching_),
            at("report.csv", reporting.download, VIEW, watching_),
            at("report/share/", reporting.share, SEND, _("Share a report"), post=True),
            at("report/revoke/", reporting.revoke, SEND, _("Share a report"), post=True),
            at("ledger/", ledger.show_ledger, "newsletters.view_delivery", _("View the list of recipients")),
            at("ledger.csv", with_recent_password(ledger.export), resolving.EXPORT, _("Export addresses")),
            at("missed.csv", with_recent_password(resolving.missed), resolving.EXPORT, _("Export addresses")),
            path("sending-stopped/", self.admin_site.admin_view(halting.page), name=halting.URL_NAME),
        ]
        return own + super().get_urls()

    def _of(self, view: EditionView, permission: str, doing: str, post: bool) -> Callable[..., HttpResponseBase]:
        """The view with its permission checked and its edition found; the stages' refusals become messages."""

        def checked(request: HttpRequest, pk: int) -> HttpResponseBase:
            require(request, permission, doing)
            if post and request.method != "POST":
                return HttpResponseNotAllowed(["POST"])
            edition = self.get_object(request, str(pk))
            if edition is None:
                raise Http404(_("This edition doesn't exist."))
            try:
                return view(request, EditionPage(request, edition))
            except Refused as refusal:
                messages.error(request, str(refusal))
                return HttpResponseRedirect(edition_url(edition))

        return update_wrapper(checked, view)

    # --- A new edition -------------------------------------------------------------------------------------------
    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Choose the newsletter; its rule chooses the articles, and everything can be changed afterwards."""
        require(request, "newsletters.add_edition", _("Compose an edition"))
        active = Newsletter.objects.filter(is_active=True).select_related("mailing_list").prefetch_related("templates")
        newsletters = list(active)
        if request.method == "POST":
            chosen = next((n for n in newsletters if str(n.pk) == request.POST.get("newsletter")), None)
            if chosen is not None:
                template_id = read_number(request.POST.get(f"template-{chosen.pk}")) or 0
                template = chosen.templates.filter(pk=template_id).first()
                edition = compose(chosen, by=acting_user(request), template=template)
                self.log_addition(request, edition, _("Created the draft."))
                return HttpResponseRedirect(edition_url(edition))
            messages.error(request, _("Choose a newsletter for the edition."))
        context = {
            **self.admin_site.each_context(request),
            "title": _("New edition"),
            "opts": self.opts,
            "newsletters": [
                {"newsletter": n, "new": find_new_articles(n)[: n.at_most].count(), "last": last_number(n.pk)}
                for n in newsletters
            ],
            "may_add_newsletter": may(request, "newsletters.add_newsletter"),
            "who_may_add_newsletter": who_may("newsletters.add_newsletter"),
        }
        return TemplateResponse(request, "admin/newsletters/edition/add.html", context)

    def _copy(self, request: HttpRequest, page: EditionPage) -> HttpResponse:
        """The same words and blocks as a new draft, for instance of an edition that was cancelled; without the articles
        that its readers have had, unless they are asked for."""
        edition, by = page.edition, acting_user(request)
        had = frozenset() if "with_sent" in request.POST else articles_readers_have(page.content)
        copy = compose(edition.newsletter, by=by, articles=[])
        draft = without_articles(page.draft, had)
        editing.save(copy.pk, draft, revision=copy.revision, by=acting_name(request), user=by)
        self.log_addition(request, copy, _("Copied from %(edition)s.") % {"edition": edition})
        messages.success(request, _("This draft is a copy of %(edition)s.") % {"edition": edition})
        if left_out := len(page.draft.blocks) - len(draft.blocks):
            words = ngettext(
                "%d article was left out because its readers have had it. You can add it below.",
                "%d articles were left out because its readers have had them. You can add them below.", left_out,
            )  # fmt: skip
            messages.info(request, words % left_out)
        return HttpResponseRedirect(edition_url(copy))

    def _version(self, request: HttpRequest, pk: int, number: int) -> HttpResponseBase:
        def show(request: HttpRequest, page: EditionPage) -> HttpResponse:
            return versions.preview_version(request, page, number)

        return self._of(show, CHANGE, _("Compose an edition"), post=False)(request, pk)

    # --- The page of an edition ----------------------------------------------------------------------------------
    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        edition = self.get_object(request, object_id)
        if not self.has_view_or_change_permission(request, edition):
            raise PermissionDenied
        if edition is None:
            raise Http404(_("This edition doesn't exist."))
        page = EditionPage(request, edition)
        if request.method == "POST":
            require(request, CHANGE, _("Compose an edition"))
            try:
                return composing.work_on_draft(request, page)
            except composing.NoLongerDraft as refusal:
                now = EditionPage(request, self.get_object(request, object_id) or edition)
                return watch_page.show_watch_page(request, now, refusal=str(refusal), typed=refusal.form, status=409)
        if edition.status == Edition.Status.DRAFT and may(request, CHANGE):
            return composing.show_composer(request, page)
        return watch_page.show_watch_page(request, page)
