"""Staff choose an archive, see what would come in and under which topics, bring it in and take it back."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from newsletters.articles.archives import working
from newsletters.models import ArchiveImport, Article
from tests.factories import make_topic
from tests.newsletters.articles.archives.wordpress_export import Post, export

pytestmark = [pytest.mark.django_db, pytest.mark.either_database]
ADD = "/admin/newsletters/archiveimport/add/"


def upload(data: bytes = b"", name: str = "export.xml") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data or export(Post(1, "Ships"), Post(2, "Locked", status="private")))


def page_of(client: Client, of: ArchiveImport, query: str = "") -> str:
    return client.get(f"/admin/newsletters/archiveimport/{of.pk}/change/{query}").content.decode()


def press(client: Client, of: ArchiveImport, do: str, **more: str) -> int:
    return client.post(f"/admin/newsletters/archiveimport/{of.pk}/change/", {"do": do, **more}).status_code


def work() -> ArchiveImport:
    """What a worker does next."""
    of = ArchiveImport.objects.get()
    working.work_on(of.pk, until=lambda: False)
    of.refresh_from_db()
    return of


def test_from_a_file_to_articles_and_back(editor: Client) -> None:
    topic = make_topic(name="Sea")
    editor.post(ADD, {"file": upload(), "publish": "yes"})
    assert "being checked" in page_of(editor, ArchiveImport.objects.get()).lower()
    of = work()
    page = page_of(editor, of)
    assert "Bring in 1 article" in page and "It is private there." in page and "News" in page
    assert "Ships" not in page_of(editor, of, "?outcome=left_out").partition('id="lines"')[2]
    press(editor, of, "start", **{f"topic-{of.categories.get().pk}": str(topic.pk)})
    of = work()
    assert (of.state, Article.objects.get().topics.get()) == ("done", topic)
    assert "Undo it" in page_of(editor, of)
    press(editor, of, "undo")
    assert work().state == "undone" and not Article.objects.exists()


def test_a_topic_that_was_deleted_meanwhile_is_asked_for_again(editor: Client) -> None:
    editor.post(ADD, {"file": upload(), "publish": "yes"})
    of = work()
    answer = editor.post(
        f"/admin/newsletters/archiveimport/{of.pk}/change/", {"do": "start", f"topic-{of.categories.get().pk}": "999"}
    )
    assert answer.status_code == 422
    assert "The topic of “News” was deleted meanwhile." in answer.content.decode()
    of.refresh_from_db()
    assert of.state == "checked"


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({}, "Choose a file, or enter an address."),
        ({"file": upload(b"\x89PNG", "p.png")}, "p.png isn't an archive that we know."),
        ({"address": "https://me:x@old.example"}, "Leave out the name and password"),
        ({"address": "ftp://old.example"}, "It begins with https://."),
    ],
)
def test_what_cannot_be_read_says_why(editor: Client, typed: dict[str, object], sentence: str) -> None:
    answer = editor.post(ADD, typed)
    assert answer.status_code == 422
    assert sentence.replace("'", "&#x27;") in answer.content.decode()
    assert not ArchiveImport.objects.exists()


def test_who_may_not_publish_brings_drafts_and_starts_nothing_that_publishes(client: Client, editor: Client) -> None:
    user = User.objects.create_user("drafting", is_staff=True)
    names = ["view_archiveimport", "add_archiveimport", "change_archiveimport"]
    user.user_permissions.set(Permission.objects.filter(codename__in=names))
    client.force_login(user)
    client.post(ADD, {"file": upload(), "publish": "yes", "make_topics": "on"})
    of = work()
    assert (of.options["publish"], of.options["make_topics"]) == (False, False)
    ArchiveImport.objects.update(options={**of.options, "publish": True})
    assert press(client, of, "start") == 403
    assert press(editor, of, "start") == 302
