"""Where the editor sends a picture that was pasted or dropped: `POST admin:newsletters_picture_upload`.

    const body = new FormData();
    body.append("file", file);                   // and, if known: alt, caption, credit
    const headers = { Accept: "application/json", "X-CSRFToken": token };
    const answer = await fetch(url, { method: "POST", body, headers });

answers in JSON: 201 and what stands in the text of an article, `{"id": 7, "url": "/media/pictures/…", "alt": "",
"caption": "", "width": 1200, "height": 800}`; 400 and `{"error": "…"}`, a sentence for the person, where the file can't
become a picture; the same with 401 and 403 where they were signed out or may not add one, if they ask for JSON. The
alternative text may be empty: the editor asks for it in the text.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, JsonResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from lib.json_answers import refusal
from newsletters.admin.content.picture_states import receive_picture
from newsletters.admin.roles import require
from newsletters.articles.decoding import NotAPicture
from newsletters.articles.pictures import IN_TEXT_WIDTH, picture_path, rendition
from newsletters.models import Picture
from subscribers.admin.plain_text_forms import PlainTexts


class PastedPictureForm(PlainTexts, forms.Form):
    file = forms.FileField()
    alt = forms.CharField(max_length=300, required=False)
    caption = forms.CharField(max_length=500, required=False)
    credit = forms.CharField(max_length=200, required=False)


@require_POST
def receive(request: HttpRequest) -> JsonResponse:
    require(request, "newsletters.add_picture", _("Add a picture"))
    form = PastedPictureForm(request.POST, request.FILES)
    if not form.is_valid():
        return refusal(" ".join(str(error) for errors in form.errors.values() for error in errors), 400)
    words = {name: form.cleaned_data[name] for name in ("alt", "caption", "credit")}
    try:
        picture = receive_picture(form.cleaned_data["file"], **words)
    except NotAPicture as problem:
        return refusal(str(problem), 400)
    return JsonResponse(in_text(picture), status=201)


def in_text(picture: Picture) -> dict[str, Any]:
    """What the editor needs to put the picture into a text."""
    shown = rendition(picture, IN_TEXT_WIDTH)
    return {
        "id": picture.pk,
        "url": picture_path(picture, IN_TEXT_WIDTH),
        "alt": picture.alt,
        "decorative": picture.is_decorative,
        "caption": picture.caption,
        "width": shown.width,
        "height": shown.height,
    }
