"""A picture that is being prepared, as the staff see it: an upload on its way to a worker, the words that stand for it
meanwhile, and `GET admin:newsletters_picture_states`, by which a page that is open learns that it is ready.

    ?id=7&id=8&file=pictures/ab/0123456789abcdef-1280.jpg

answers `{"pictures": [{"id": 7, "file": "pictures/ab/0123456789abcdef", "state": "ready", "said": "", "url": …}]}`, at
most `MOST` of them, of a file that was added twice the newest. Without JavaScript a reload shows it.
"""

from __future__ import annotations

from typing import BinaryIO

from django.core.files.base import File
from django.db.models import Q
from django.http import HttpRequest, JsonResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from lib.nudging import nudge
from lib.query_numbers import read_number
from newsletters.admin.roles import require
from newsletters.articles.body_pictures import key_of
from newsletters.articles.pictures import IN_TEXT_WIDTH, picture_path
from newsletters.articles.preparing import is_being_replaced, make_picture, problem_of, replace_picture
from newsletters.models import Picture
from newsletters.tasks import prepare_pictures

MOST = 60


# --- Receiving ------------------------------------------------------------------------------------------------
def receive_picture(
    file: BinaryIO | File[bytes], *, alt: str, caption: str = "", credit: str = "", is_decorative: bool = False
) -> Picture:
    """`make_picture`, and a worker is told. Raises `NotAPicture`."""
    picture = make_picture(file, alt=alt, caption=caption, credit=credit, is_decorative=is_decorative)
    if not picture.is_ready:
        nudge(prepare_pictures)
    return picture


def receive_replacement(picture: Picture, file: BinaryIO | File[bytes]) -> bool:
    """`replace_picture`, and a worker is told. Raises `NotAPicture`."""
    if replace_picture(picture, file):
        return True
    nudge(prepare_pictures)
    return False


# --- Showing --------------------------------------------------------------------------------------------------
def thumbnail(picture: Picture | None, height: int = 60) -> SafeString:
    """So many pixels high; words in its place while there is nothing to see."""
    if picture is None:
        return SafeString("–")
    if not picture.is_ready:
        return format_html(
            '<span class="iria-thumbnail iria-{}" data-preparing="{}" data-height="{}">{}</span>',
            picture.state, picture.pk, height, state_in_words(picture),
        )  # fmt: skip
    return format_html(
        '<img class="iria-thumbnail" src="{}" alt="{}" height="{}">',
        picture_path(picture, height * 3),
        picture.alt,
        height,
    )


def state_in_words(picture: Picture) -> str:
    """What became of it, and what to do; empty when it is ready."""
    if picture.state == Picture.State.PREPARING:
        return _("Being prepared…")
    if picture.state == Picture.State.FAILED:
        return problem_of(picture) or _("This picture couldn't be prepared. Choose another file.")
    return ""


def news_of(picture: Picture) -> SafeString:
    """On the picture's own page: what is under way with its file, or went wrong."""
    if picture.state == Picture.State.PREPARING or is_being_replaced(picture):
        words = (
            _("The new file is being prepared. It takes this picture's place everywhere when it's ready.")
            if picture.is_ready
            else _("This picture is being prepared. You can use it already; readers see it when it's ready.")
        )
        return format_html('<p class="iria-preparing-note" role="status">{}</p>', words)
    if problem := problem_of(picture):
        where = format_html('<a href="{}">{}</a>', reverse("admin:newsletters_picture_replace", args=[picture.pk]),
                            _("Choose another file"))  # fmt: skip
        return format_html('<p class="errornote">{} {}</p>', problem, where)
    return SafeString()


@require_safe
def states(request: HttpRequest) -> JsonResponse:
    require(request, "newsletters.view_picture", _("See pictures"))
    ids = {number for each in request.GET.getlist("id")[:MOST] if (number := read_number(each)) is not None}
    keys = {key for each in request.GET.getlist("file")[:MOST] if (key := key_of(f"/media/{each}"))}
    wanted = Q(pk__in=ids)
    for key in keys:
        wanted |= Q(file__startswith=key)
    found = Picture.objects.filter(wanted).order_by("pk")[:MOST] if ids or keys else []
    pictures = [
        {
            "id": picture.pk,
            "file": key_of(f"/media/{picture.file}"),
            "state": picture.state,
            "said": state_in_words(picture),
            "url": picture_path(picture, IN_TEXT_WIDTH),
            "alt": picture.alt,
        }
        for picture in found
    ]
    return JsonResponse({"pictures": pictures}, headers={"Cache-Control": "no-store"})
