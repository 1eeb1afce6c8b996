"""The form of a newsletter, and what must fit together in it: cadence and days, the most and the fewest articles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from newsletters.admin.content.picture_upload import PictureFields, picture_inputs
from newsletters.admin.newsletter.designing import DesignFields
from newsletters.admin.newsletter.its_list import INHERITED, take_from_list
from newsletters.admin.newsletter.schedule import WEEKDAYS
from newsletters.admin.time_zones import ZoneOfForm, ZoneWidget
from newsletters.articles import tracking_notice
from newsletters.editions import attribute_fields
from newsletters.editions.schedule import holidays
from newsletters.models import Newsletter
from newsletters.rendering import merge, utm
from subscribers import languages
from subscribers.admin.plain_text_forms import PlainTexts
from subscribers.models import MailingList

if TYPE_CHECKING:
    NewsletterFormBase = forms.ModelForm[Newsletter]
else:
    NewsletterFormBase = forms.ModelForm


_inputs = picture_inputs("logo")


class NewsletterForm(PlainTexts, ZoneOfForm, DesignFields, PictureFields, NewsletterFormBase):
    picture_field = "logo"
    markup = frozenset({"own_mjml"})

    weekdays = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Weekdays"), choices=WEEKDAYS, coerce=int, required=False,
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    language = forms.ChoiceField(
        label=gettext_lazy("Language"), required=False,
        help_text=gettext_lazy(
            "Language of the dates in its emails and of the text around your articles, such as “Read the article”."
        ),
    )  # fmt: skip
    holidays_country = forms.ChoiceField(label=gettext_lazy("Skip the public holidays of"), required=False)
    needs_approval = forms.BooleanField(
        label=gettext_lazy("Require approval"),
        required=False,
        help_text=gettext_lazy(
            "Someone who didn't work on an edition has to approve it before it goes out. Applies to every newsletter "
            "of the mailing list."
        ),
    )
    institute_colour = forms.BooleanField(label=gettext_lazy("Use the institute's colour"), required=False)
    logo_file = _inputs["logo_file"]
    logo_alt = _inputs["logo_alt"]
    logo_remove = _inputs["logo_remove"]

    class Meta:
        model = Newsletter
        fields = [
            "name", "slug", "description", "mailing_list", "language", "is_active", "from_name", "from_email",
            "reply_to", "logo", "design", "font", "colour", "background", "own_mjml", "footer", "postal_address",
            "cadence", "weekdays", "day_of_month", "send_time", "zone", "holidays_country", "holidays_region",
            "draft_hours", "mode", "topics", "at_most", "at_least", "lead_rule", "by_topic", "with_most_read",
            "with_missed", "subject_template", "undo_send_seconds", "lifetime_hours", "tracking", "utm",
        ]  # fmt: skip
        widgets = {
            "colour": forms.TextInput(attrs={"type": "color", "data-unticks": "id_institute_colour"}),
            "background": forms.TextInput(attrs={"type": "color"}),
            "own_mjml": forms.Textarea(attrs={"rows": 30, "spellcheck": "false", "wrap": "off", "dir": "ltr"}),
            "cadence": forms.RadioSelect,
            "mode": forms.RadioSelect,
            "lead_rule": forms.RadioSelect,
            "tracking": forms.RadioSelect,
            "topics": forms.CheckboxSelectMultiple,
            "zone": ZoneWidget(attrs={"class": "vTextField"}),
            "send_time": forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
            "footer": forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField"}),
            "postal_address": forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField"}),
            "description": forms.Textarea(attrs={"rows": 2, "class": "vLargeTextField"}),
        }
        help_texts = {
            "slug": gettext_lazy("First part of the web address of every edition, as in weekly-brief-12."),
            "reply_to": gettext_lazy("Where readers' replies go. If empty, they go to the sender address."),
            "footer": gettext_lazy("Shown at the end of every email, above the postal address."),
            "tracking": gettext_lazy(
                "When clicks and opens are counted, links in its emails lead through this site, and a hidden picture "
                "is loaded from it. Without knowing whose they are, the emails of all readers are the same, so nobody "
                "can tell who clicked. Counting them of each reader needs a sentence on your privacy page."
            ),
            "utm": gettext_lazy(
                "Added to the links in its emails, for the statistics of the sites they lead to. For example "
                "utm_source=iria&utm_medium=email&utm_campaign={{ newsletter }}. You can use {{ newsletter }}, "
                "{{ number }} and {{ date }}. Links to unsubscribe and to preferences never get them."
            ),
            "lead_rule": gettext_lazy(
                "What comes first. Most read is what people clicked most in emails of your other newsletters; until "
                "somebody has, the newest leads. An article that you pin (above, “Next edition”) comes before both."
            ),
            "by_topic": gettext_lazy(
                "The lead first, then a heading for each topic, in the order of your topics. An article on several "
                "topics comes under the first."
            ),
            "with_most_read": gettext_lazy(
                "At the end, links to the three articles of the last edition that people clicked most."
            ),
            "with_missed": gettext_lazy(
                "At the end, links to three articles of the last 30 days that the fewest readers clicked, each of them "
                "once."
            ),
            "lifetime_hours": gettext_lazy("How long we keep retrying emails that a server defers."),
        }
        error_messages = {
            "from_name": {"required": gettext_lazy("Enter a sender name. Email without a sender isn't delivered.")},
            "from_email": {
                "required": gettext_lazy(
                    "Enter the address the email is sent from, for example news@your-institute.org."
                ),
            },
            "postal_address": {
                "required": gettext_lazy("Enter a postal address. Many countries require one by law in every email."),
            },
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "lead_rule" in self.fields:
            self.fields["lead_rule"].required = False
        if isinstance(language := self.fields.get("language"), forms.ChoiceField):
            own, *others = languages.offered()
            language.choices = [("", own.name), *((each.code, each.name) for each in others)]
        if isinstance(country := self.fields.get("holidays_country"), forms.ChoiceField):
            country.choices = [("", _("No country: holidays are days like others")), *holidays.countries()]
        if "logo" in self.fields:
            self.fields["logo_file"].label = _("Logo")
            self.fields["logo_alt"].label = _("Alternative text of the logo")
            self.fields["logo_file"].help_text = _("Without one, the institute's logo is shown.")
            self.fields["logo_remove"].label = _("Use the institute's logo")
            self.begin_with_picture()
        self.begin_with_designs()
        for name in {"tracking", "draft_hours"} & set(self.fields):
            self.fields[name].required = False  # where nothing is chosen it stays as it is
        if self.instance.pk is None:
            for name in set(INHERITED) & set(self.fields):
                self.fields[name].required = False  # taken from the list where they are left empty: see clean()
        if "needs_approval" in self.fields and self.instance.pk:
            self.initial["needs_approval"] = self.instance.needs_approval

    def clean_colour(self) -> str:
        chosen: str = self.cleaned_data["colour"]
        return "" if self.data.get(self.add_prefix("institute_colour")) else chosen

    def clean_tracking(self) -> str:
        """Where nothing is chosen it stays as it is."""
        chosen: str = self.cleaned_data["tracking"]
        if chosen == Newsletter.Tracking.READER and (problem := tracking_notice.problem()):
            raise forms.ValidationError(problem)
        return chosen or self.instance.tracking

    def clean_draft_hours(self) -> int:
        hours: int | None = self.cleaned_data["draft_hours"]
        return self.instance.draft_hours if hours is None else hours

    def clean_lead_rule(self) -> str:
        """Where nothing is chosen it stays as it is."""
        chosen: str = self.cleaned_data["lead_rule"]
        return chosen or self.instance.lead_rule

    def clean_utm(self) -> str:
        try:
            return utm.tidied(self.cleaned_data["utm"])
        except utm.BadParameters as problem:
            raise forms.ValidationError(str(problem)) from None

    def clean_weekdays(self) -> list[int]:
        return sorted(self.cleaned_data["weekdays"])

    def clean_holidays_region(self) -> str:
        region: str = self.cleaned_data["holidays_region"].strip()
        country = self.cleaned_data.get("holidays_country")
        if not region or (not country and "holidays_country" in self.errors):
            return ""
        if not country:
            raise forms.ValidationError(_("Choose the country of this region as well, or leave the region empty."))
        try:
            return holidays.check_region(country, region)
        except holidays.NoSuchRegion as problem:
            raise forms.ValidationError(str(problem)) from None

    def clean_subject_template(self) -> str:
        text: str = self.cleaned_data["subject_template"]
        try:
            attribute_fields.check(text)
        except merge.BadMergeField as problem:
            raise forms.ValidationError(str(problem)) from None
        return text

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        self.clean_picture()
        self.judge_own_design()
        self._take_from_list(cleaned)
        cadence = cleaned.get("cadence")
        if cadence == Newsletter.Cadence.WEEKLY and "weekdays" not in self.errors and not cleaned.get("weekdays"):
            self.add_error("weekdays", _("Choose at least one weekday."))
        if (
            cadence == Newsletter.Cadence.MONTHLY
            and "day_of_month" not in self.errors
            and not cleaned.get("day_of_month")
        ):
            self.add_error("day_of_month", _("Enter the day of the month, from 1 to 31."))
        if cleaned.get("mode") == Newsletter.Mode.DROP and cleaned.get("draft_hours") == 0:
            self.add_error("draft_hours", _("Enter some hours: a draft made at the time itself would be dropped."))
        if cadence != Newsletter.Cadence.NONE and "send_time" not in self.errors and not cleaned.get("send_time"):
            self.add_error("send_time", _("Enter the time of day, for example 07:00."))
        if cleaned.get("tracking") == Newsletter.Tracking.OFF and (
            cleaned.get("with_most_read") or cleaned.get("with_missed")
        ):
            self.warnings.append(
                _(
                    "This newsletter doesn't count clicks, so we don't know what was read: “Most read since last time” "
                    "and “In case you missed it” stay out."
                )
            )
        at_most, at_least = cleaned.get("at_most"), cleaned.get("at_least")
        if at_most and at_least and at_least > at_most:
            self.add_error(
                "at_least",
                _(
                    "With a maximum of %(most)d articles there would never be %(least)d, so every "
                    "edition would be skipped."
                )
                % {"most": at_most, "least": at_least},
            )
        return self.cleaned_data

    def _take_from_list(self, cleaned: dict[str, Any]) -> None:
        if isinstance(chosen := cleaned.get("mailing_list"), MailingList) and self.instance.pk is None:
            take_from_list(cleaned, chosen)
        for name in INHERITED:
            if name in self.fields and name not in self.errors and not cleaned.get(name):
                self.add_error(name, self.fields[name].error_messages["required"])

    def demand_approval(self) -> None:
        """Store what was ticked with the list. For one newsletter more on a list, an empty box changes nothing."""
        if "needs_approval" not in self.fields:
            return
        wanted: bool = self.cleaned_data["needs_approval"]
        taken_away = "needs_approval" in self.changed_data and "mailing_list" not in self.changed_data
        if wanted or taken_away:
            MailingList.objects.filter(pk=self.instance.mailing_list_id).update(needs_approval=wanted)
