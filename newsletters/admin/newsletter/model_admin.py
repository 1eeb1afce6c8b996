"""Newsletters: sender, design, how often, and the rule by which an edition finds its articles.

Saving answers with the next five dates in words, in the newsletter's own time zone, so that a wrong weekday or zone
is seen at once and not at the first edition that comes at night.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from newsletters.admin.content.picture_states import thumbnail
from newsletters.admin.content.picture_upload import without_inputs
from newsletters.admin.newsletter import calendar, dates, designing, next_edition, reengaging, reporting
from newsletters.admin.newsletter.designing import OWN_DESIGN, without
from newsletters.admin.newsletter.form import NewsletterForm
from newsletters.admin.newsletter.its_list import first_values, make_list_for
from newsletters.admin.newsletter.list_welcomes import welcomes_in_words
from newsletters.admin.newsletter.schedule import cadence_in_words, coming_dates, dates_in_words
from newsletters.admin.roles import may
from newsletters.models import Newsletter
from subscribers.admin.next_steps import OffersNextStep

if TYPE_CHECKING:
    NewsletterAdminBase = admin.ModelAdmin[Newsletter]
else:
    NewsletterAdminBase = admin.ModelAdmin

REQUIRE_APPROVAL = "newsletters.require_approval_newsletter"


@admin.register(Newsletter)
class NewsletterAdmin(OffersNextStep, NewsletterAdminBase):
    form = NewsletterForm
    change_form_template = "admin/newsletters/newsletter/change_form.html"
    change_list_template = "admin/newsletters/newsletter/change_list.html"
    list_display = ["name", "mailing_list", "how_often", "mode", "next_date", "is_active"]
    list_select_related = ["mailing_list"]
    search_fields = ["name", "description"]
    prepopulated_fields = {"slug": ("name",)}
    readonly_fields = ["next_dates", "welcome_emails"]
    fieldsets = [
        (None, {"fields": ["name", "slug", "description", "mailing_list", "language", "is_active"]}),
        (gettext_lazy("Sender"), {"fields": ["from_name", "from_email", "reply_to"]}),
        (
            gettext_lazy("Design"),
            {
                "classes": ["iria-design"],
                "fields": [
                    "design", "own_mjml", "font", "colour", "institute_colour", "background", "logo", "logo_file",
                    "logo_alt", "logo_remove", "footer", "postal_address",
                ],
            },
        ),
        (
            gettext_lazy("Schedule"),
            {
                "description": gettext_lazy("The time is local to the time zone, in summer and winter."),
                "fields": [
                    "cadence", "weekdays", "day_of_month", "send_time", "zone", "holidays_country", "holidays_region",
                    "draft_hours", "mode", "next_dates",
                ],
            },
        ),
        (
            gettext_lazy("Articles"),
            {
                "description": gettext_lazy(
                    "Only new articles: published, and not in an earlier edition "
                    "of this newsletter."
                ),
                "fields": [
                    "topics", "at_most", "at_least", "lead_rule", "by_topic", "with_most_read", "with_missed",
                    "subject_template",
                ],
            },
        ),
        (gettext_lazy("Welcome"), {"fields": ["welcome_emails"]}),
        (gettext_lazy("Sending"), {"fields": ["needs_approval", "undo_send_seconds", "lifetime_hours"]}),
        (gettext_lazy("Links"), {"fields": ["tracking", "utm"]}),
    ]  # fmt: skip

    def get_fieldsets(self, request: HttpRequest, obj: Newsletter | None = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        if not may(request, OWN_DESIGN):
            fieldsets = without(fieldsets, "own_mjml")
        if obj is None or self.has_change_permission(request, obj):
            return fieldsets
        instead = {"cadence": "how_often", "logo": "logo_shown", "needs_approval": "needs_approval"}
        return without_inputs(fieldsets, NewsletterForm, instead)

    def get_readonly_fields(self, request: HttpRequest, obj: Newsletter | None = None) -> Any:
        """Who sends does not switch the second person off, and on again afterwards."""
        fields = super().get_readonly_fields(request, obj)
        return fields if may(request, REQUIRE_APPROVAL) else [*fields, "needs_approval"]

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {**first_values(), **super().get_changeform_initial_data(request)}

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Who may make lists gets one with the newsletter, unless they choose another."""
        match = request.resolver_match
        adding = match is not None and match.kwargs.get("object_id") is None and match.kwargs.get("pk") is None
        if db_field.name == "mailing_list" and adding and may(request, "subscribers.add_mailinglist"):
            kwargs |= {
                "required": False,
                "empty_label": _("A new list, with the newsletter's name, description, sender and postal address"),
            }
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: Newsletter, form: Any, change: bool) -> None:
        if not form.cleaned_data.get("mailing_list") and not change:
            made = make_list_for(obj)
            messages.info(request, _("We made the mailing list “%s” with it.") % made)
        super().save_model(request, obj, form, change)

    def next_step(self, request: HttpRequest, obj: Newsletter) -> tuple[str, str] | None:
        if not (obj.is_active and may(request, "newsletters.add_edition")):
            return None
        return _("Next: compose an edition of %s") % obj.name, reverse("admin:newsletters_edition_add")

    def get_urls(self) -> list[URLPattern]:
        look = self.admin_site.admin_view(self._look)
        return [
            path(
                "calendar/", self.admin_site.admin_view(calendar.show_calendar), name="newsletters_newsletter_calendar"
            ),
            path(
                "<int:pk>/dates/<str:day>/",
                self.admin_site.admin_view(dates.change_date),
                name="newsletters_newsletter_date",
            ),
            path("look/", look, name="newsletters_newsletter_look"),
            path("<int:pk>/look/", look, name="newsletters_newsletter_look_of"),
            path(
                "<int:pk>/next/",
                self.admin_site.admin_view(next_edition.show_next_edition),
                name="newsletters_newsletter_next",
            ),
            path(
                "<int:pk>/next/email/",
                self.admin_site.admin_view(next_edition.next_edition_frame),
                name="newsletters_newsletter_next_email",
            ),
            path(
                "<int:pk>/report/",
                self.admin_site.admin_view(reporting.show_newsletter_report),
                name="newsletters_newsletter_report",
            ),
            path(
                "<int:pk>/report.csv",
                self.admin_site.admin_view(reporting.download_newsletter_report),
                name="newsletters_newsletter_report_csv",
            ),
            path(
                "<int:pk>/re-engage/",
                self.admin_site.admin_view(reengaging.reengage),
                name="newsletters_newsletter_reengage",
            ),
            *super().get_urls(),
        ]

    def _look(self, request: HttpRequest, pk: int | None = None) -> HttpResponse:
        """A mail with the look that the form has just now, for the frame beside it. Nothing is saved."""
        newsletter = self.get_object(request, str(pk)) if pk else None
        if pk and newsletter is None:
            raise Http404(_("This newsletter doesn't exist."))
        allowed = self.has_view_permission(request, newsletter) if pk else self.has_add_permission(request)
        if not allowed:
            raise PermissionDenied(_("You don't have permission to view newsletters."))
        may_choose = newsletter is None or self.has_change_permission(request, newsletter)
        if request.method != "POST" or not may_choose:  # who may only look has no form: they see what is saved
            return designing.preview_newsletter(request, newsletter or Newsletter())
        form = self.get_form(request, newsletter, change=bool(pk))
        return designing.preview_of_form(request, designing.without_saving(form), newsletter)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        newsletter = kwargs.get("obj") or Newsletter()
        context |= {"look_url": designing.address_of(newsletter), "told": designing.told(newsletter)}
        return super().render_change_form(request, context, *args, **kwargs)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        form.demand_approval()
        for sentence in getattr(form, "warnings", []):
            messages.warning(request, sentence)
        coming = dates_in_words(form.instance)
        if coming:
            messages.info(request, _("Next dates: %(dates)s.") % {"dates": " · ".join(coming)})
        elif form.instance.cadence == Newsletter.Cadence.NONE:
            messages.info(request, _("This newsletter has no schedule. Editors send editions when they choose."))
        else:
            messages.warning(request, _("This newsletter isn't active, so we won't create editions of it."))

    @admin.display(description=gettext_lazy("require approval"))
    def needs_approval(self, newsletter: Newsletter) -> str:
        if newsletter._state.adding:
            return _("As its mailing list does.")
        return _("Yes, by its mailing list.") if newsletter.needs_approval else _("No")

    @admin.display(description=gettext_lazy("logo"))
    def logo_shown(self, newsletter: Newsletter) -> SafeString:
        return thumbnail(newsletter.logo)

    @admin.display(description=gettext_lazy("schedule"))
    def how_often(self, newsletter: Newsletter) -> str:
        return cadence_in_words(newsletter)

    @admin.display(description=gettext_lazy("next"))
    def next_date(self, newsletter: Newsletter) -> str:
        return next(iter(dates_in_words(newsletter, 1)), "–")

    @admin.display(description=gettext_lazy("welcome email"))
    def welcome_emails(self, newsletter: Newsletter) -> SafeString | str:
        return welcomes_in_words(newsletter)

    @admin.display(description=gettext_lazy("next dates"))
    def next_dates(self, newsletter: Newsletter) -> SafeString | str:
        coming = coming_dates(newsletter) if newsletter.pk else []
        if not coming:
            return _("Shown here once you save a schedule.")
        return dates.as_list(newsletter, coming)
