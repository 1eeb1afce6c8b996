"""A large picture is prepared by a worker: known at once, shown when it is ready, found again whatever happens."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import transaction
from django.utils import timezone
from PIL import Image, ImageFile
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from newsletters import tasks
from newsletters.articles import originals, preparing
from newsletters.articles.body_pictures import show_pictures, waits_for_pictures
from newsletters.articles.decoding import NotAPicture, NotNow
from newsletters.articles.pictures import Rendition, picture_path, render
from newsletters.articles.preparing import problem_of, waiting
from newsletters.models import Article, Picture, PictureUpload
from tests.factories import make_article
from tests.images import image_bytes
from tests.newsletters.articles.workshop import everything_is_large, later, uploaded, work

__all__ = ["everything_is_large"]  # for each test in here
pytestmark = [pytest.mark.django_db]
PREPARING, READY, FAILED = Picture.State.PREPARING, Picture.State.READY, Picture.State.FAILED


def media(settings: Settings, picture: Picture) -> list[Path]:
    return [Path(settings.MEDIA_ROOT) / each["file"] for each in picture.renditions]


def kept(settings: Settings) -> list[Path]:
    folder = Path(settings.IRIA_DATA) / "originals"
    return list(folder.iterdir()) if folder.is_dir() else []


@pytest.mark.parametrize(
    ("width", "height", "kind", "mode"),
    [(1600, 900, "JPEG", "RGB"), (300, 1999, "PNG", "RGB"), (1281, 77, "WEBP", "RGB"), (1600, 900, "PNG", "RGBA"),
     (1600, 901, "PNG", "P"), (900, 900, "JPEG", "CMYK")],
)  # fmt: skip
def test_its_files_are_those_that_were_named_at_the_upload(
    settings: Settings, width: int, height: int, kind: str, mode: str
) -> None:
    picture = uploaded(image_bytes(width, height, kind=kind, mode=mode))
    promised = picture.renditions
    assert picture.state == PREPARING
    assert not any(path.exists() for path in media(settings, picture))
    work()
    picture.refresh_from_db()
    assert (picture.state, picture.renditions) == (READY, promised)
    assert all(path.exists() for path in media(settings, picture))
    assert Image.open(media(settings, picture)[-1]).size == (picture.width, picture.height)
    assert not PictureUpload.objects.exists()


def test_a_photo_that_is_turned_has_the_size_that_was_promised() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    picture = uploaded(image_bytes(2000, 1000, exif=exif))
    assert (picture.width, picture.height) == (1000, 2000)
    work()
    picture.refresh_from_db()
    assert (picture.state, picture.width, picture.height) == (READY, 1000, 2000)


def test_a_small_picture_is_ready_at_once() -> None:
    assert uploaded(image_bytes(70, 70)).state == READY
    assert not PictureUpload.objects.exists()


def test_the_same_file_again_is_ready_at_once() -> None:
    uploaded()
    work()
    assert uploaded(alt="Again").state == READY


def test_the_upload_goes_when_the_picture_is_there(
    settings: Settings, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    uploaded()
    assert len(kept(settings)) == 1
    with django_capture_on_commit_callbacks(execute=True):
        work()
    assert kept(settings) == []


def test_readers_see_no_broken_picture_meanwhile() -> None:
    picture = uploaded(caption="Below it")
    article = make_article(lead_picture=picture)
    body = f'<p>One</p><figure><img src="{picture_path(picture, 1200)}" alt=""></figure><p>Two</p>'
    assert article.shown_picture is None
    assert show_pictures(body) == "<p>One</p><p>Two</p>"
    assert show_pictures(f'<p><img src="{picture_path(picture, 1200)}" alt=""></p>') == "<p></p>"
    assert waits_for_pictures(body)
    assert waits_for_pictures("", picture)
    work()
    assert Article.objects.get(pk=article.pk).shown_picture == picture
    assert "srcset=" in show_pictures(body)
    assert "Below it" in show_pictures(body)
    assert not waits_for_pictures(body)


def test_nothing_is_decoded_at_the_upload(monkeypatch: pytest.MonkeyPatch) -> None:
    for kind in ("JPEG", "PNG", "WEBP", "GIF", "MPO"):
        data = image_bytes(1600, 900, kind=kind, mode="P" if kind == "GIF" else "RGB")
        with monkeypatch.context() as refusing:
            refusing.setattr(ImageFile.ImageFile, "load", _not_now)
            assert uploaded(data).state == PREPARING


def _not_now(*_: object) -> None:
    raise AssertionError("pixels were decoded")


def test_a_png_that_says_at_its_end_that_it_is_turned_stays_right_in_texts() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    data = image_bytes(1000, 2000, kind="PNG", exif=exif)
    at, end = data.index(b"eXIf") - 4, data.index(b"IEND") - 4
    length = 12 + int.from_bytes(data[at : at + 4], "big")
    picture = uploaded(data[:at] + data[at + length : end] + data[at : at + length] + data[end:])
    article = make_article(body=f'<figure><img src="{picture_path(picture, 1200)}" alt="x"></figure>')
    work()
    picture.refresh_from_db()
    article.refresh_from_db()
    assert (picture.width, picture.height) == (1280, 640)
    assert picture_path(picture, 1200) in article.body


# --- What goes wrong ------------------------------------------------------------------------------------------
def test_one_that_cant_become_a_picture_says_why(settings: Settings) -> None:
    picture = uploaded(image_bytes(1600, 900, kind="PNG")[:-300])
    work()
    picture.refresh_from_db()
    assert picture.state == FAILED
    assert problem_of(picture) == "This picture is damaged and we can't read it. Save it again and choose that file."
    assert kept(settings) == []
    assert waiting() == []


def test_a_worker_that_dies_over_it_is_replaced_and_one_that_kills_all_is_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    picture = uploaded()

    def killed(*_: object, **__: object) -> list[Rendition]:
        raise SystemExit  # nothing of it runs on: no exception is handled, no row written

    with monkeypatch.context() as dying:
        dying.setattr(preparing, "render", killed)
        for tries in range(preparing.MOST_TRIES):
            with pytest.raises(SystemExit):
                work()
            assert PictureUpload.objects.get().tries == tries + 1
            assert waiting() == []  # not at once: what killed one worker must not keep all of them busy
            later(10 * 2**tries + 1)
            assert len(waiting()) == 1
    work()
    picture.refresh_from_db()
    assert picture.state == FAILED
    assert problem_of(picture).endswith("Save it as a smaller JPEG and choose that file.")


HOLDS = """
import os, sys, time
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
import django
django.setup()
from django.conf import settings
from newsletters.articles import originals
settings.IRIA_DATA = sys.argv[1]
with originals.held(sys.argv[2]) as file:
    print("held", flush=True)
    time.sleep(60)
"""


def test_after_kill_9_the_next_look_prepares_it(settings: Settings) -> None:
    """A process that is at work holds the file; one that was killed holds nothing."""
    picture = uploaded()
    upload = PictureUpload.objects.get()
    command = [sys.executable, "-c", HOLDS, str(settings.IRIA_DATA), upload.original]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=Path(__file__).parents[3]) as worker:
        assert worker.stdout is not None
        assert worker.stdout.readline() == b"held\n"
        work()
        picture.refresh_from_db()
        assert picture.state == PREPARING  # it is left to the one that is at it
        assert PictureUpload.objects.get().tries == 0
        os.kill(worker.pid, signal.SIGKILL)
        worker.wait()
    later(11)
    work()
    picture.refresh_from_db()
    assert picture.state == READY


def test_reconcile_finds_what_was_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    nudged: list[object] = []
    monkeypatch.setattr(tasks, "nudge", lambda task, *_: nudged.append(task))
    tasks.reconcile()
    assert tasks.prepare_pictures not in nudged
    uploaded()
    tasks.reconcile()
    assert tasks.prepare_pictures in nudged


def test_one_that_doesnt_get_its_turn_waits_and_loses_no_try(monkeypatch: pytest.MonkeyPatch) -> None:
    picture = uploaded()

    def busy(*_: object, **__: object) -> list[Rendition]:
        raise NotNow("busy")

    with monkeypatch.context() as others:
        others.setattr(preparing, "render", busy)
        work()
    upload = PictureUpload.objects.get()
    assert (upload.tries, upload.problem) == (0, "")
    assert upload.try_at > timezone.now()
    later(3)
    work()
    picture.refresh_from_db()
    assert picture.state == READY


def test_a_file_that_is_gone_is_said(settings: Settings) -> None:
    picture = uploaded()
    kept(settings)[0].unlink()
    work()
    assert problem_of(picture) == "The uploaded file is gone. Choose the picture again."


def test_how_many_may_wait_is_bounded(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preparing, "MOST_WAITING", 1)
    uploaded()
    with pytest.raises(NotAPicture, match="Try again in a few minutes"):
        uploaded(image_bytes(1601, 900))
    monkeypatch.setattr(preparing, "MOST_WAITING", 10)
    monkeypatch.setattr(preparing, "MOST_BYTES", 10_000)
    with pytest.raises(NotAPicture, match="Try again in a few minutes"):
        uploaded(image_bytes(1602, 900))
    assert len(kept(settings)) == Picture.objects.count() == 1


def test_files_of_uploads_that_came_to_nothing_are_swept_away(settings: Settings) -> None:
    class Undone(Exception):
        pass

    with pytest.raises(Undone), transaction.atomic():
        uploaded()
        raise Undone
    uploaded(image_bytes(1603, 900))
    assert len(kept(settings)) == 2
    preparing.sweep()
    assert len(kept(settings)) == 2  # its row may not be committed yet
    long_ago = timezone.now().timestamp() - originals.FORGOTTEN - 1
    for path in kept(settings):
        os.utime(path, (long_ago, long_ago))
    preparing.sweep()
    assert [path.name for path in kept(settings)] == [PictureUpload.objects.get().original]


def test_a_picture_that_is_deleted_meanwhile_is_no_trouble(monkeypatch: pytest.MonkeyPatch) -> None:
    picture = uploaded()

    def deleted_meanwhile(data: bytes, **more: object) -> list[Rendition]:
        picture.delete()
        return render(data, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(preparing, "render", deleted_meanwhile)
    work()
    assert not Picture.objects.exists()
