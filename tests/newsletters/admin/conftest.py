"""Staff with each role, and a browser for each."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

import pytest
from django.contrib.auth.models import Group, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image


@pytest.fixture
def browser_of(db: None) -> Callable[[str], Client]:
    """A client signed in as somebody with this role; “Superuser” and “Nobody” (staff without a role) exist too."""

    def make(role: str) -> Client:
        user = User.objects.create_user(role.lower(), password="pw", is_staff=True, is_superuser=role == "Superuser")
        if role not in {"Superuser", "Nobody"}:
            user.groups.add(Group.objects.get(name=role))
        client = Client()
        client.force_login(user)
        return client

    return make


@pytest.fixture
def owner(browser_of: Callable[[str], Client]) -> Client:
    return browser_of("Owner")


@pytest.fixture
def editor(browser_of: Callable[[str], Client]) -> Client:
    return browser_of("Editor")


@pytest.fixture
def publisher(browser_of: Callable[[str], Client]) -> Client:
    return browser_of("Publisher")


@pytest.fixture
def colleagues(db: None) -> None:
    """People of the staff, to whom tests may go."""
    for email in ("a@example.org", "ada@example.org", "bea@example.org", "zoé@bücher.example"):
        User.objects.create_user(email.partition("@")[0], email=email, is_staff=True)


def picture_file(name: str = "tower.png", colour: str = "navy") -> SimpleUploadedFile:
    data = BytesIO()
    Image.new("RGB", (700, 400), colour).save(data, "PNG")
    return SimpleUploadedFile(name, data.getvalue(), content_type="image/png")
