"""Pages that the door keeps are the same for everybody: nothing on them belongs to who happened to ask first."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client

from lib.public_pages import KEPT
from newsletters.models import Article
from tests.newsletters.site.test_version import HIDDEN, PAGES, site

__all__ = ["site"]
pytestmark = [pytest.mark.django_db, pytest.mark.either_database]


@pytest.fixture
def editor() -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("editor"))
    client.cookies["csrftoken"] = "a" * 32
    client.cookies["messages"] = "hello"
    return client


@pytest.mark.parametrize("path", PAGES)
def test_a_kept_page_is_the_same_for_visitors_and_staff(
    client: Client, editor: Client, site: Article, path: str
) -> None:
    for_anybody = client.get(path)
    for_staff = editor.get(path, headers={"user-agent": "Another", "accept-language": "ar"})
    assert KEPT in for_anybody and KEPT in for_staff
    assert HIDDEN.sub(b"", for_anybody.content) == HIDDEN.sub(b"", for_staff.content)
    for answer in (for_anybody, for_staff):
        assert not answer.cookies
        assert "Cookie" not in answer.get("Vary", "")
        assert b"csrf" not in answer.content
        assert b"editor" not in answer.content.replace(b"editor@iria.example", b"").replace(b"An editor reviews", b"")


def test_what_is_for_one_visitor_alone_is_never_kept(client: Client, editor: Client, site: Article) -> None:
    alone = [
        "/subscribe/?email=anna@readers.example", "/search/?q=ship", "/confirm/damaged/", "/preferences/",
        "/articles/who-may-pass/comment/", "/articles/who-may-pass/preview/", "/admin/", "/healthz", "/not-there/",
    ]  # fmt: skip
    assert [path for path in alone for visitor in (client, editor) if KEPT in visitor.get(path)] == []


@pytest.mark.parametrize("path", PAGES)
def test_parameters_that_a_page_does_not_read_change_nothing_on_it(client: Client, site: Article, path: str) -> None:
    """Else the marks that mail programs and networks add to links would make a page of its own of each."""
    source = "" if path.endswith("/subscribe/") else "utm_source=mail&"  # the form counts where people come from
    plain, marked = client.get(path), client.get(f"{path}?{source}fbclid=1&x=%F0")
    assert HIDDEN.sub(b"", plain.content) == HIDDEN.sub(b"", marked.content)
