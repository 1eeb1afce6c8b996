"""The form of the institute: who publishes, and the look that its pages and mails have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.core.validators import URLValidator
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lib.query_numbers import read_number
from newsletters.admin.content.picture_states import receive_picture, thumbnail
from newsletters.admin.content.picture_upload import ACCEPTED
from newsletters.admin.time_zones import ZoneOfForm, ZoneWidget
from newsletters.articles.decoding import NotAPicture
from newsletters.models import Institute, Picture
from newsletters.models.institute import MOST_SOCIAL_LINKS, USUAL_COLOUR
from newsletters.site.typefaces import TYPEFACES
from subscribers.admin.plain_text_forms import PlainTexts

if TYPE_CHECKING:
    InstituteFormBase = forms.ModelForm[Institute]
else:
    InstituteFormBase = forms.ModelForm

ICON_PIXELS, SHARED_PIXELS = 180, 600
_TITLES = {
    "": gettext_lazy("Source Serif: calm and clear, for long reading"),
    "newsreader": gettext_lazy("Newsreader: a newspaper's serif, livelier in headlines"),
    "inter": gettext_lazy("Inter: sans-serif for everything"),
    "system": gettext_lazy("The reader's own fonts: nothing to download"),
}


class Sign(NamedTuple):
    """A picture of the institute itself."""

    label: Any
    without: Any  # the words beside the box that takes it away
    help_text: Any


SIGNS = {
    "logo": Sign(
        gettext_lazy("Logo"),
        gettext_lazy("Remove the logo"),
        gettext_lazy("Shown 42 pixels high. PNG with a transparent ground fits best."),
    ),
    "logo_dark": Sign(
        gettext_lazy("Logo for dark mode"),
        gettext_lazy("Remove the logo for dark mode"),
        gettext_lazy("Without one, the logo is shown on a light plate."),
    ),
    "icon": Sign(
        gettext_lazy("Icon"),
        gettext_lazy("Remove the icon"),
        gettext_lazy(
            "A square for browser tabs and home screens, 512 pixels or more. Without one, we draw the first letter of "
            "the name on your colour."
        ),
    ),
    "share_picture": Sign(
        gettext_lazy("Picture for shared links"),
        gettext_lazy("Remove the picture for shared links"),
        gettext_lazy("Shown where somebody shares a page that has no picture. 1200 × 630 pixels fit best."),
    ),
}
SIGN_INPUTS = {name: (name, f"{name}_file", f"{name}_remove") for name in SIGNS}


def _inputs(name: str) -> tuple[forms.Field, forms.Field]:
    """A file to choose, and a box to be without."""
    sign = SIGNS[name]
    file = forms.FileField(
        label=sign.label, required=False, widget=forms.FileInput(attrs={"accept": ACCEPTED}), help_text=sign.help_text
    )
    return file, forms.BooleanField(label=sign.without, required=False)


class InstituteForm(PlainTexts, ZoneOfForm, InstituteFormBase):
    data: Any

    house_colours = forms.BooleanField(label=gettext_lazy("Use the standard colours"), required=False)
    typeface = forms.ChoiceField(
        label=gettext_lazy("Typeface"), required=False, widget=forms.RadioSelect,
        choices=[(name, _TITLES[name]) for name in TYPEFACES],
        help_text=gettext_lazy("Served by this installation: readers' browsers ask no other company for fonts."),
    )  # fmt: skip
    logo_file, logo_remove = _inputs("logo")
    logo_dark_file, logo_dark_remove = _inputs("logo_dark")
    icon_file, icon_remove = _inputs("icon")
    share_picture_file, share_picture_remove = _inputs("share_picture")

    class Meta:
        model = Institute
        fields = [
            "name", "tagline", "description", "contact_email", "copyright_line", "zone", *SIGNS, "shows_name", "accent",
            "typeface", "social_links", "comments_days", "comments_email",
        ]  # fmt: skip
        widgets = {
            **dict.fromkeys(SIGNS, forms.HiddenInput),
            "zone": ZoneWidget(attrs={"class": "vTextField"}),
            "accent": forms.TextInput(attrs={"type": "color", "data-unticks": "id_house_colours"}),
            "social_links": forms.Textarea(attrs={"rows": 4, "class": "vLargeTextField", "dir": "ltr"}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "accent" not in self.fields:  # who may only look
            return
        self.initial["house_colours"] = not self.instance.accent
        self.initial["accent"] = self.instance.accent or USUAL_COLOUR
        for name in SIGNS:
            picture = self._shown(name)
            if picture is None:
                self.fields[f"{name}_remove"].widget = forms.HiddenInput()
            else:
                field = self.fields[f"{name}_file"]
                field.help_text = format_html("{}<br>{}", thumbnail(picture, 60), field.help_text)

    def _shown(self, name: str) -> Picture | None:
        if not self.is_bound:
            picture: Picture | None = getattr(self.instance, name)
            return picture
        number = read_number(str(self.data.get(self.add_prefix(name)) or ""))
        return None if number is None else Picture.objects.filter(pk=number).first()

    def clean_accent(self) -> str:
        chosen: str = self.cleaned_data["accent"]
        return "" if self.data.get(self.add_prefix("house_colours")) else chosen.lower()

    def clean_social_links(self) -> str:
        links = self.cleaned_data["social_links"].split()
        if len(links) > MOST_SOCIAL_LINKS:
            raise forms.ValidationError(_("Enter at most %(n)d addresses.") % {"n": MOST_SOCIAL_LINKS})
        is_web = URLValidator(schemes=["https", "http"])
        for link in links:
            try:
                is_web(link)
            except forms.ValidationError:
                raise forms.ValidationError(
                    _("“%(link)s” isn't a web address. Enter each as in https://bsky.app/profile/your-institute.")
                    % {"link": link[:100]}
                ) from None
        return "\n".join(dict.fromkeys(links))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for name in SIGNS:
            if cleaned.get(f"{name}_remove"):
                cleaned[name] = None
            elif isinstance(file := cleaned.get(f"{name}_file"), UploadedFile):
                self._take(name, file)
            elif (chosen := cleaned.get(name)) and name in self.changed_data and (unfit := _unfit(name, chosen)):
                self.add_error(f"{name}_file", unfit)
        return cleaned

    def _take(self, name: str, file: UploadedFile[Any]) -> None:
        """Should the page be shown again because of another field, the picture stays chosen."""
        try:
            picture = receive_picture(file, alt=self.cleaned_data.get("name") or self.instance.name)
        except NotAPicture as problem:
            self.add_error(f"{name}_file", str(problem))
            return
        if unfit := _unfit(name, picture):
            self.add_error(f"{name}_file", unfit)
            return
        self.cleaned_data[name] = picture
        self.data = self.data.copy()
        self.data[self.add_prefix(name)] = str(picture.pk)


def _unfit(name: str, picture: Picture) -> str:
    size = {"width": picture.width, "height": picture.height}
    if name == "icon" and not 0.9 <= picture.width / picture.height <= 1.1:
        return _("The icon must be a square; this picture has %(width)d × %(height)d pixels.") % size
    if name == "icon" and picture.width < ICON_PIXELS:
        return _("The icon is only %(width)d pixels wide. Choose one of 512 or more.") % size
    if name == "share_picture" and picture.width < SHARED_PIXELS:
        return _("This picture is only %(width)d pixels wide. Choose one of 1200 or more.") % size
    return ""
