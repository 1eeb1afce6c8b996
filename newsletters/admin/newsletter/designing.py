"""The look of a newsletter beside a live mail: which design, font, colours, logo; or MJML of its own, for owners.

The form is posted to `look` as it stands, into a frame, whenever something in it changes, or by a button where there is
no script. The answer is the mail with that look; nothing is saved, not even a logo that was just chosen. The frame has
the policy of every preview (newsletters.admin.edition.preview). What is to be said about the colours stands in the
answer's head, where the page around reads it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from lib import colours
from mail.writing import palettes
from newsletters.admin.edition import preview
from newsletters.articles.decoding import NotAPicture
from newsletters.articles.pictures import inline, read_upload
from newsletters.blocks.content import PictureContent
from newsletters.blocks.registry import kinds
from newsletters.editions import design_sample, snapshot
from newsletters.models import Newsletter
from newsletters.rendering import custom_mail, designs
from newsletters.rendering.content import EditionContent
from newsletters.rendering.custom import filling, language

OWN_DESIGN = "newsletters.own_design_newsletter"
_CHOSEN_LOGO = "/logo-that-was-just-chosen"  # a path that stands for it until the mail is made


# --- The fields -----------------------------------------------------------------------------------------------
class DesignFields:
    """Mixed into the form of a newsletter. A newsletter whose design is its own keeps that choice also for who may not
    write MJML; the text itself is a field for owners only."""

    fields: Any
    instance: Any
    cleaned_data: dict[str, Any]
    initial: Any
    warnings: list[str]

    def begin_with_designs(self) -> None:
        self.warnings = []
        if "design" not in self.fields:
            return
        choices = [(one.name, _described(one.title, one.about)) for one in designs.designs()]
        if "own_mjml" in self.fields or self.instance.design == designs.OWN:
            choices.append((designs.OWN, _described(_("Custom"), _("Write your own in MJML."))))
        self.fields["design"] = forms.ChoiceField(
            label=_("Design"), choices=choices, widget=forms.RadioSelect, initial=self.instance.design
        )
        self.fields["font"] = forms.ChoiceField(label=_("Font"), choices=designs.FONT_CHOICES, required=False)
        self.initial = {
            **self.initial,
            "institute_colour": not self.instance.colour,
            "colour": self.instance.shown_colour,
        }
        self.fields["colour"].help_text = _(
            "For headings, links and buttons. We adjust it so that it's readable in light and dark mode."
        )
        self.fields["background"].help_text = _("Around the email, in light mode.")
        if "logo_file" in self.fields:
            logo = self.fields["logo_file"]
            plate = _("We show it on a light background, so choose one that's visible on white.")
            logo.help_text = format_html("{} {}", logo.help_text, plate)
        if "own_mjml" in self.fields:
            own = self.fields["own_mjml"]
            own.help_text = _language_in_short()
            if not self.instance.own_mjml:
                self.initial = {**self.initial, "own_mjml": filling.EXAMPLE.read_text()}

    def judge_own_design(self) -> None:
        """Refuse MJML of which no good mail can be made; what only may be better is a warning. Call from clean(). Text
        that is not used is kept as it is."""
        if self.cleaned_data.get("design") != designs.OWN or "own_mjml" not in self.fields:
            return
        source = self.cleaned_data.get("own_mjml") or ""
        content = _sample_of(self.instance)
        reader = preview.sample_reader().recipient
        found = custom_mail.problems(source, content, reader)
        for problem in found:
            self.add_error("own_mjml", str(problem))  # type: ignore[attr-defined]
        if not found:
            self.warnings += [fault.sentence for fault in custom_mail.faults(source, content, reader)]


def _sample_of(newsletter: Newsletter) -> EditionContent:
    """For who judges: the newsletter's form is not through yet, so that of its words only the look counts."""
    return design_sample.every_block(
        Newsletter(colour=newsletter.shown_colour, background=newsletter.background, zone="UTC")
    )


def _described(title: str, about: str) -> SafeString:
    return format_html('<b>{}</b> <span class="iria-about">{}</span>', title, about)


def _language_in_short() -> SafeString:
    """The fields that there are, beside the text in which they are used."""
    rows = [
        (_("anywhere"), language.COMMON),
        *((f"iria:{kind.name}", kind.mjml_names) for kind in kinds() if kind.mjml_names),
    ]
    return format_html(
        '{} <details class="iria-fields"><summary>{}</summary><dl>{}</dl></details>',
        _("MJML with fields and parts. We check it when you save."),
        _("Fields and parts"),
        format_html_join(
            "", "<dt>{}</dt><dd>{}</dd>", ((where, " ".join(f"{{{{ {n} }}}}" for n in names)) for where, names in rows)
        ),
    )


def without(fieldsets: Any, name: str) -> Any:
    """The fieldsets without a field."""
    return [
        (title, {**rest, "fields": [field for field in rest["fields"] if field != name]}) for title, rest in fieldsets
    ]


# --- The mail -------------------------------------------------------------------------------------------------
def address_of(newsletter: Newsletter) -> str:
    if newsletter.pk:
        return reverse("admin:newsletters_newsletter_look_of", args=[newsletter.pk])
    return reverse("admin:newsletters_newsletter_look")


def without_saving(form: type[forms.ModelForm[Newsletter]]) -> type[forms.ModelForm[Newsletter]]:
    """The same form, of which a logo is looked at and not stored, and own MJML not judged: the mail itself says it."""

    class Look(form):  # type: ignore[valid-type, misc]
        chosen_logo: PictureContent | None = None
        chosen_data = ""

        def clean_picture(self) -> None:
            file = self.cleaned_data.get("logo_file")
            if self.cleaned_data.get("logo_remove"):
                self.cleaned_data["logo"] = None
            elif isinstance(file, UploadedFile):
                try:
                    self.chosen_data, width, height = inline(read_upload(file), snapshot.LOGO_WIDTH)
                except NotAPicture as problem:
                    self.add_error("logo_file", str(problem))
                    return
                width = min(width, max(1, round(snapshot.LOGO_HEIGHT * width / height)))
                self.chosen_logo = PictureContent(
                    _CHOSEN_LOGO, width, height, self.cleaned_data.get("logo_alt") or _("Logo")
                )

        def judge_own_design(self) -> None:
            pass

    return Look


def preview_of_form(request: HttpRequest, form_class: Any, newsletter: Newsletter | None) -> HttpResponse:
    """The mail with what the form says; where a field is wrong, with what was there before."""
    instance = newsletter or Newsletter()
    names = ("design", "font", "colour", "background", "zone", "mailing_list_id", "weekdays")
    before = {name: getattr(instance, name) for name in names}
    form = form_class(request.POST, request.FILES, instance=instance)
    form.is_valid()
    for name in before.keys() & form.errors.keys():  # what the model's own checks refuse is on the instance already
        setattr(form.instance, name, before[name])
    logo = {"logo": form.chosen_logo} if form.chosen_logo else {}
    answer = preview_newsletter(request, form.instance, **logo)
    if form.chosen_logo:
        address = f'src="{escape(_CHOSEN_LOGO)}"'
        answer.content = answer.content.replace(address.encode(), f'src="{form.chosen_data}"'.encode())
    return answer


def preview_newsletter(request: HttpRequest, newsletter: Newsletter, **changes: Any) -> HttpResponse:
    """A document for the frame."""
    dark = "look_dark" in (request.POST if request.method == "POST" else request.GET)
    notes = told(newsletter)
    content = replace(design_sample.newest(newsletter), **changes)
    html = _mail(content)
    html = html.replace("<head>", f'<head><meta name="iria-told" content="{escape(notes)}">', 1)
    answer = HttpResponse(preview.for_frame(html, dark=dark))
    answer["Content-Security-Policy"] = preview.FRAME_POLICY.replace("img-src 'self'", "img-src 'self' data:")
    answer["Cache-Control"] = "no-store"
    return answer


def _mail(content: EditionContent) -> str:
    reader = preview.sample_reader().recipient
    if content.design == designs.OWN and (found := custom_mail.problems(content.own_mjml, content, reader)):
        return render_to_string("admin/newsletters/newsletter/_problems.html", {"problems": found})
    return preview.html_for(content, reader)


def told(newsletter: Newsletter) -> str:
    """What becomes of the chosen colours, in sentences."""
    chosen = newsletter.shown_colour.lower()
    if not colours.is_colour(chosen) or not colours.is_colour(newsletter.background):
        return ""  # the page says at the field what is wrong
    day, night = palettes.day(chosen, newsletter.background), palettes.night(chosen)
    ratio = f"{colours.contrast(chosen, day.note):.1f}"
    if day.accent == chosen:
        by_day = _("The colour is readable in the email (contrast %(ratio)s to 1).") % {"ratio": ratio}
    else:
        by_day = _(
            "The colour would be hard to read in the email (contrast %(ratio)s to 1; it needs 4.5), "
            "so we use %(mended)s."
        )
        by_day %= {"ratio": ratio, "mended": day.accent}
    return by_day + " " + _("In dark mode we use %(colour)s.") % {"colour": night.accent}
