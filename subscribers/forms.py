"""The forms of the reader's pages: what may be typed, and the sentence for what may not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django import forms
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext_lazy as _

from lib.addresses import BadAddress, normalise
from subscribers import languages
from subscribers.models import MailingList, Subscription, Topic
from subscribers.signup.double_opt_in import MOST_LISTS_AT_ONCE

ALL, SOME = "all", "some"


def _single_line(value: str) -> str:
    if any(character in value for character in "\r\n"):
        raise forms.ValidationError(_("The name must be on one line. Please type it again."))
    return value


class AddressForm(forms.Form):
    """One address."""

    email = forms.CharField(required=False, label=_("E-mail address"))

    def clean_email(self) -> str:
        try:
            return normalise(self.data.get("email", ""))
        except BadAddress as problem:
            raise forms.ValidationError(str(problem)) from None


class SignupForm(AddressForm):
    """The sign-up form, from our pages or any other site's. `lists` and `topics` are slugs."""

    name = forms.CharField(
        required=False,
        max_length=100,
        strip=False,
        label=_("Name"),
        error_messages={"max_length": _("This name is too long: 100 characters are the most we can keep.")},
    )
    lists = forms.MultipleChoiceField(
        required=False,
        label=_("Newsletters"),
        error_messages={"invalid_choice": _("There is no newsletter “%(value)s” here. Please choose from this list.")},
    )
    topics = forms.MultipleChoiceField(
        required=False,
        label=_("Topics"),
        error_messages={"invalid_choice": _("There is no topic “%(value)s” here. Please choose from this list.")},
    )

    def __init__(
        self, data: MultiValueDict[str, str] | None = None, *, offered: Sequence[MailingList], topics: Iterable[Topic]
    ) -> None:
        super().__init__(data)
        self.lists_by_slug = {mailing_list.slug: mailing_list for mailing_list in offered}
        self.topics_by_slug = {topic.slug: topic for topic in topics}
        self._choices("lists").choices = [(slug, slug) for slug in self.lists_by_slug]
        self._choices("topics").choices = [(slug, slug) for slug in self.topics_by_slug]

    def _choices(self, name: str) -> forms.MultipleChoiceField:
        field = self.fields[name]
        assert isinstance(field, forms.MultipleChoiceField)  # noqa: S101 - for the type checker
        return field

    def clean_name(self) -> str:
        return _single_line(self.cleaned_data["name"].strip())

    def clean_lists(self) -> list[MailingList]:
        slugs = dict.fromkeys(self.cleaned_data["lists"])
        if len(slugs) > MOST_LISTS_AT_ONCE:
            raise forms.ValidationError(
                _("Please choose at most %(most)s newsletters at once.") % {"most": MOST_LISTS_AT_ONCE}
            )
        return [self.lists_by_slug[slug] for slug in slugs] or list(self.lists_by_slug.values())[:1]

    def clean_topics(self) -> list[Topic]:
        return [self.topics_by_slug[slug] for slug in dict.fromkeys(self.cleaned_data["topics"])]


class PreferencesForm(forms.Form):
    """A reader's name, language and, for each list with topics, all of them or some."""

    name = forms.CharField(
        required=False,
        max_length=100,
        strip=False,
        label=_("Name"),
        error_messages={"max_length": _("This name is too long: 100 characters are the most we can keep.")},
    )

    language = forms.ChoiceField(
        required=False,
        label=_("Language"),
        error_messages={"invalid_choice": _("There is no such language here. Please choose from this list.")},
    )

    def __init__(self, data: MultiValueDict[str, str] | None = None, *, subscriptions: Sequence[Subscription]) -> None:
        super().__init__(data)
        language = self.fields["language"]
        assert isinstance(language, forms.ChoiceField)  # noqa: S101 - for the type checker
        language.choices = [(each.code, each.name) for each in languages.offered()]
        self._posted: MultiValueDict[str, str] = data if data is not None else MultiValueDict()
        self.subscriptions = [s for s in subscriptions if s.status == Subscription.Status.CONFIRMED]
        for subscription in self.subscriptions:
            topics = list(subscription.mailing_list.topics.all())
            if not topics:
                continue
            pk = subscription.mailing_list_id
            self.fields[f"which-{pk}"] = forms.ChoiceField(choices=[(ALL, ALL), (SOME, SOME)], required=False)
            self.fields[f"topics-{pk}"] = forms.MultipleChoiceField(
                choices=[(topic.slug, topic.name) for topic in topics],
                required=False,
                error_messages={
                    "invalid_choice": _("There is no topic “%(value)s” in this newsletter. Please choose again.")
                },
            )

    def clean_name(self) -> str:
        return _single_line(self.cleaned_data["name"].strip())

    def clean(self) -> None:
        for subscription in self.subscriptions:
            which, topics = (f"{part}-{subscription.mailing_list_id}" for part in ("which", "topics"))
            nothing = not self.cleaned_data.get(topics) and topics not in self.errors
            if self.cleaned_data.get(which) == SOME and nothing:
                sentence = _("Choose at least one topic of %(list)s, or “Everything”.")
                self.add_error(topics, sentence % {"list": subscription.mailing_list.name})

    def topics_typed(self, list_id: int) -> list[str]:
        """The slugs that were posted, also when they were not accepted."""
        return self._posted.getlist(f"topics-{list_id}")

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
