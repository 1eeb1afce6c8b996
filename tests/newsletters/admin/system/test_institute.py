"""The institute's form: its look, a sentence for what does not fit, and nothing lost when another field is wrong."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from newsletters.models import Institute, Picture
from tests.images import image_bytes, stored_picture

pytestmark = [pytest.mark.django_db, pytest.mark.either_database]
PAGE = "/admin/newsletters/institute/1/change/"


def typed(**changes: Any) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "name": "IRIA", "tagline": "", "description": "", "contact_email": "", "copyright_line": "",
        "zone": "UTC",
        "accent": "#17304f", "typeface": "", "social_links": "", "comments_days": "30", "comments_email": "",
        "shows_name": "on",
    }  # fmt: skip
    return {key: value for key, value in (fields | changes).items() if value is not None}


def upload(width: int, height: int) -> SimpleUploadedFile:
    return SimpleUploadedFile("picture.jpg", BytesIO(image_bytes(width, height)).getvalue(), "image/jpeg")


def save(client: Client, **changes: Any) -> Institute:
    answer = client.post(PAGE, typed(**changes))
    assert answer.status_code == 302, answer.content.decode()
    return Institute.objects.get()


def refused(client: Client, **changes: Any) -> str:
    answer = client.post(PAGE, typed(**changes))
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_look_is_chosen_in_one_form(owner: Client) -> None:
    institute = save(
        owner, accent="#FFD400", typeface="inter", logo_file=upload(420, 210), icon_file=upload(512, 512),
        share_picture_file=upload(1200, 630), social_links=" https://bsky.app/profile/iria \n\nhttps://x.com/iria",
    )  # fmt: skip
    assert (institute.accent, institute.typeface) == ("#ffd400", "inter")
    assert institute.logo
    assert institute.icon
    assert institute.share_picture
    assert institute.logo.alt == "IRIA"
    assert institute.profiles == ["https://bsky.app/profile/iria", "https://x.com/iria"]
    assert not save(owner, logo=str(institute.logo_id), logo_remove="on").logo


def test_what_becomes_of_the_colour_is_said_after_saving(owner: Client) -> None:
    save(owner, accent="#ffd400")
    assert "Words in it would be hard to read, so links have" in owner.get(PAGE).content.decode()
    save(owner, accent="#17304f")
    assert "readable as it is" in owner.get(PAGE).content.decode()


def test_the_standard_colours_are_chosen_with_a_tick(owner: Client) -> None:
    assert save(owner, accent="#ffd400").accent == "#ffd400"
    assert save(owner, accent="#ffd400", house_colours="on").accent == ""
    assert 'name="house_colours" id="id_house_colours" checked' in owner.get(PAGE).content.decode()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"accent": "blue"}, "Six hexadecimal digits"),
        ({"typeface": "comic"}, "Select a valid choice"),
        ({"social_links": "bsky.app/profile/iria"}, "“bsky.app/profile/iria” isn&#x27;t a web address."),
        ({"social_links": "javascript:alert(1)"}, "isn&#x27;t a web address."),
        ({"social_links": "\n".join(f"https://x.com/{n}" for n in range(13))}, "Enter at most 12 addresses."),
    ],
)
def test_what_does_not_fit_is_refused_with_a_sentence(owner: Client, changes: dict[str, str], sentence: str) -> None:
    assert sentence in refused(owner, **changes)


@pytest.mark.parametrize(
    ("field", "size", "sentence"),
    [
        ("icon_file", (600, 300), "The icon must be a square; this picture has 600 × 300 pixels."),
        ("icon_file", (64, 64), "The icon is only 64 pixels wide."),
        ("share_picture_file", (320, 160), "This picture is only 320 pixels wide."),
    ],
)
def test_a_picture_that_does_not_serve_is_refused(
    owner: Client, field: str, size: tuple[int, int], sentence: str
) -> None:
    assert sentence in refused(owner, **{field: upload(*size)})


def test_a_picture_that_was_there_already_must_serve_too(owner: Client) -> None:
    assert "The icon is only 64 pixels wide." in refused(owner, icon=str(stored_picture(64, 64).pk))


def test_a_chosen_picture_is_kept_while_another_field_is_wrong(owner: Client) -> None:
    page = refused(owner, name="", logo_file=upload(420, 210))
    picture = Picture.objects.get()
    assert f'name="logo" value="{picture.pk}"' in page
    assert save(owner, logo=str(picture.pk)).logo == picture


def test_who_may_only_look_sees_the_look_and_has_no_inputs(editor: Client) -> None:
    Institute.objects.create(name="IRIA", accent="#ffd400")
    answer = editor.get(PAGE)
    assert answer.status_code in {200, 403}
    assert 'type="file"' not in answer.content.decode()
