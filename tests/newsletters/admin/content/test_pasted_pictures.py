"""A picture that the editor sends by itself: what comes back, and what is said when it can't become one."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from newsletters.articles.writing import clean_body, own_picture_path
from newsletters.models import Picture
from tests.newsletters.admin.conftest import picture_file

pytestmark = [pytest.mark.django_db, pytest.mark.either_database]
UPLOAD = "/admin/newsletters/picture/upload/"


def test_a_pasted_picture_can_stand_in_an_article(editor: Client) -> None:
    answer = editor.post(UPLOAD, {"file": picture_file(), "alt": "A tower"})
    assert answer.status_code == 201
    said = answer.json()
    picture = Picture.objects.get()
    assert (said["id"], said["alt"], picture.alt) == (picture.pk, "A tower", "A tower")
    assert own_picture_path(said["url"]) == said["url"]
    assert said["url"] in clean_body(f'<figure><img src="{said["url"]}" alt=""></figure>')


def test_its_description_may_come_later(editor: Client) -> None:
    assert editor.post(UPLOAD, {"file": picture_file()}).json()["alt"] == ""


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        (SimpleUploadedFile("a.png", b"not a picture"), "We can't use this file as a picture."),
        (SimpleUploadedFile("a.svg", b"<svg/>"), "You can't use SVG drawings here."),
        (None, "This field is required."),
    ],
)
def test_what_is_no_picture_is_refused_in_words(editor: Client, file: SimpleUploadedFile | None, sentence: str) -> None:
    answer = editor.post(UPLOAD, {"file": file} if file else {})
    assert answer.status_code == 400
    assert sentence in answer.json()["error"]
    assert not Picture.objects.exists()


def test_only_who_may_add_pictures_may_paste_them(browser_of: Callable[[str], Client]) -> None:
    assert browser_of("Manager").post(UPLOAD, {"file": picture_file()}).status_code == 403
    assert browser_of("Editor").get(UPLOAD).status_code == 405


def test_every_refusal_is_a_sentence_in_json(browser_of: Callable[[str], Client]) -> None:
    def said(client: Client, **headers: str) -> tuple[int, str]:
        answer = client.post(UPLOAD, {"file": picture_file()}, headers={"Accept": "application/json", **headers})
        return answer.status_code, answer.json()["error"]

    status, sentence = said(browser_of("Manager"))
    assert (status, "You need the role" in sentence) == (403, True)
    status, sentence = said(Client())
    assert (status, "You were signed out" in sentence) == (401, True)
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(User.objects.create_superuser("root"))
    status, sentence = said(strict, **{"Sec-Fetch-Site": "same-origin"})
    assert (status, "Reload it" in sentence) == (403, True)
    assert not Picture.objects.exists()
