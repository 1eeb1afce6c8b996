"""A picture within a form: a file, what it shows, its caption and credit, for an article's lead or a newsletter's logo.

`PictureFields` turns the four inputs into one Picture while the form is checked. When another field of the form is
wrong, the picture that was already made stays chosen, so that nobody has to pick the file again.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lib.query_numbers import read_number
from newsletters.admin.content.picture_description import (
    DECORATIVE,
    DECORATIVE_HELP,
    UNDESCRIBED,
    settle_description,
)
from newsletters.admin.content.picture_states import receive_picture, thumbnail
from newsletters.admin.roles import may, who_may
from newsletters.articles.decoding import NotAPicture
from newsletters.articles.picture_uses import is_shown_to_readers
from newsletters.articles.reviewing import PUBLISH
from newsletters.models import Picture
from subscribers.admin.plain_text_forms import PlainTexts

WORDS = ("alt", "is_decorative", "caption", "credit")
UNDESCRIBED_LOGO = gettext_lazy("Describe the picture in a few words for people who can't see it.")
ACCEPTED = "image/jpeg,image/png,image/webp,image/gif"


def in_published_pages() -> str:
    """For a person who may not publish: why a picture's words stay, and who could change them."""
    words = _("Published pages show this picture. Its words and focal point need the role %(who)s.")
    return words % {"who": who_may(PUBLISH)}


def words_wait_in_words(request: HttpRequest, clock: str) -> str:
    """After a draft has saved by itself and left out words that readers would see."""
    if may(request, PUBLISH):
        return _("Kept at %(time)s. Published pages show this picture: save to change its words.") % {"time": clock}
    return f"{_('Kept at %(time)s.') % {'time': clock}} {in_published_pages()}"


class PictureForm(PlainTexts, forms.Form):
    """One upload on its own: the page of a picture, and the chooser of the rich editor."""

    file = forms.FileField(
        label=gettext_lazy("Picture"),
        widget=forms.ClearableFileInput(attrs={"accept": ACCEPTED}),
        help_text=gettext_lazy("JPEG, PNG, WebP or GIF, up to 100 megapixels."),
    )
    alt = forms.CharField(
        label=gettext_lazy("Alternative text"),
        max_length=300,
        required=False,
        help_text=gettext_lazy("Describes the picture for people who can't see it."),
    )
    is_decorative = forms.BooleanField(label=DECORATIVE, required=False, help_text=DECORATIVE_HELP)
    caption = forms.CharField(label=gettext_lazy("Caption"), max_length=500, required=False)
    credit = forms.CharField(
        label=gettext_lazy("Credit"), max_length=200, required=False,
        help_text=gettext_lazy("Without the words “Image credit”."),
    )  # fmt: skip
    made: Picture | None = None

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        settle_description(self, "alt", "is_decorative")
        if not self.errors:
            try:
                self.made = receive_picture(cleaned["file"], **{name: cleaned[name] for name in WORDS})
            except NotAPicture as problem:
                self.add_error("file", str(problem))
        return cleaned


class PictureInput(forms.FileInput):
    """A file, or by a script one of the library in a dialog."""

    def __init__(self) -> None:
        super().__init__(attrs={"accept": ACCEPTED})

    @property
    def media(self) -> forms.Media:
        return forms.Media(js=[forms.Script("admin_iria/picture_field.js", type="module")])  # type: ignore[list-item]

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        library = {
            "data-chooser": reverse("admin:newsletters_picture_choose"),
            "data-choose": _("Choose from the library"),
        }
        return super().get_context(name, value, library | (attrs or {}))


class PictureFields:
    """Mixed into a ModelForm that has a foreign key to a picture.

    `picture_field` names the key; the form declares `<picture_field>_file`, `_alt`, `_is_decorative`, `_caption`,
    `_credit` and `_remove`, through `picture_inputs`.
    """

    picture_field: str
    data: Any
    fields: Any
    instance: Any
    cleaned_data: dict[str, Any]
    is_bound: bool
    is_by_itself = False  # nobody pressed a button
    words_wait = False  # for a button
    may_reword_public = True  # words that published pages show

    def begin_with_picture(self) -> None:
        """Fill the inputs from the picture that is there. Call at the end of __init__."""
        name = self.picture_field
        self.fields[name].widget = forms.HiddenInput()
        self.fields[name].required = False
        picture = self.shown_picture()
        if picture is None:
            self.fields[f"{name}_remove"].widget = forms.HiddenInput()
        elif picture.pk == getattr(self.instance, f"{name}_id"):
            self.initial |= {  # type: ignore[attr-defined]
                f"{name}_{key}": getattr(picture, key) for key in self.words_asked()
            }  # fmt: skip
        help_text = self.fields[f"{name}_file"].help_text
        if picture is not None:
            self.fields[f"{name}_file"].help_text = format_html(
                "{}<br>{} {}", thumbnail(picture, 90), _("Choose a file to replace it."), help_text
            )

    def shown_picture(self) -> Picture | None:
        """The one that is chosen now: from the form as it was sent, or from the database."""
        if self.is_bound:
            sent = str(self.data.get(self.prefixed(self.picture_field)) or "")
            number = read_number(sent)
            return None if number is None else Picture.objects.filter(pk=number).first()
        picture: Picture | None = getattr(self.instance, self.picture_field)
        return picture

    def words_asked(self) -> list[str]:
        """A logo is asked for its alternative text alone."""
        return [key for key in WORDS if f"{self.picture_field}_{key}" in self.fields]

    def prefixed(self, name: str) -> str:
        return str(self.add_prefix(name))  # type: ignore[attr-defined]

    def clean_picture(self) -> None:
        """Make the uploaded picture, or change the words of the one that is there. Call from clean()."""
        name = self.picture_field
        file = self.cleaned_data.get(f"{name}_file")
        words: dict[str, Any] = {key: self.cleaned_data.get(f"{name}_{key}") or "" for key in self.words_asked()}
        is_decorative = bool(words.get("is_decorative"))
        if "is_decorative" in words:
            words["is_decorative"] = is_decorative
        if self.cleaned_data.get(f"{name}_remove"):
            self.cleaned_data[name] = None
            return
        current: Picture | None = self.cleaned_data.get(name)
        if isinstance(file, UploadedFile):
            self._make(file, words)
        elif current is not None:
            self._reword(current, words)
        elif any(words.values()):
            self.add_error(f"{name}_file", _("Choose the picture file that this text describes."))  # type: ignore[attr-defined]
        if (file or current) and not words["alt"] and not is_decorative and self.needs_description():
            sentence = UNDESCRIBED if f"{name}_is_decorative" in self.fields else UNDESCRIBED_LOGO
            self.add_error(f"{name}_alt", str(sentence))  # type: ignore[attr-defined]

    def needs_description(self) -> bool:
        """A form that may be saved half done can put this off."""
        return True

    def _make(self, file: UploadedFile[Any], words: dict[str, Any]) -> None:
        name = self.picture_field
        try:
            picture = receive_picture(file, **words)
        except NotAPicture as problem:
            self.add_error(f"{name}_file", str(problem))  # type: ignore[attr-defined]
            return
        self.cleaned_data[name] = picture
        # Should the page be shown again because of another field, the picture is already chosen.
        self.data = self.data.copy()
        self.data[self.prefixed(name)] = str(picture.pk)

    def _reword(self, picture: Picture, words: dict[str, Any]) -> None:
        # Without a description a picture stays with the one that it has.
        changed = [key for key, value in words.items() if getattr(picture, key) != value and (value or key != "alt")]
        is_public = bool(changed) and is_shown_to_readers(picture)
        if is_public and self.is_by_itself:
            self.words_wait = True  # the picture is shared: half a caption would stand under what is published
            return
        if is_public and not self.may_reword_public:
            name = f"{self.picture_field}_{changed[0]}"
            self.add_error(name, in_published_pages() + " " + _("Or upload the file again, for this article alone."))  # type: ignore[attr-defined]
            return
        for key in changed:
            setattr(picture, key, words[key])
        if changed:
            picture.save(update_fields=changed)


def picture_inputs(name: str) -> dict[str, forms.Field]:
    """The inputs of `PictureFields`, to be declared by the form."""
    return {
        f"{name}_file": forms.FileField(
            label=gettext_lazy("Picture file"),
            required=False,
            widget=PictureInput(),
            help_text=gettext_lazy("JPEG, PNG, WebP or GIF."),
        ),
        f"{name}_alt": forms.CharField(
            label=gettext_lazy("Alternative text"), max_length=300, required=False,
            widget=forms.TextInput(attrs={"class": "vTextField"}),
            help_text=gettext_lazy("Describes the picture for people who can't see it. Every picture needs it, or:"),
        ),
        f"{name}_is_decorative": forms.BooleanField(label=DECORATIVE, required=False, help_text=DECORATIVE_HELP),
        f"{name}_caption": forms.CharField(
            label=gettext_lazy("Caption"), max_length=500, required=False,
            widget=forms.TextInput(attrs={"class": "vTextField"}),
        ),
        f"{name}_credit": forms.CharField(
            label=gettext_lazy("Credit"), max_length=200, required=False,
            widget=forms.TextInput(attrs={"class": "vTextField"}),
            help_text=gettext_lazy("Without the words “Image credit”."),
        ),
        f"{name}_remove": forms.BooleanField(label=gettext_lazy("Don't show a picture"), required=False),
    }  # fmt: skip


def without_inputs(fieldsets: Any, form: type[forms.BaseForm], instead: dict[str, str] | None = None) -> Any:
    """For who may only look: the fieldsets without the form's own inputs, which have nothing to show.

    `instead` names what stands in the place of a field.
    """
    declared: dict[str, forms.Field] = getattr(form, "declared_fields", {})
    instead = instead or {}
    return [
        (name, {**rest, "fields": [instead.get(f, f) for f in rest["fields"] if f not in declared or f in instead]})
        for name, rest in fieldsets
    ]
