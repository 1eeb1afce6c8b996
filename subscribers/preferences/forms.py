"""The form of the email preferences page: what may be entered, and the sentence for what may not."""

from __future__ import annotations

from collections.abc import Sequence

from django import forms
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext_lazy as _

from subscribers import languages
from subscribers.attributes.values import BadValue, Value, parse
from subscribers.models import Attribute, Frequency, Subscription, Topic
from subscribers.models.attributes import Access
from subscribers.preferences.zones import is_zone
from subscribers.signup.forms import clean_name

ALL, SOME = "all", "some"
# So short that a phone shows them whole.
HOW_OFTEN = (
    (Frequency.EACH.value, _("Each edition")),
    (Frequency.DAILY.value, _("Daily")),
    (Frequency.WEEKLY.value, _("Weekly, on Monday")),
    (Frequency.MONTHLY.value, _("Monthly, on the first")),
)


class PreferencesForm(forms.Form):
    """A reader's name, language and, for each list with topics, all of them or some."""

    name = forms.CharField(
        required=False,
        max_length=100,
        strip=False,
        label=_("Name"),
        error_messages={"max_length": _("This name is too long. Use 100 characters or fewer.")},
    )

    language = forms.ChoiceField(
        required=False,
        label=_("Language"),
        error_messages={"invalid_choice": _("This language isn’t available. Choose from this list.")},
    )

    time_zone = forms.CharField(required=False, max_length=64, label=_("Time zone"))

    def __init__(
        self,
        data: MultiValueDict[str, str] | None = None,
        *,
        subscriptions: Sequence[Subscription],
        attributes: Sequence[Attribute] = (),
    ) -> None:
        """`attributes` are those that readers may see; those that they may change have a field."""
        super().__init__(data)
        self.attributes = list(attributes)
        self.wrong_attributes: dict[str, str] = {}
        self.values: dict[str, Value | None] = {}  # of the attributes that were posted, once the form was checked
        language = self.fields["language"]
        assert isinstance(language, forms.ChoiceField)  # noqa: S101 - for the type checker
        language.choices = [(each.code, each.name) for each in languages.offered()]
        self._posted: MultiValueDict[str, str] = data if data is not None else MultiValueDict()
        self.subscriptions = [s for s in subscriptions if s.status == Subscription.Status.CONFIRMED]
        for subscription in self.subscriptions:
            pk = subscription.mailing_list_id
            self.fields[f"frequency-{pk}"] = forms.ChoiceField(
                choices=HOW_OFTEN,
                required=False,
                error_messages={"invalid_choice": _("Choose how often you want this newsletter.")},
            )
            topics = list(subscription.mailing_list.topics.all())
            if not topics:
                continue
            self.fields[f"which-{pk}"] = forms.ChoiceField(choices=[(ALL, ALL), (SOME, SOME)], required=False)
            self.fields[f"topics-{pk}"] = forms.MultipleChoiceField(
                choices=[(topic.slug, topic.name) for topic in topics],
                required=False,
                error_messages={
                    "invalid_choice": _("“%(value)s” isn’t a topic of this newsletter. Choose from this list.")
                },
            )

    def clean_name(self) -> str:
        return clean_name(self.cleaned_data["name"])

    def clean_time_zone(self) -> str:
        zone: str = self.cleaned_data["time_zone"]
        if zone and not is_zone(zone):
            raise forms.ValidationError(_("Choose a time zone from the list."))
        return zone

    def clean(self) -> None:
        for attribute in self.attributes:
            name = f"attribute-{attribute.key}"
            if attribute.readers_may != Access.WRITE or name not in self.data:
                continue
            try:
                self.values[attribute.key] = parse(attribute, self.data[name])
            except BadValue as problem:
                self.add_error(None, str(problem))
                self.wrong_attributes[attribute.key] = str(problem)
        for subscription in self.subscriptions:
            which, topics = (f"{part}-{subscription.mailing_list_id}" for part in ("which", "topics"))
            nothing = not self.cleaned_data.get(topics) and topics not in self.errors
            if self.cleaned_data.get(which) == SOME and nothing:
                sentence = _("Choose at least one topic from %(list)s, or choose “All topics”.")
                self.add_error(topics, sentence % {"list": subscription.mailing_list.name})

    def topics_typed(self, list_id: int) -> list[str]:
        """The slugs that were posted, also when they were not accepted."""
        return self._posted.getlist(f"topics-{list_id}")

    def frequencies(self) -> dict[int, str]:
        """By list id how often it is wanted. Only lists whose choice was posted."""
        pairs = (
            (s.mailing_list_id, self.cleaned_data.get(f"frequency-{s.mailing_list_id}")) for s in self.subscriptions
        )
        return {pk: frequency for pk, frequency in pairs if frequency}

    def chosen(self) -> dict[int, list[Topic]]:
        """By list id the topics to follow; an empty list stands for everything. Only lists whose choice was posted."""
        chosen: dict[int, list[Topic]] = {}
        for subscription in self.subscriptions:
            pk = subscription.mailing_list_id
            which = self.cleaned_data.get(f"which-{pk}")
            slugs = self.cleaned_data.get(f"topics-{pk}", [])
            if which == ALL:
                chosen[pk] = []
            elif which == SOME:
                chosen[pk] = [topic for topic in subscription.mailing_list.topics.all() if topic.slug in slugs]
        return chosen
