"""What staff choose for an archive: where it is, and what becomes of what is in it."""

from __future__ import annotations

from typing import Any

from django import forms

from newsletters.articles.archives.choosing import ArchiveChoices
from newsletters.models import ArchiveCategory, ArchiveImport
from subscribers.models import Topic

MOST_ADDRESS = 500
_GONE = "The topic of “%s” was deleted meanwhile. Choose another one."


class ArchiveForm(forms.Form):
    """A file or an address, and the choices."""

    file = forms.FileField(
        label="File", required=False,
        help_text="What WordPress, Ghost, Substack, Mailchimp or Buttondown exports; or Markdown, packed as ZIP.",
        error_messages={"empty": "This file is empty. Export it again."},
    )  # fmt: skip
    address = forms.CharField(
        label="Or an address", required=False, max_length=MOST_ADDRESS,
        widget=forms.TextInput(attrs={"class": "vTextField", "inputmode": "url", "autocapitalize": "none"}),
        help_text="Of a WordPress site, which we ask for its posts, or of a file that it exported.",
    )  # fmt: skip
    publish = forms.ChoiceField(
        label="Articles that were published there",
        choices=[("yes", "Publish them here, with their dates"), ("", "Hold them as drafts")],
        required=False, initial="yes", widget=forms.RadioSelect,
    )  # fmt: skip
    topics = forms.ModelMultipleChoiceField(
        queryset=Topic.objects.all(), required=False, label="Topics of articles that would have none",
        widget=forms.CheckboxSelectMultiple,
        help_text="You say later which category stands for which topic. Without a topic an article stays a draft.",
    )  # fmt: skip
    make_topics = forms.BooleanField(required=False, label="Make a topic of each category that has none")
    with_pages = forms.BooleanField(required=False, label="Bring standing pages in as articles, too")
    with_comments = forms.BooleanField(required=False, initial=True, label="Bring readers' comments along")
    site = forms.CharField(
        label="Address of the old site", required=False, max_length=200,
        widget=forms.TextInput(attrs={"class": "vTextField", "inputmode": "url", "autocapitalize": "none"}),
        help_text="Only for archives that don't say it: folders of Markdown, for instance.",
    )  # fmt: skip

    def __init__(self, *args: Any, may_publish: bool, may_make_topics: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not may_publish:
            del self.fields["publish"]
        if not may_make_topics:
            del self.fields["make_topics"]

    def clean_address(self) -> str:
        return _web_address(self.cleaned_data["address"])

    def clean_site(self) -> str:
        return _web_address(self.cleaned_data["site"]).rstrip("/")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not self.errors and bool(data.get("file")) == bool(data.get("address")):
            raise forms.ValidationError("Choose a file, or enter an address.")
        return data

    def choices(self) -> ArchiveChoices:
        data = self.cleaned_data
        return ArchiveChoices(
            publish=bool(data.get("publish")), with_pages=data["with_pages"], with_comments=data["with_comments"],
            make_topics=data.get("make_topics", False), topics=tuple(topic.pk for topic in data["topics"]),
            site=data["site"],
        )  # fmt: skip


def _web_address(written: str) -> str:
    address = written.strip()
    if not address:
        return ""
    if "://" not in address:
        address = f"https://{address}"
    if not address.lower().startswith(("http://", "https://")) or " " in address:
        raise forms.ValidationError("Enter the address of a site. It begins with https://.")
    if "@" in address.partition("://")[2].partition("/")[0]:
        raise forms.ValidationError("Leave out the name and password: we read what anybody may read.")
    return address


class CategoriesForm(forms.Form):
    """Which topic each category of an archive stands for."""

    SHOWN = 100  # the most used

    def __init__(self, of: ArchiveImport, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rows: list[ArchiveCategory] = list(of.categories.select_related("topic")[: self.SHOWN])
        topics = [("", "No topic"), *((str(pk), name) for pk, name in Topic.objects.values_list("pk", "name"))]
        for row in self.rows:
            self.fields[f"topic-{row.pk}"] = forms.ChoiceField(
                label=row.name, choices=topics, required=False, initial=str(row.topic_id or ""),
                error_messages={"invalid_choice": _GONE % row.name.replace("%", "%%")},
                help_text=f"{row.articles:,} articles" if row.articles != 1 else "1 article",
            )  # fmt: skip

    def save(self) -> None:
        for row in self.rows:
            chosen = self.cleaned_data[f"topic-{row.pk}"]
            row.topic_id = int(chosen) if chosen else None
        ArchiveCategory.objects.bulk_update(self.rows, ["topic"])
