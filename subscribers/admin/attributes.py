"""Attributes and tags: what a publisher knows about people beyond the address."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from subscribers.admin.big_tables import AnyAdmin
from subscribers.admin.plain_text_forms import PlainTexts
from subscribers.attributes.defining import delete_attribute
from subscribers.attributes.holding import free_slug
from subscribers.attributes.keys import is_reserved
from subscribers.attributes.values import BadValue, Value, as_typed, parse
from subscribers.models import Attribute, Tag
from subscribers.models.attributes import LONGEST_CHOICE, LONGEST_TEXT, MOST_ATTRIBUTES, MOST_CHOICES, tag_key
from subscribers.segments.attribute_fields import PREFIX
from subscribers.segments.uses import segments_asking

if TYPE_CHECKING:
    AttributeFormBase = forms.ModelForm[Attribute]
    TagFormBase = forms.ModelForm[Tag]
else:
    AttributeFormBase, TagFormBase = forms.ModelForm, forms.ModelForm


class AttributeForm(PlainTexts, AttributeFormBase):
    choices = forms.CharField(
        label=gettext_lazy("Choices"),
        required=False,
        max_length=MOST_CHOICES * (LONGEST_CHOICE + 2),
        widget=forms.Textarea(attrs={"rows": 4, "class": "vLargeTextField"}),
        help_text=gettext_lazy("For the kind “choice”: one on each line, in the order in which they are shown."),
    )

    default = forms.CharField(
        label=gettext_lazy("Default in emails"),
        required=False,
        max_length=LONGEST_TEXT,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
        help_text=gettext_lazy("What emails say to readers who have no value, where the text has no fallback."),
    )

    class Meta:
        model = Attribute
        fields = [
            "name", "key", "description", "kind", "choices", "default", "readers_may", "staff_may", "api_may",
            "imports_may", "position",
        ]  # fmt: skip
        help_texts = {
            "key": gettext_lazy("How files and other programs call it, for example city. Never changes."),
            "kind": gettext_lazy("Never changes."),
            "readers_may": gettext_lazy("On their own page of email preferences."),
            "position": gettext_lazy("Attributes with lower numbers come first."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance._state.adding:
            self.initial["choices"] = "\n".join(self.instance.choices)
            self.initial["default"] = as_typed(self.instance, self.instance.default)

    def clean_key(self) -> str:
        key: str = self.cleaned_data["key"]
        if is_reserved(key):
            raise forms.ValidationError(_("“%s” already means something else. Choose another name.") % key)
        return key

    def clean_choices(self) -> list[str]:
        lines = [" ".join(line.split()) for line in self.cleaned_data["choices"].splitlines()]
        choices = [line for line in lines if line]
        if len(choices) > MOST_CHOICES:
            raise forms.ValidationError(_("At most %d choices.") % MOST_CHOICES)
        if long := next((each for each in choices if len(each) > LONGEST_CHOICE), None):
            words = {"choice": long[:40], "most": LONGEST_CHOICE}
            raise forms.ValidationError(_("“%(choice)s…” is too long: at most %(most)d characters.") % words)
        if len({each.casefold() for each in choices}) < len(choices):
            raise forms.ValidationError(_("Each choice can only be there once."))
        return choices

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        kind, choices = data.get("kind", self.instance.kind), data.get("choices") or []
        if kind == Attribute.Kind.CHOICE and not choices and "choices" not in self.errors:
            self.add_error("choices", _("Enter the choices, one on each line."))
        data["choices"] = choices if kind == Attribute.Kind.CHOICE else []
        data["default"] = self._default(data.get("default") or "", str(kind), data["choices"])
        if self.instance._state.adding and Attribute.objects.count() >= MOST_ATTRIBUTES:
            self.add_error(None, _("There are already %d attributes, which is the most.") % MOST_ATTRIBUTES)
        return data

    def _default(self, typed: str, kind: str, choices: list[str]) -> Value | None:
        if "choices" in self.errors:
            return None  # which is to be mended first
        try:
            return parse(Attribute(name=str(_("Default")), kind=kind, choices=choices), typed)
        except BadValue as problem:
            self.add_error("default", str(problem))
            return None


@admin.register(Attribute)
class AttributeAdmin(AnyAdmin):
    form = AttributeForm
    list_display = ["name", "key", "kind", "readers_may", "staff_may", "position"]
    actions = None

    def get_readonly_fields(self, request: HttpRequest, obj: Attribute | None = None) -> Any:
        return [] if obj is None else ["key", "kind"]

    def has_delete_permission(self, request: HttpRequest, obj: Attribute | None = None) -> bool:
        """One that a segment asks about stays: without it the segment would mean nobody."""
        used = obj is not None and bool(segments_asking(f"{PREFIX}{obj.key}"))
        return not used and super().has_delete_permission(request, obj)

    def delete_model(self, request: HttpRequest, obj: Attribute) -> None:
        delete_attribute(obj)


class TagForm(PlainTexts, TagFormBase):
    class Meta:
        model = Tag
        fields = ["name"]

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        others = Tag.objects.called(name).exclude(pk=self.instance.pk)
        if not tag_key(name):
            raise forms.ValidationError(_("Enter a name with letters, digits or signs."))
        if others.exists():
            raise forms.ValidationError(_("There is already a tag of this name."))
        return name


@admin.register(Tag)
class TagAdmin(AnyAdmin):
    form = TagForm
    list_display = ["name", "people"]
    search_fields = ["name"]
    actions = None

    def get_queryset(self, request: HttpRequest) -> QuerySet[Tag]:
        found: QuerySet[Tag] = super().get_queryset(request).annotate(n=Count("subscribers"))
        return found

    @admin.display(description=gettext_lazy("people"), ordering="n")
    def people(self, tag: Any) -> str:
        return f"{tag.n:,}"

    def save_model(self, request: HttpRequest, obj: Tag, form: Any, change: bool) -> None:
        if not change:
            obj.slug = free_slug(obj.name)
        super().save_model(request, obj, form, change)

    def has_delete_permission(self, request: HttpRequest, obj: Tag | None = None) -> bool:
        used = obj is not None and bool(segments_asking("tag", obj.pk))
        return not used and super().has_delete_permission(request, obj)
