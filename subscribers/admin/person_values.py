"""The attributes and tags of one person as fields of their page: each by its kind, as far as staff may see it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lib.characters import one_line
from subscribers.admin.plain_text_forms import PlainTexts
from subscribers.attributes import holding
from subscribers.attributes.values import BadValue, Value, as_typed, in_words, parse
from subscribers.models import Attribute, Subscriber
from subscribers.models.attributes import LONGEST_TEXT, Access, tag_key

if TYPE_CHECKING:
    PersonFormBase = forms.ModelForm[Subscriber]
else:
    PersonFormBase = forms.ModelForm

PREFIX = "attribute_"
MOST_TAGS = 100
LONGEST_TAG = 80


class PersonForm(PlainTexts, PersonFormBase):
    """Subclassed by `person_form`, which adds a field for each attribute."""

    attributes_shown: tuple[Attribute, ...] = ()
    tags = forms.CharField(
        label=gettext_lazy("Tags"),
        required=False,
        max_length=MOST_TAGS * LONGEST_TAG,
        widget=forms.TextInput(attrs={"class": "vTextField iria-tags", "autocomplete": "off"}),
        help_text=gettext_lazy("Separated by commas. A new name makes a new tag."),
    )

    class Meta:
        model = Subscriber
        fields = ["name", "paused_until"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance._state.adding:
            return
        if pause := self.fields.get("paused_until"):
            # Django says “Date:” and “Time:” beside the two, which belongs to neither.
            for part, words in zip(
                pause.widget.widgets, (_("Paused until: date"), _("Paused until: time")), strict=True
            ):
                part.attrs["aria-label"] = words
        self.initial["tags"] = ", ".join(tag.name for tag in self.instance.tags.all())
        for attribute in self.attributes_shown:
            held = self.instance.attributes.get(attribute.key)
            field = self.fields[f"{PREFIX}{attribute.key}"]
            self.initial[f"{PREFIX}{attribute.key}"] = as_typed(attribute, held)
            if attribute.kind == Attribute.Kind.CHOICE and held and held not in attribute.choices:
                # A choice that is offered no more: who saves the page for another reason doesn't lose it.
                field.widget.choices = [*field.widget.choices, (held, held)]

    def clean_tags(self) -> list[str]:
        names = [one_line(name) for name in self.cleaned_data["tags"].replace("،", ",").split(",")]
        found = {tag_key(name): name for name in reversed(names) if tag_key(name)}
        if len(found) > MOST_TAGS:
            raise forms.ValidationError(_("A person can have %d tags at most.") % MOST_TAGS)
        if long := next((name for name in found.values() if len(name) > LONGEST_TAG), None):
            words = {"tag": long[:30], "most": LONGEST_TAG}
            raise forms.ValidationError(_("“%(tag)s…” is too long: at most %(most)d characters.") % words)
        return list(reversed(found.values()))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        self.values: dict[str, Value | None] = {}
        for attribute in self.attributes_shown:
            name = f"{PREFIX}{attribute.key}"
            if self.fields[name].disabled or name not in self.changed_data:
                continue
            try:
                self.values[attribute.key] = parse(attribute, data.get(name) or "")
            except BadValue as problem:
                self.add_error(name, str(problem))
        return data

    def write(self) -> None:
        """What is no column of its own, after the person was saved."""
        if self.values:
            holding.write_values(self.instance.pk, self.values)
        if "tags" in self.changed_data:
            holding.set_tags(self.instance.pk, map(holding.get_or_create_tag, self.cleaned_data["tags"]))


def shown_attributes() -> list[Attribute]:
    return list(Attribute.objects.exclude(staff_may=Access.NOTHING))


def person_form(attributes: list[Attribute]) -> type[PersonForm]:
    fields = {f"{PREFIX}{each.key}": _field(each) for each in attributes}
    return type("PersonFormWithValues", (PersonForm,), {**fields, "attributes_shown": tuple(attributes)})


def _field(attribute: Attribute) -> forms.Field:
    return forms.CharField(
        label=attribute.name,
        help_text=attribute.description,
        required=False,
        max_length=LONGEST_TEXT,
        widget=_widget(attribute),
        disabled=attribute.staff_may != Access.WRITE,
    )


def _widget(attribute: Attribute) -> forms.Widget:
    match attribute.kind:
        case Attribute.Kind.YES_NO:
            words = [(as_typed(attribute, value), in_words(attribute, value)) for value in (True, False)]
            return forms.Select(choices=[("", "–"), *words])
        case Attribute.Kind.CHOICE:
            return forms.Select(choices=[("", "–"), *((each, each) for each in attribute.choices)])
        case Attribute.Kind.DATE:
            return forms.DateInput(attrs={"type": "date"})
        case Attribute.Kind.NUMBER:
            return forms.TextInput(attrs={"inputmode": "decimal"})
        case _:
            return forms.TextInput(attrs={"class": "vTextField"})
