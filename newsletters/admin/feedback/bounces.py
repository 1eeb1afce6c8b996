"""Bounces and complaints: what came back, what was done about it, the mail that led to it, and how to take it back."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lib.addresses import readable
from newsletters.admin.feedback.retrying import PERMISSION, TriesAgain
from newsletters.admin.feedback.source_filters import SourceFilter
from newsletters.delivery.ledger.dialogue_bounces import SOURCE as IN_DIALOGUE
from newsletters.events.feedback import dialogue, undoing
from newsletters.models import Feedback
from subscribers.admin.big_tables import ReadOnly
from subscribers.admin.confirmed_actions import ConfirmedAction, confirm_action
from subscribers.tokens import address_hash

SHOWN = ("who", "kind", "at", "what_was_done", "words", "status", "rule", "about", "source", "as_it_came")


@admin.register(Feedback)
class FeedbackAdmin(ReadOnly, TriesAgain):
    list_display = ["who", "kind", "words", "about", "at", "what_was_done", "undo_link"]
    list_filter = ["kind", "effect", SourceFilter]
    search_fields = ["address__startswith"]
    search_help_text = gettext_lazy("Enter a full address.")
    ordering = ["-pk"]
    list_select_related = ["edition__newsletter"]
    fields = SHOWN
    readonly_fields = SHOWN

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        return (queryset.filter(address_hash=address_hash(search_term.strip())) if search_term else queryset), False

    @admin.display(description=gettext_lazy("address"))
    def who(self, row: Feedback) -> str | SafeString:
        if not row.address:
            return _("not known any more")
        return readable(row.address)

    @admin.display(description=gettext_lazy("email"))
    def about(self, row: Feedback) -> str | SafeString:
        if row.edition_id is not None:
            url = reverse("admin:newsletters_edition_change", args=[row.edition_id])
            return format_html('<a href="{}">{}</a>', url, row.edition)
        if row.message_id is None:
            return _("a message of its list")
        return _("message %(number)s") % {"number": row.message_id}

    @admin.display(description=gettext_lazy("what was done"))
    def what_was_done(self, row: Feedback) -> str:
        done = row.get_effect_display()
        if row.error and row.effect in {Feedback.Effect.WAITING, Feedback.Effect.FAILED}:
            return f"{done}: {row.error}"
        if row.undone_at is None:
            return done
        return _("%(done)s; undone by %(by)s: %(note)s") % {"done": done, "by": row.undone_by, "note": row.undone_note}

    @admin.display(description=gettext_lazy("as it came"))
    def as_it_came(self, row: Feedback) -> str | SafeString:
        if row.raw_id is None:
            return _("A server said so while we sent.") if row.source == IN_DIALOGUE else _("No longer kept.")
        url = reverse("admin:newsletters_rawevent_change", args=[row.raw_id])
        return format_html('<a href="{}">{}</a>', url, _("Show it"))

    @admin.display(description="")
    def undo_link(self, row: Feedback) -> str | SafeString:
        if not undoing.may_be_undone(row):
            return ""
        return format_html('<a href="{}">{}</a>', reverse("admin:newsletters_feedback_undo", args=[row.pk]), _("Undo…"))

    reset_failed = staticmethod(dialogue.try_again)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.undo_view)
        return [path("<int:pk>/undo/", view, name="newsletters_feedback_undo"), *super().get_urls()]

    def undo_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        if not request.user.has_perm(PERMISSION):
            raise PermissionDenied
        feedback = Feedback.objects.filter(pk=pk).first()
        if feedback is None:
            raise Http404

        def undo(note: str) -> str:
            try:
                released = undoing.undo(pk, note=note, by=request.user.get_username())
            except undoing.CantUndo as problem:
                return str(problem)
            if released:
                return _("%s can get email again.") % self.who(feedback)
            return _("Earlier bounces of %s no longer count.") % self.who(feedback)

        action = ConfirmedAction(
            title=_("Undo what was done"),
            explanation=_(
                "The address can get email again, and its bounces so far no longer count. If it bounces again, it will"
                " be suppressed again."
            ),
            button=_("Undo"),
            permission=PERMISSION,
            do=undo,
        )
        return confirm_action(self, request, feedback, action, back=reverse("admin:newsletters_feedback_changelist"))
