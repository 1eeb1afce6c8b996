"""A picture that is uploaded while an article is saved by itself, or without being published."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from newsletters.admin.content.picture_states import receive_picture
from newsletters.articles.decoding import NotAPicture
from newsletters.models import Picture

_FILE = "lead_picture_file"


@dataclass(frozen=True, slots=True)
class HeldUpload:
    """The fields that choose the picture, and what is wrong with the file."""

    is_sent: bool = False
    picture: Picture | None = None
    fields: dict[str, str] = field(default_factory=dict)
    errors: list[dict[str, str]] = field(default_factory=list)


def hold_upload(request: HttpRequest) -> HeldUpload:
    """An upload becomes a picture at once, so that it is chosen however long publishing takes; the request has no file
    any more. Decoding takes seconds: within a transaction nobody else could write meanwhile."""
    file = request.FILES.get(_FILE)
    if file is None:
        return HeldUpload()
    del request.FILES[_FILE]
    try:
        words: dict[str, Any] = {
            key: request.POST.get(f"lead_picture_{key}", "")[: Picture.max_length(key)]
            for key in ("alt", "caption", "credit")
        }
        is_decorative = bool(request.POST.get("lead_picture_is_decorative"))
        picture = receive_picture(file, is_decorative=is_decorative, **words)
    except NotAPicture as problem:
        error = {"id": f"id_{_FILE}", "place": _("Picture file"), "message": str(problem)}
        return HeldUpload(is_sent=True, errors=[error])
    return HeldUpload(is_sent=True, picture=picture, fields={"lead_picture": str(picture.pk)})
