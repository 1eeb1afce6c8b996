"""What staff choose for an import: the file, what its columns hold, and what is done with the people in it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from subscribers.imports.mapping import REASON, ROW
from subscribers.imports.options import ImportOptions
from subscribers.imports.reading import PeopleFile
from subscribers.imports.systems.description import ATTRIBUTE, ColumnField
from subscribers.imports.words import several
from subscribers.models import Import, MailingList, Topic

FIELDS: dict[str, Any] = {
    ColumnField.EMAIL: gettext_lazy("Email address"),
    ColumnField.NAME: gettext_lazy("Name"),
    ColumnField.FIRST_NAME: gettext_lazy("First name"),
    ColumnField.LAST_NAME: gettext_lazy("Last name"),
    ColumnField.LANGUAGE: gettext_lazy("Language"),
    ColumnField.STATUS: gettext_lazy("Status"),
    ColumnField.CONSENT: gettext_lazy("Agreed: yes or no"),
    ColumnField.CONFIRMED_AT: gettext_lazy("Confirmed: when"),
    ColumnField.OPTED_IN_AT: gettext_lazy("Subscribed: when"),
    ColumnField.IP: gettext_lazy("Agreed: from which IP address"),
    ColumnField.SUBSCRIBED: gettext_lazy("Subscribed: yes or no"),
    ColumnField.UNSUBSCRIBED: gettext_lazy("Unsubscribed: yes, or when"),
    ColumnField.BOUNCED: gettext_lazy("Bounced: yes, or when"),
    ColumnField.BLOCKED: gettext_lazy("Blocked: yes or no"),
    ColumnField.REASON: gettext_lazy("Why they unsubscribed"),
    ColumnField.TAGS: gettext_lazy("Tags"),
    ColumnField.TOPICS: gettext_lazy("Topics"),
    ColumnField.ATTRIBUTES: gettext_lazy("Attributes (JSON)"),
}


class UploadForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy(
            "CSV, TSV, XLSX or JSON Lines, or the ZIP file that your system exports. Nothing is imported until you "
            "have seen what would happen."
        ),
        error_messages={
            "required": gettext_lazy("Choose a file."),
            "empty": gettext_lazy("This file is empty. Export it again."),
        },
    )


class ImportOptionsForm(forms.Form):
    """One select for each column of the file, and the options below."""

    lists = forms.ModelMultipleChoiceField(
        queryset=MailingList.objects.all(),
        to_field_name="slug",
        label=gettext_lazy("Add them to"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Choose at least one mailing list.")},
    )
    topics = forms.ModelMultipleChoiceField(
        queryset=Topic.objects.all(),
        to_field_name="slug",
        required=False,
        label=gettext_lazy("Topics (optional)"),
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("For new subscriptions. None means every topic."),
    )
    consent = forms.ChoiceField(
        choices=Import.Consent.choices, widget=forms.RadioSelect, label=gettext_lazy("Consent"),
        initial=Import.Consent.PROVEN,
    )  # fmt: skip
    evidence = forms.CharField(
        required=False, max_length=400, label=gettext_lazy("Other proof of consent (optional)"),
        widget=forms.TextInput(attrs={"class": "vTextField"}),
        help_text=gettext_lazy(
            "Only if you can prove that everyone in the file agreed: where and when. It is kept in each person's "
            "consent history."
        ),
    )  # fmt: skip
    overwrite = forms.BooleanField(
        required=False, label=gettext_lazy("Replace names and attributes that people already have")
    )
    tags = forms.CharField(
        required=False, max_length=400, label=gettext_lazy("Tags for everyone in the file (optional)"),
        widget=forms.TextInput(attrs={"class": "vTextField"}), help_text=gettext_lazy("With commas between them."),
    )  # fmt: skip

    def __init__(self, people: PeopleFile, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.initial.get("lists"):  # nothing was chosen yet
            self.initial["consent"] = Import.Consent.PROVEN.value
            slugs = list(MailingList.objects.values_list("slug", flat=True)[:2])
            self.initial["lists"] = slugs if len(slugs) == 1 else []  # where there is only one, nobody has to say so
        self.columns: list[str] = []
        attributes = [(f"{ATTRIBUTE}{key}", each.name) for key, each in people.attributes.items()]
        choices = [("", _("Leave out")), *FIELDS.items(), *attributes]
        for table in people.tables:
            for name, held in zip(table.mapping.header, table.mapping.holds, strict=True):
                if name in self.columns or name in {REASON, ROW, ""}:
                    continue
                known = held if held in dict(choices) else ""
                options = choices if known == held else [(held, _("As our export wrote it")), *choices]
                self.fields[self._name(len(self.columns))] = forms.ChoiceField(
                    choices=options, required=False, label=name[:100], initial=held
                )
                self.columns.append(name)

    @staticmethod
    def _name(number: int) -> str:
        return f"column-{number}"

    def column_fields(self) -> list[forms.BoundField]:
        return [self[self._name(number)] for number in range(len(self.columns))]

    def option_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in ("lists", "topics", "consent", "evidence", "overwrite", "tags")]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        held = [data.get(self._name(number), "") for number in range(len(self.columns))]
        if ColumnField.EMAIL not in held:
            raise forms.ValidationError(_("Say which column holds the email addresses."))
        if data.get("evidence") and data.get("consent") != Import.Consent.PROVEN:
            self.add_error("evidence", _("This counts only with the first choice of consent."))
        return data

    def options(self) -> ImportOptions:
        data = self.cleaned_data
        mapping = {name: data[self._name(number)] for number, name in enumerate(self.columns)}
        return ImportOptions(
            lists=tuple(each.slug for each in data["lists"]), consent=data["consent"], overwrite=data["overwrite"],
            topics=tuple(each.slug for each in data["topics"]), tags=tuple(several(data["tags"])),
            evidence=data["evidence"], mapping=mapping,
        )  # fmt: skip

    @staticmethod
    def initial_of(options: ImportOptions) -> dict[str, Any]:
        return {
            "lists": list(options.lists), "topics": list(options.topics), "consent": options.consent,
            "evidence": options.evidence, "overwrite": options.overwrite, "tags": ", ".join(options.tags),
        }  # fmt: skip
