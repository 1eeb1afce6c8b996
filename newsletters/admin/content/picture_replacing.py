"""The page that puts another file in the place of a picture, everywhere it is used; and where that is."""

from __future__ import annotations

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from newsletters.admin.content.picture_states import receive_replacement, thumbnail
from newsletters.admin.content.picture_upload import ACCEPTED
from newsletters.admin.roles import require
from newsletters.articles import reviewing
from newsletters.articles.decoding import NotAPicture
from newsletters.articles.picture_uses import Use, count_of_uses, uses
from newsletters.models import Picture


class ReplacementForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("New file"),
        widget=forms.ClearableFileInput(attrs={"accept": ACCEPTED}),
        help_text=gettext_lazy("JPEG, PNG, WebP or GIF, up to 100 megapixels."),
    )


def replace(request: HttpRequest, number: int) -> HttpResponse:
    require(request, "newsletters.change_picture", _("Replace a picture"))
    require(request, reviewing.PUBLISH, _("Replace a picture"))  # readers see the new one at once
    picture = get_object_or_404(Picture, pk=number)
    back = reverse("admin:newsletters_picture_change", args=[picture.pk])
    form = ReplacementForm(request.POST, request.FILES) if request.method == "POST" else ReplacementForm()
    if form.is_bound and form.is_valid():
        places = count_of_uses(picture)
        try:
            said = _done_in_words(receive_replacement(picture, form.cleaned_data["file"]), places)
        except NotAPicture as problem:
            form.add_error("file", str(problem))
        else:
            admin.site.get_model_admin(Picture).log_change(request, picture, said)
            messages.success(request, said)
            return HttpResponseRedirect(back)
    context = {
        **admin.site.each_context(request),
        "title": _("Replace everywhere: %(picture)s") % {"picture": picture},
        "form": form,
        "picture": picture,
        "thumbnail": thumbnail(picture, 120),
        "uses": uses_in_words(picture),
        "back": back,
        "opts": Picture._meta,
    }
    return TemplateResponse(request, "admin/newsletters/picture/replace.html", context)


def _done_in_words(is_done: bool, places: int) -> str:
    if not is_done:
        return _("The new file is being prepared. It takes the picture's place everywhere when it's ready.")
    return (
        ngettext(
            "The picture was replaced in %d place. Editions that were sent keep theirs.",
            "The picture was replaced in %d places. Editions that were sent keep theirs.",
            places,
        )
        % places
    )


def uses_in_words(picture: Picture) -> SafeString:
    """A list with links, or that it is used nowhere."""
    found = uses(picture)
    if not found:
        return SafeString(_("It isn't used anywhere."))
    count = count_of_uses(picture)
    lines = format_html_join("", "<li>{}: {}</li>", ((each.kind, _linked(each)) for each in found))
    if left := count - len(found):
        lines += format_html("<li>{}</li>", _("and %(n)s more") % {"n": left})
    return format_html("{}<ul>{}</ul>", ngettext("Used in %d place:", "Used in %d places:", count) % count, lines)


def _linked(use: Use) -> SafeString:
    name = f"admin:{use.row._meta.app_label}_{use.row._meta.model_name}_change"
    try:
        return format_html('<a href="{}"><bdi>{}</bdi></a>', reverse(name, args=[use.row.pk]), use.row)
    except NoReverseMatch:
        return format_html("<bdi>{}</bdi>", use.row)
