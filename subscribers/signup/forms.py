"""The sign-up form: what may be entered, and the sentence for what may not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django import forms
from django.conf import settings
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext_lazy as _

from lib.addresses import BadAddress, normalise
from lib.entities import without_entities
from lib.names import AddressInName, check_name
from subscribers.models import MailingList, Topic
from subscribers.signup.disposable_domains import is_disposable
from subscribers.signup.double_opt_in import MOST_LISTS_AT_ONCE


def clean_name(value: str) -> str:
    """The name as it is stored, if it stands on one line and leads nowhere. Raises `ValidationError`. Call it with a
    name whose length was checked: it is decoded until nothing is left, so that no address comes out later."""
    name = value.strip()
    while (decoded := without_entities(name)) != name:
        name = decoded
    if any(character in name for character in "\r\n"):
        raise forms.ValidationError(_("Enter your name on one line."))
    try:
        return check_name(name)
    except AddressInName as problem:
        raise forms.ValidationError(str(problem)) from None


class AddressForm(forms.Form):
    """One address."""

    email = forms.CharField(required=False, label=_("Email address"))

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
        error_messages={"max_length": _("This name is too long. Use 100 characters or fewer.")},
    )
    lists = forms.MultipleChoiceField(
        required=False,
        label=_("Newsletters"),
        error_messages={"invalid_choice": _("“%(value)s” isn’t one of our newsletters. Choose from this list.")},
    )
    topics = forms.MultipleChoiceField(
        required=False,
        label=_("Topics"),
        error_messages={"invalid_choice": _("“%(value)s” isn’t one of our topics. Choose from this list.")},
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

    def clean_email(self) -> str:
        email = super().clean_email()
        if settings.REFUSE_DISPOSABLE_ADDRESSES and is_disposable(email):
            raise forms.ValidationError(
                _("This address only works for a short time, so our emails wouldn’t reach you. Enter another address.")
            )
        return email

    def clean_name(self) -> str:
        return clean_name(self.cleaned_data["name"])

    def clean_lists(self) -> list[MailingList]:
        slugs = dict.fromkeys(self.cleaned_data["lists"])
        if len(slugs) > MOST_LISTS_AT_ONCE:
            raise forms.ValidationError(_("Choose %(most)s newsletters or fewer.") % {"most": MOST_LISTS_AT_ONCE})
        return [self.lists_by_slug[slug] for slug in slugs] or list(self.lists_by_slug.values())[:1]

    def clean_topics(self) -> list[Topic]:
        return [self.topics_by_slug[slug] for slug in dict.fromkeys(self.cleaned_data["topics"])]
