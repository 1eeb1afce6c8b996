"""What the staff and readers see while a worker prepares a picture: words in its place, and the picture by itself."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from pytest_django import DjangoCaptureOnCommitCallbacks

from newsletters import tasks
from newsletters.admin.content import picture_states
from newsletters.articles import decoding
from newsletters.models import Article, Picture
from tests.factories import make_article
from tests.images import stored_picture
from tests.newsletters.admin.conftest import picture_file

pytestmark = [pytest.mark.django_db, pytest.mark.either_database]
UPLOAD = "/admin/newsletters/picture/upload/"
STATES = "/admin/newsletters/picture/states/"


@pytest.fixture(autouse=True)
def few_pixels_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding, "FEW_PIXELS", 100_000)


def uploaded(editor: Client) -> Picture:
    assert editor.post(UPLOAD, {"file": picture_file(), "alt": "A tower"}).status_code == 201
    return Picture.objects.get()


def test_an_upload_tells_a_worker_and_can_be_used_at_once(
    editor: Client,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    nudged: list[object] = []
    monkeypatch.setattr(picture_states, "nudge", nudged.append)
    picture = uploaded(editor)
    assert nudged == [tasks.prepare_pictures]
    chooser = editor.get("/admin/newsletters/picture/choose/").content.decode()
    assert f'data-preparing="{picture.pk}" data-height="120">Being prepared…</span>' in chooser
    assert "Use this picture" in chooser
    assert f"/media/{picture.file}" not in editor.get("/admin/newsletters/picture/").content.decode()
    page = editor.get(f"/admin/newsletters/picture/{picture.pk}/change/").content.decode()
    assert "This picture is being prepared." in page
    assert "It isn't used anywhere." in page


def test_an_open_page_learns_that_it_is_ready(editor: Client) -> None:
    picture = uploaded(editor)
    key = picture.file.rpartition("-")[0]
    for query in (f"?id={picture.pk}", f"?file={key}-", f"?file={picture.file}"):
        (said,) = editor.get(STATES + query).json()["pictures"]
        assert (said["id"], said["file"], said["state"], said["said"]) == (
            picture.pk, key, "preparing", "Being prepared…",
        )  # fmt: skip
    tasks.prepare_pictures()
    (said,) = editor.get(f"{STATES}?id={picture.pk}").json()["pictures"]
    assert (said["state"], said["said"], said["alt"]) == ("ready", "", "A tower")
    assert editor.get(said["url"]).status_code == 200
    assert editor.get(f"{STATES}?id=x&id=&file=../../etc").json() == {"pictures": []}
    assert editor.get(STATES).json() == {"pictures": []}


def test_one_that_failed_says_what_to_do(editor: Client) -> None:
    picture = uploaded(editor)
    Picture.objects.update(state=Picture.State.FAILED)
    picture.uploads.update(problem="This picture is animated. Choose a still one: JPEG, PNG or WebP.")
    chooser = editor.get("/admin/newsletters/picture/choose/").content.decode()
    assert "This picture is animated. Choose a still one: JPEG, PNG or WebP." in chooser
    assert "Use this picture" not in chooser
    assert f'href="/admin/newsletters/picture/{picture.pk}/replace/"' in chooser
    page = editor.get(f"/admin/newsletters/picture/{picture.pk}/change/").content.decode()
    assert "Choose another file" in page


def test_only_staff_who_see_pictures_may_ask(browser_of: Callable[[str], Client]) -> None:
    assert browser_of("Nobody").get(STATES).status_code == 403
    assert Client().get(STATES).status_code == 302


def test_a_published_article_shows_no_broken_picture_and_then_the_picture(editor: Client, client: Client) -> None:
    picture = uploaded(editor)
    body = f'<p>Text</p><figure><img src="/media/{picture.file}" alt="A tower"></figure>'
    article = make_article(lead_picture=picture, body=body)
    Article.objects.filter(pk=article.pk).update(body=body)
    address = article.get_absolute_url()
    for page in (address, "/", "/articles/feed.xml", "/search/?q=text"):
        assert "/media/pictures/" not in client.get(page).content.decode()
    assert "still being prepared" not in client.get(address).content.decode()
    assert "still being prepared" in editor.get(f"{address}preview/").content.decode()
    tasks.prepare_pictures()
    assert client.get(address).content.decode().count("/media/pictures/") > 2
    assert "still being prepared" not in editor.get(f"{address}preview/").content.decode()


def test_a_large_replacement_is_announced_and_takes_its_place(owner: Client) -> None:
    picture = stored_picture(200, 100)
    address = f"/admin/newsletters/picture/{picture.pk}/replace/"
    said = owner.post(address, {"file": picture_file()}, follow=True).content.decode()
    assert "The new file is being prepared." in said
    assert f"/media/{picture.file}" in said
    tasks.prepare_pictures()
    picture.refresh_from_db()
    assert picture.width == 700
