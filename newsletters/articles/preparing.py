"""From an upload to a picture: at once where that takes a moment, by a worker where it takes seconds.

A large picture has its row, and the names of its files, as soon as it is uploaded, so that it can be chosen, described
and placed; readers see it when a worker has made the files (`prepare`). The uploaded file is kept until then. What a
worker left behind is found by the next look (`waiting`), also after it was killed; what can't become a picture says
why (`problem_of`). How many may wait, and how much they may weigh together, is bounded.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import BinaryIO

from django.core.files.base import File
from django.db import transaction
from django.db.models import Count, F, Sum
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, override

from newsletters.articles import originals
from newsletters.articles.decoding import NotAPicture, NotNow, measure
from newsletters.articles.picture_uses import replace_everywhere
from newsletters.articles.pictures import Rendition, names_of, read_upload, render, take_renditions
from newsletters.models import Picture, PictureUpload

logger = logging.getLogger(__name__)

MOST_WAITING = 200
MOST_BYTES = 2_000_000_000  # of all that wait
MOST_TRIES = 5
FIRST_PAUSE = timedelta(seconds=10)  # before it is tried again; doubled each time
TURN_SECONDS = 1.0  # a worker has other things to do than to wait for a picture of somebody else
NEXT_TURN = timedelta(seconds=2)
GAVE_UP = gettext_noop("We couldn't prepare this picture. Save it as a smaller JPEG and choose that file.")
GONE = gettext_noop("The uploaded file is gone. Choose the picture again.")


# --- Uploading ------------------------------------------------------------------------------------------------
def make_picture(
    file: BinaryIO | File[bytes], *, alt: str, caption: str = "", credit: str = "", is_decorative: bool = False
) -> Picture:
    """The picture of the file: ready, or `PREPARING` when it is for a worker. Raises `NotAPicture`."""
    data = read_upload(file)
    picture = Picture(alt=alt, caption=caption, credit=credit, is_decorative=is_decorative)
    head = measure(data)
    names = names_of(data, head)
    take_renditions(picture, names)
    if _is_there(names):
        picture.save()
        return picture
    if not head.is_large:
        take_renditions(picture, render(data))
        picture.save()
        return picture
    picture.state = Picture.State.PREPARING
    _must_have_room(len(data))
    with transaction.atomic():
        picture.save()
        PictureUpload.objects.create(picture=picture, original=originals.store(data), size=len(data), replaces=False)
    return picture


def replace_picture(picture: Picture, file: BinaryIO | File[bytes]) -> bool:
    """Another file in the place of this one, everywhere: whether that has happened already, or is for a worker. The
    last file that was chosen counts. Raises `NotAPicture`."""
    data = read_upload(file)
    head = measure(data)
    renditions = None if head.is_large else render(data)
    if renditions is None and _is_there(names := names_of(data, head)):
        renditions = names
    if renditions is None:
        _must_have_room(len(data))
    with transaction.atomic():
        picture = Picture.objects.select_for_update().get(pk=picture.pk)
        _forget_uploads(picture)
        if renditions is not None:
            replace_everywhere(picture, renditions)
            return True
        PictureUpload.objects.create(picture=picture, original=originals.store(data), size=len(data), replaces=True)
        if not picture.is_ready:
            picture.state = Picture.State.PREPARING
            picture.save(update_fields=["state"])
    return False


def _is_there(names: list[Rendition]) -> bool:
    """Whether somebody uploaded the same file before."""
    return Picture.objects.filter(file=names[-1].name, state=Picture.State.READY).exists()


def _must_have_room(size: int) -> None:
    now = PictureUpload.objects.filter(problem="").aggregate(count=Count("pk"), size=Sum("size"))
    if now["count"] >= MOST_WAITING or (now["size"] or 0) + size > MOST_BYTES:
        raise NotAPicture(_("Too many pictures are being prepared right now. Try again in a few minutes."))


def _forget_uploads(picture: Picture) -> None:
    names = list(picture.uploads.values_list("original", flat=True))
    picture.uploads.all().delete()
    transaction.on_commit(lambda: originals.remove(names))


# --- By a worker ----------------------------------------------------------------------------------------------
def waiting(most: int = 2) -> list[int]:
    """The uploads that a worker is to look at now, the oldest first."""
    found = PictureUpload.objects.filter(problem="", try_at__lte=timezone.now()).order_by("try_at", "pk")
    return list(found.values_list("pk", flat=True)[:most])


def prepare(upload_id: int) -> bool:
    """Make the files of an upload, and the picture ready. False when there was nothing to do: it is done, not due, or
    another worker is at it."""
    upload = PictureUpload.objects.filter(pk=upload_id, problem="", try_at__lte=timezone.now()).first()
    if upload is None:
        return False
    try:
        with originals.held(upload.original) as original:
            if original is None:
                _put_off(upload, FIRST_PAUSE)
                return False
            return _prepare(upload, original.read())
    except FileNotFoundError:  # or another worker has just finished it
        return _fail(upload, GONE)


def _prepare(upload: PictureUpload, data: bytes) -> bool:
    # Counted before: a picture that kills its worker must not do so for ever.
    mine = PictureUpload.objects.filter(pk=upload.pk, tries=upload.tries)
    pause = FIRST_PAUSE * 2**upload.tries
    if not mine.update(tries=F("tries") + 1, try_at=timezone.now() + pause):
        return False
    if upload.tries >= MOST_TRIES:
        return _fail(upload, GAVE_UP)
    try:
        with override("en"):  # the reason is kept, and translated for each reader
            renditions = _renditions(data)
    except NotNow:
        PictureUpload.objects.filter(pk=upload.pk).update(tries=upload.tries)
        _put_off(upload, NEXT_TURN)
        return False
    except NotAPicture as problem:
        return _fail(upload, str(problem))
    with transaction.atomic():
        picture = Picture.objects.select_for_update().filter(uploads=upload).first()
        if picture is None:  # deleted meanwhile, or another file was chosen
            return False
        if upload.replaces or picture.file != renditions[-1].name:  # or it lay about its sides in its head
            replace_everywhere(picture, renditions)
        else:
            take_renditions(picture, renditions)
            picture.state = Picture.State.READY
            picture.save(update_fields=["file", "width", "height", "renditions", "state"])
        _forget_uploads(picture)
    return True


def _renditions(data: bytes) -> list[Rendition]:
    names = names_of(data, measure(data))
    return names if _is_there(names) else render(data, extension=names[-1].name[-3:], turn_seconds=TURN_SECONDS)


def _put_off(upload: PictureUpload, pause: timedelta) -> None:
    PictureUpload.objects.filter(pk=upload.pk).update(try_at=timezone.now() + pause)


def _fail(upload: PictureUpload, problem: str) -> bool:
    """The row stays with the reason, the file goes."""
    with transaction.atomic():
        if not PictureUpload.objects.filter(pk=upload.pk, problem="").update(problem=problem[:300]):
            return False
        Picture.objects.filter(pk=upload.picture_id, state=Picture.State.PREPARING).update(state=Picture.State.FAILED)
    originals.remove([upload.original])
    logger.warning("Picture %s can't be prepared: %s", upload.picture_id, problem)
    return True


def sweep() -> None:
    """Remove files that no row names: their upload was rolled back, or their picture deleted."""
    old = originals.older_than_a_day()
    named = set(PictureUpload.objects.filter(problem="").values_list("original", flat=True)) if old else set()
    originals.remove(name for name in old if name not in named)


# --- In words -------------------------------------------------------------------------------------------------
def problem_of(picture: Picture) -> str:
    """Why the last file that was chosen couldn't become the picture, and what to do; empty when it could, or may."""
    last = picture.uploads.exclude(problem="").order_by("-pk").first()
    return _(last.problem) if last else ""


def is_being_replaced(picture: Picture) -> bool:
    """Whether a file that is to take its place is being prepared."""
    return picture.is_ready and picture.uploads.filter(problem="").exists()
