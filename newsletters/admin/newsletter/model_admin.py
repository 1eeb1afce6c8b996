"""Newsletters: sender, design, how often, and the rule by which an edition finds its articles.

Saving answers with the next five dates in words, in the newsletter's own time zone, so that a wrong weekday or zone
is seen at once and not at the first edition that comes at night.
"""

from __future__ import annotations

import difflib
import zoneinfo
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.forms.renderers import BaseRenderer
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from newsletters.admin.content.picture_upload import PictureFields, picture_inputs, thumbnail, without_inputs
from newsletters.admin.newsletter import designing
from newsletters.admin.newsletter.designing import OWN_DESIGN, DesignFields, without
from newsletters.admin.roles import may
from newsletters.editions.scheduling import in_words, next_moments
from newsletters.models import Newsletter, Occurrence
from newsletters.rendering import merge
from subscribers import languages
from subscribers.admin.big_tables import CappedPaginator
from subscribers.admin.plain_text_forms import PlainTexts

if TYPE_CHECKING:
    NewsletterAdminBase = admin.ModelAdmin[Newsletter]
    OccurrenceAdminBase = admin.ModelAdmin[Occurrence]
    NewsletterFormBase = forms.ModelForm[Newsletter]
else:
    NewsletterAdminBase = OccurrenceAdminBase = admin.ModelAdmin
    NewsletterFormBase = forms.ModelForm

WEEKDAYS = [
    (1, gettext_lazy("Monday")),
    (2, gettext_lazy("Tuesday")),
    (3, gettext_lazy("Wednesday")),
    (4, gettext_lazy("Thursday")),
    (5, gettext_lazy("Friday")),
    (6, gettext_lazy("Saturday")),
    (7, gettext_lazy("Sunday")),
]
DATES_SHOWN = 5
REQUIRE_APPROVAL = "newsletters.require_approval_newsletter"


@lru_cache(maxsize=1)
def zone_names() -> tuple[str, ...]:
    """The zones that a person would look for: places, and UTC."""
    return tuple(sorted(name for name in zoneinfo.available_timezones() if "/" in name or name == "UTC"))


def check_zone(name: str) -> str:
    """The IANA name, capitalised as IANA does. Raises `ValidationError` that offers the likeliest."""
    by_folded = {known.casefold(): known for known in zoneinfo.available_timezones()}
    wanted = name.strip().replace(" ", "_")
    if found := by_folded.get(wanted.casefold()):
        return found
    places = {known.rpartition("/")[2].casefold(): known for known in zone_names()}
    if found := places.get(wanted.casefold()):
        near = [found]
    else:
        close = difflib.get_close_matches(wanted.casefold(), [*by_folded, *places], n=1, cutoff=0.6)
        near = [by_folded.get(close[0]) or places[close[0]]] if close else []
    if near:
        raise forms.ValidationError(
            _("“%(name)s” is no time zone; did you mean %(near)s?") % {"name": name, "near": near[0]}
        )
    raise forms.ValidationError(
        _("“%(name)s” is no time zone. Write it as area and city, for example Europe/Berlin.") % {"name": name}
    )


class ZoneWidget(forms.TextInput):
    """A text field with the known zones to choose from; a datalist, so that typing a few letters is enough."""

    def render(
        self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: BaseRenderer | None = None
    ) -> SafeString:
        list_id = f"{(attrs or {}).get('id', name)}_zones"
        field = super().render(name, value, {**(attrs or {}), "list": list_id, "autocomplete": "off"}, renderer)
        options = format_html_join("", '<option value="{}">', ((zone,) for zone in zone_names()))
        return format_html('{}<datalist id="{}">{}</datalist>', field, list_id, options)


_inputs = picture_inputs("logo")


class NewsletterForm(PlainTexts, DesignFields, PictureFields, NewsletterFormBase):
    picture_field = "logo"

    weekdays = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Weekdays"), choices=WEEKDAYS, coerce=int, required=False,
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    language = forms.ChoiceField(
        label=gettext_lazy("Language"), required=False,
        help_text=gettext_lazy("Of what its mails say around your articles, such as “Read the article”, and of dates."),
    )  # fmt: skip
    logo_file = _inputs["logo_file"]
    logo_alt = _inputs["logo_alt"]
    logo_remove = _inputs["logo_remove"]

    class Meta:
        model = Newsletter
        fields = [
            "name", "slug", "description", "mailing_list", "language", "is_active", "from_name", "from_email",
            "reply_to", "logo", "design", "font", "colour", "background", "own_mjml", "footer", "postal_address",
            "cadence", "weekdays", "day_of_month", "send_time", "zone", "mode", "topics", "at_most", "at_least",
            "subject_template", "needs_approval", "undo_send_seconds", "lifetime_hours",
        ]  # fmt: skip
        widgets = {
            "colour": forms.TextInput(attrs={"type": "color"}),
            "background": forms.TextInput(attrs={"type": "color"}),
            "own_mjml": forms.Textarea(attrs={"rows": 30, "spellcheck": "false", "wrap": "off", "dir": "ltr"}),
            "cadence": forms.RadioSelect,
            "mode": forms.RadioSelect,
            "topics": forms.CheckboxSelectMultiple,
            "zone": ZoneWidget(attrs={"class": "vTextField"}),
            "send_time": forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
            "footer": forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField"}),
            "postal_address": forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField"}),
            "description": forms.Textarea(attrs={"rows": 2, "class": "vLargeTextField"}),
        }
        help_texts = {
            "slug": gettext_lazy("Begins the web address of every edition, as in weekly-brief-12."),
            "reply_to": gettext_lazy("Where readers' answers go. Empty: to the sender address."),
            "footer": gettext_lazy("Stands at the end of every mail, above the postal address."),
            "lifetime_hours": gettext_lazy("So long is a mail tried again that a server put off."),
        }
        error_messages = {
            "from_name": {
                "required": gettext_lazy("Say who the mail is from: a mail without a sender is not delivered.")
            },
            "from_email": {
                "required": gettext_lazy(
                    "Give the address that the mail is from, for example news@your-institute.org."
                ),
            },
            "postal_address": {
                "required": gettext_lazy(
                    "Give a postal address: the law of many countries asks for one in every mail."
                ),
            },
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if isinstance(language := self.fields.get("language"), forms.ChoiceField):
            own, *others = languages.offered()
            language.choices = [("", own.name), *((each.code, each.name) for each in others)]
        if "logo" in self.fields:
            self.fields["logo_file"].label = _("Logo")
            self.fields["logo_alt"].label = _("Alternative text of the logo")
            self.fields["logo_remove"].label = _("Show no logo")
            self.begin_with_picture()
        self.begin_with_designs()

    def clean_zone(self) -> str:
        return check_zone(self.cleaned_data["zone"])

    def clean_weekdays(self) -> list[int]:
        return sorted(self.cleaned_data["weekdays"])

    def clean_subject_template(self) -> str:
        text: str = self.cleaned_data["subject_template"]
        try:
            merge.check(text)
        except merge.BadMergeField as problem:
            raise forms.ValidationError(str(problem)) from None
        return text

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        self.clean_picture()
        self.judge_own_design()
        cadence = cleaned.get("cadence")
        if cadence == Newsletter.Cadence.WEEKLY and "weekdays" not in self.errors and not cleaned.get("weekdays"):
            self.add_error("weekdays", _("Choose at least one weekday."))
        if (
            cadence == Newsletter.Cadence.MONTHLY
            and "day_of_month" not in self.errors
            and not cleaned.get("day_of_month")
        ):
            self.add_error("day_of_month", _("Say on which day of the month, from 1 to 31."))
        if cadence != Newsletter.Cadence.NONE and "send_time" not in self.errors and not cleaned.get("send_time"):
            self.add_error("send_time", _("Say at what time of day, for example 07:00."))
        at_most, at_least = cleaned.get("at_most"), cleaned.get("at_least")
        if at_most and at_least and at_least > at_most:
            self.add_error(
                "at_least",
                _("With at most %(most)d articles there would never be %(least)d: every edition would be skipped.")
                % {"most": at_most, "least": at_least},
            )
        return self.cleaned_data


@admin.register(Newsletter)
class NewsletterAdmin(NewsletterAdminBase):
    form = NewsletterForm
    change_form_template = "admin/newsletters/newsletter/change_form.html"
    list_display = ["name", "mailing_list", "how_often", "mode", "next_date", "is_active"]
    list_select_related = ["mailing_list"]
    search_fields = ["name", "description"]
    prepopulated_fields = {"slug": ("name",)}
    readonly_fields = ["next_dates"]
    fieldsets = [
        (None, {"fields": ["name", "slug", "description", "mailing_list", "language", "is_active"]}),
        (gettext_lazy("Sender"), {"fields": ["from_name", "from_email", "reply_to"]}),
        (
            gettext_lazy("Design"),
            {
                "classes": ["iria-design"],
                "fields": [
                    "design", "own_mjml", "font", "colour", "background", "logo", "logo_file", "logo_alt",
                    "logo_remove", "footer", "postal_address",
                ],
            },
        ),
        (
            gettext_lazy("How often"),
            {
                "description": gettext_lazy("The time of day is the zone's own, in summer and in winter."),
                "fields": ["cadence", "weekdays", "day_of_month", "send_time", "zone", "mode", "next_dates"],
            },
        ),
        (
            gettext_lazy("Which articles"),
            {
                "description": gettext_lazy("New ones only: published, and in no earlier edition of this newsletter."),
                "fields": ["topics", "at_most", "at_least", "subject_template"],
            },
        ),
        (gettext_lazy("Sending"), {"fields": ["needs_approval", "undo_send_seconds", "lifetime_hours"]}),
    ]  # fmt: skip

    def get_fieldsets(self, request: HttpRequest, obj: Newsletter | None = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        if not may(request, OWN_DESIGN):
            fieldsets = without(fieldsets, "own_mjml")
        if obj is None or self.has_change_permission(request, obj):
            return fieldsets
        return without_inputs(fieldsets, NewsletterForm, {"cadence": "how_often", "logo": "logo_shown"})

    def get_readonly_fields(self, request: HttpRequest, obj: Newsletter | None = None) -> Any:
        """Who sends does not switch the second person off, and on again afterwards."""
        fields = super().get_readonly_fields(request, obj)
        return fields if may(request, REQUIRE_APPROVAL) else [*fields, "needs_approval"]

    def get_urls(self) -> list[URLPattern]:
        look = self.admin_site.admin_view(self._look)
        return [
            path("look/", look, name="newsletters_newsletter_look"),
            path("<int:pk>/look/", look, name="newsletters_newsletter_look_of"),
            *super().get_urls(),
        ]

    def _look(self, request: HttpRequest, pk: int | None = None) -> HttpResponse:
        """A mail with the look that the form has just now, for the frame beside it. Nothing is saved."""
        newsletter = self.get_object(request, str(pk)) if pk else None
        if pk and newsletter is None:
            raise Http404(_("There is no such newsletter."))
        allowed = self.has_view_permission(request, newsletter) if pk else self.has_add_permission(request)
        if not allowed:
            raise PermissionDenied(_("Your role may not look at newsletters."))
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
        for sentence in getattr(form, "warnings", []):
            messages.warning(request, sentence)
        dates = dates_in_words(form.instance)
        if dates:
            messages.info(request, _("The next dates: %(dates)s.") % {"dates": " · ".join(dates)})
        elif form.instance.cadence == Newsletter.Cadence.NONE:
            messages.info(request, _("This newsletter has no dates: editors send its editions when they like."))
        else:
            messages.warning(request, _("This newsletter is not active, so no edition will be made of it."))

    @admin.display(description=gettext_lazy("logo"))
    def logo_shown(self, newsletter: Newsletter) -> SafeString:
        return thumbnail(newsletter.logo)

    @admin.display(description=gettext_lazy("how often"))
    def how_often(self, newsletter: Newsletter) -> str:
        if newsletter.cadence == Newsletter.Cadence.WEEKLY:
            days = dict(WEEKDAYS)
            return ", ".join(str(days[day]) for day in newsletter.weekdays if day in days)
        if newsletter.cadence == Newsletter.Cadence.MONTHLY:
            return _("monthly, on day %(day)s") % {"day": newsletter.day_of_month}
        return str(newsletter.get_cadence_display())

    @admin.display(description=gettext_lazy("next"))
    def next_date(self, newsletter: Newsletter) -> str:
        return next(iter(dates_in_words(newsletter, 1)), "–")

    @admin.display(description=gettext_lazy("next dates"))
    def next_dates(self, newsletter: Newsletter) -> SafeString | str:
        dates = dates_in_words(newsletter) if newsletter.pk else []
        if not dates:
            return _("Shown here once a cadence is saved.")
        return format_html('<ul class="iria-dates">{}</ul>', format_html_join("", "<li>{}</li>", ((d,) for d in dates)))


def dates_in_words(newsletter: Newsletter, count: int = DATES_SHOWN) -> list[str]:
    """The next dates as sentences say them; none for a newsletter that is not active or has no cadence."""
    if not newsletter.is_active or newsletter.cadence == Newsletter.Cadence.NONE:
        return []
    return [in_words(moment, newsletter.zone) for moment in next_moments(newsletter, timezone.now(), count)]


@admin.register(Occurrence)
class OccurrenceAdmin(OccurrenceAdminBase):
    """The dates that came: an edition made, skipped for want of articles, or missed. To read only."""

    list_display = ["newsletter", "nominal", "state", "reason", "due_at"]
    list_filter = ["newsletter", "state"]
    list_select_related = ["newsletter"]
    list_max_show_all = 0
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    paginator = CappedPaginator

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Occurrence | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Occurrence | None = None) -> bool:
        return False
