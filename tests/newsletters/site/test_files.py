"""Pictures, the icon, and the word to robots."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client
from pytest_django import Settings

from tests.images import stored_picture

pytestmark = [pytest.mark.django_db, pytest.mark.either_database]


def test_a_picture_is_served_for_a_year_and_for_nothing_but_a_picture(client: Client) -> None:
    response = client.get(f"/media/{stored_picture().file}")
    assert response.status_code == 200
    assert response["Content-Type"] == "image/jpeg"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Cache-Control"] == "public, max-age=31536000, immutable"
    assert b"".join(response).startswith(b"\xff\xd8")


def test_a_picture_that_a_browser_has_is_not_sent_again(client: Client) -> None:
    path = f"/media/{stored_picture().file}"
    first = client.get(path)
    first.close()
    assert client.get(path, headers={"if-modified-since": first["Last-Modified"]}).status_code == 304


@pytest.mark.parametrize(
    "path",
    [
        "/media/secret.txt",
        "/media/pictures/ab/../../secret.txt",
        "/media/pictures/ab/%2e%2e/%2e%2e/secret.txt",
        "/media/pictures/ab/0123456789abcdef-640.svg",
        "/media/pictures/ab/0123456789abcdef-640.jpg",
        "/media/pictures/",
        "/media/",
    ],
)
def test_nothing_else_in_the_folder_is_served(client: Client, settings: Settings, path: str) -> None:
    folder = Path(settings.MEDIA_ROOT)
    (folder / "pictures" / "ab").mkdir(parents=True)
    (folder / "secret.txt").write_text("secret")
    (folder / "pictures" / "ab" / "0123456789abcdef-640.svg").write_text("<svg/>")
    assert client.get(path).status_code == 404


def test_robots_are_kept_from_readers_own_pages(client: Client) -> None:
    response = client.get("/robots.txt")
    assert response["Content-Type"].startswith("text/plain")
    assert "Disallow: /preferences/" in str(response.content, "utf-8")


def test_the_icon_is_our_own(client: Client) -> None:
    response = client.get("/favicon.ico")
    assert response.status_code == 302
    assert response["Location"] == "/icon.svg"
