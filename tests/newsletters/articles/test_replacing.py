"""A large file that takes the place of a picture: when it is ready, and not before."""

from __future__ import annotations

from io import BytesIO

import pytest

from newsletters.articles.pictures import picture_path
from newsletters.articles.preparing import problem_of, replace_picture
from newsletters.models import Picture, PictureUpload
from tests.factories import make_article
from tests.images import image_bytes
from tests.newsletters.articles.workshop import everything_is_large, uploaded, work

__all__ = ["everything_is_large"]  # for each test in here
pytestmark = [pytest.mark.django_db]
PREPARING, READY = Picture.State.PREPARING, Picture.State.READY


def test_a_replacement_takes_the_place_when_it_is_ready_and_not_before() -> None:
    picture = uploaded()
    work()
    picture.refresh_from_db()
    before = picture.file
    article = make_article(body=f'<figure><img src="{picture_path(picture, 1200)}" alt="x"></figure>')
    assert not replace_picture(picture, BytesIO(image_bytes(1700, 900)))
    picture.refresh_from_db()
    assert (picture.state, picture.file) == (READY, before)  # readers see the old one
    work()
    picture.refresh_from_db()
    article.refresh_from_db()
    assert picture.file != before
    assert picture_path(picture, 1200) in article.body


def test_of_two_replacements_the_last_one_counts() -> None:
    picture = uploaded(image_bytes(70, 70))
    replace_picture(picture, BytesIO(image_bytes(1700, 900)))
    replace_picture(picture, BytesIO(image_bytes(1800, 400)))
    assert PictureUpload.objects.count() == 1
    work()
    picture.refresh_from_db()
    assert (picture.width, picture.height) == (1280, round(1280 * 400 / 1800))


def test_a_replacement_that_fails_leaves_the_picture_as_it_is() -> None:
    picture = uploaded(image_bytes(70, 70))
    replace_picture(picture, BytesIO(image_bytes(1600, 900, kind="PNG")[:-300]))
    work()
    picture.refresh_from_db()
    assert (picture.state, picture.width) == (READY, 70)
    assert "damaged" in problem_of(picture)
    replace_picture(picture, BytesIO(image_bytes(71, 70)))
    assert problem_of(picture) == ""


def test_one_that_failed_is_mended_by_another_file() -> None:
    picture = uploaded(image_bytes(1600, 900, kind="PNG")[:-300])
    work()
    replace_picture(picture, BytesIO(image_bytes(1700, 900)))
    picture.refresh_from_db()
    assert picture.state == PREPARING
    work()
    picture.refresh_from_db()
    assert picture.state == READY
