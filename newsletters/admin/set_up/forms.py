"""The forms of the set-up: of each model the few fields that matter first."""

from __future__ import annotations

import re
from datetime import time
from typing import TYPE_CHECKING, Any

from django import forms
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lib.characters import TooManyMarks, has_long_run_of_marks
from lib.readable_slugs import readable_slug
from newsletters.admin.content.picture_upload import PictureFields, picture_inputs
from newsletters.admin.newsletter.its_list import first_values, free_slug, make_list_for
from newsletters.admin.time_zones import ZoneOfForm, ZoneWidget
from newsletters.models import Institute, Newsletter
from newsletters.models.institute import USUAL_COLOUR
from subscribers.admin.plain_text_forms import PlainTexts
from subscribers.models import Topic

if TYPE_CHECKING:
    InstituteFormBase = forms.ModelForm[Institute]
    NewsletterFormBase = forms.ModelForm[Newsletter]
else:
    InstituteFormBase = NewsletterFormBase = forms.ModelForm

MOST_TOPICS = 20
_inputs = picture_inputs("logo")


class InstituteStepForm(PlainTexts, ZoneOfForm, InstituteFormBase):
    class Meta:
        model = Institute
        fields = ["name", "tagline", "contact_email", "zone"]
        labels = {"tagline": gettext_lazy("Tagline (optional)")}
        widgets = {"zone": ZoneWidget(attrs={"class": "vTextField"})}
        help_texts = {
            "name": gettext_lazy("At the top of every page and email."),
            "tagline": gettext_lazy("A few words beside the name."),
            "zone": gettext_lazy("Dates on your site are in this time zone. For example Europe/Berlin."),
            "contact_email": gettext_lazy("Shown at the bottom of every page. Notices about comments go there, too."),
        }
        error_messages = {
            "name": {"required": gettext_lazy("Enter the name of your institute.")},
            "contact_email": {"required": gettext_lazy("Enter an email address at which readers can reach you.")},
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["contact_email"].required = True
        if self.instance._state.adding:
            self.initial["name"] = ""  # the default is the program's name
            if not self.is_bound:
                self.fields["zone"].widget.attrs["data-guess-zone"] = "1"


class LookStepForm(PlainTexts, PictureFields, InstituteFormBase):
    picture_field = "logo"
    logo_file = _inputs["logo_file"]
    logo_alt = _inputs["logo_alt"]
    logo_remove = _inputs["logo_remove"]

    class Meta:
        model = Institute
        fields = ["logo", "accent"]
        widgets = {"accent": forms.TextInput(attrs={"type": "color"})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["accent"] = self.instance.accent or USUAL_COLOUR
        self.fields["logo_file"].label = _("Logo (optional)")
        self.fields["logo_alt"].label = _("Alternative text of the logo")
        self.fields["logo_alt"].help_text = _("For people who can't see it. Usually the name of the institute.")
        self.fields["logo_remove"].label = _("Don't show a logo")
        self.order_fields(["logo", "logo_file", "logo_alt", "logo_remove", "accent"])
        self.begin_with_picture()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not cleaned.get("logo_alt") and (cleaned.get("logo_file") or cleaned.get("logo")):
            cleaned["logo_alt"] = self.instance.name
        self.clean_picture()
        return self.cleaned_data


RHYTHMS: dict[str, tuple[Any, dict[str, Any]]] = {
    "none": (gettext_lazy("Whenever an editor sends one"), {"cadence": Newsletter.Cadence.NONE}),
    "weekdays": (gettext_lazy("Every weekday morning"),
                 {"cadence": Newsletter.Cadence.WEEKLY, "weekdays": [1, 2, 3, 4, 5], "send_time": time(7)}),
    "weekly": (gettext_lazy("Every Monday morning"),
               {"cadence": Newsletter.Cadence.WEEKLY, "weekdays": [1], "send_time": time(7)}),
    "monthly": (gettext_lazy("On the first of every month"),
                {"cadence": Newsletter.Cadence.MONTHLY, "day_of_month": 1, "send_time": time(7)}),
}  # fmt: skip


class NewsletterStepForm(PlainTexts, NewsletterFormBase):
    """The newsletter and its mailing list at once."""

    rhythm = forms.ChoiceField(
        label=gettext_lazy("How often it comes"), initial="weekly", widget=forms.RadioSelect,
        choices=[(key, words) for key, (words, _values) in RHYTHMS.items()],
        help_text=gettext_lazy(
            "At 07:00 in your institute's time zone we make a draft of what is new, for an editor to send. You can "
            "change days, time and mode later."
        ),
    )  # fmt: skip

    topics = forms.CharField(
        label=gettext_lazy("What you write about"), initial=gettext_lazy("News"), max_length=1000,
        help_text=gettext_lazy(
            "Topics, with commas between them. Articles are filed under them, and readers can choose which they follow."
        ),
        error_messages={"required": gettext_lazy("Name at least one topic: every article is filed under one.")},
    )  # fmt: skip

    class Meta:
        model = Newsletter
        fields = ["name", "description", "from_name", "from_email", "postal_address"]
        widgets = {
            "postal_address": forms.Textarea(attrs={"rows": 3}),
            "description": forms.Textarea(attrs={"rows": 2}),
        }
        help_texts = {
            "name": gettext_lazy("Readers see it in the sign-up form and at the top of every email."),
            "description": gettext_lazy("What readers get, in one sentence, for the sign-up form."),
            "from_email": gettext_lazy("At a domain that your mail server may send for."),
        }
        error_messages = {
            "name": {"required": gettext_lazy("Enter a name for the newsletter.")},
            "from_name": {"required": gettext_lazy("Enter a sender name. Email without a sender isn't delivered.")},
            "from_email": {"required": gettext_lazy("Enter the address that the newsletter is sent from.")},
            "postal_address": {
                "required": gettext_lazy("Enter a postal address. Many countries require one by law in every email.")
            },
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order_fields(["name", "description", "topics", "rhythm", "from_name", "from_email", "postal_address"])
        self.initial = {**first_values(), **self.initial}

    def clean_topics(self) -> list[str]:
        parts = [part.strip() for part in re.split("[,،;\n]", self.cleaned_data["topics"])]
        names = list(dict.fromkeys(filter(None, parts)))
        if not names:
            raise forms.ValidationError(self.fields["topics"].error_messages["required"])
        if len(names) > MOST_TOPICS:
            raise forms.ValidationError(_("These are %(n)d topics. Begin with %(most)d at most.") % {
                "n": len(names), "most": MOST_TOPICS,
            })  # fmt: skip
        for name in names:
            if has_long_run_of_marks(name):
                raise forms.ValidationError(str(TooManyMarks()))
            if len(name) > 80:
                raise forms.ValidationError(_("“%s…” is too long for a topic. Put commas between topics.") % name[:30])
            if not readable_slug(name):
                raise forms.ValidationError(_("“%s” needs at least one letter or digit.") % name)
        return names

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for name in ("name", "from_name"):
            if any(character in (cleaned.get(name) or "") for character in "\r\n"):
                self.add_error(name, _("This is used in email headers and must be on one line."))
        return cleaned

    def save(self, commit: bool = True) -> Newsletter:
        newsletter = self.instance
        newsletter.slug = free_slug(Newsletter, self.cleaned_data["name"])
        newsletter.zone = first_values()["zone"]
        for name, value in RHYTHMS[self.cleaned_data["rhythm"]][1].items():
            setattr(newsletter, name, value)
        with transaction.atomic():
            made = make_list_for(newsletter)
            made.topics.set(self._make_topics())
            newsletter.save()
        return newsletter

    def _make_topics(self) -> list[Topic]:
        """Those that there are already stay as they are."""
        topics = list(Topic.objects.all())
        for number, name in enumerate(self.cleaned_data["topics"], 1):
            slug = readable_slug(name, most=80)
            if not any(name == topic.name or slug == topic.slug for topic in topics):
                topics.append(Topic.objects.create(name=name, slug=slug, position=10 * number))
        return topics
