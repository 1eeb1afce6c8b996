"""Staff choose a draft as the welcome, see which email it is, look at it, send themselves a test and stop using it."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from iria.env import EmailRoute
from newsletters.models import Edition, ListWelcome
from tests.factories import make_article, make_edition, make_list, make_newsletter

pytestmark = [pytest.mark.django_db, pytest.mark.either_database, pytest.mark.usefixtures("colleagues")]


@pytest.fixture
def edition(settings: Settings) -> Edition:
    settings.EMAIL_ROUTE = EmailRoute(backend=settings.EMAIL_BACKEND, connections=1)
    newsletter = make_newsletter(make_list(name="Weekly"))
    return make_edition(newsletter, articles=[make_article(title="Grain")], subject="Hello {{ first_name|reader }}")


def choose(client: Client, edition: Edition, **form: Any) -> str:
    return client.post(f"/admin/newsletters/edition/{edition.pk}/welcome/", form, follow=True).content.decode()


def test_a_draft_is_chosen_and_its_page_shows_it_in_light_and_dark(publisher: Client, edition: Edition) -> None:
    assert "Use as welcome" in publisher.get(f"/admin/newsletters/edition/{edition.pk}/change/").content.decode()
    page = choose(publisher, edition)
    welcome = ListWelcome.objects.get()
    assert "From now on, this email welcomes people who join Weekly." in page
    assert "Welcomes everybody who joins Weekly, in every language without a welcome of its own." in page
    assert "Hello reader" in page and "Chosen by " in page
    at = f"/admin/newsletters/listwelcome/{welcome.pk}/"
    light, dark = (publisher.get(f"{at}html/{how}").content.decode() for how in ("", "?dark=1"))
    assert "Grain" in light and "@media not all" in light and "@media not all" not in dark and "@media all" in dark
    assert "sandbox" in publisher.get(f"{at}html/")["Content-Security-Policy"]
    assert "Grain" in publisher.get(f"{at}text/").content.decode()
    newsletter = publisher.get(f"/admin/newsletters/newsletter/{edition.newsletter_id}/change/").content.decode()
    assert f'<a href="{at}change/">Hello reader</a> (every language without a welcome of its own)' in newsletter
    assert "Hello reader" in publisher.get("/admin/newsletters/listwelcome/").content.decode()
    history = publisher.get(f"/admin/newsletters/edition/{edition.pk}/history/").content.decode()
    assert "Chosen as the welcome to Weekly" in history


def test_what_preflight_blocks_is_said_and_nothing_is_chosen(publisher: Client, edition: Edition) -> None:
    Edition.objects.update(subject="")
    page = choose(publisher, edition)
    assert "It can&#x27;t be the welcome yet. The edition has no subject." in page
    assert not ListWelcome.objects.exists()
    newsletter = publisher.get(f"/admin/newsletters/newsletter/{edition.newsletter_id}/change/").content.decode()
    assert "The usual one. To write your own, compose an edition" in newsletter


def test_staff_send_themselves_a_test(publisher: Client, edition: Edition, mailoutbox: list[Any]) -> None:
    choose(publisher, edition)
    at = f"/admin/newsletters/listwelcome/{ListWelcome.objects.get().pk}/test/"
    page = publisher.post(at, {"addresses": "a@example.org"}, follow=True).content.decode()
    assert "accepted by the mail server" in page
    (sent,) = mailoutbox
    assert sent.subject.startswith("[Test] Hello ") and "in your browser" not in sent.body
    strangers = publisher.post(at, {"addresses": "x@elsewhere.example"}, follow=True).content.decode()
    assert "isn’t an address of your staff" in strangers or "isn&#x27;t an address of your staff" in strangers
    assert publisher.get(at).status_code == 405


def test_staff_stop_using_it(publisher: Client, edition: Edition) -> None:
    choose(publisher, edition)
    at = f"/admin/newsletters/listwelcome/{ListWelcome.objects.get().pk}/"
    assert "Stop using it" in publisher.get(f"{at}change/").content.decode()
    assert publisher.post(f"{at}delete/", {"post": "yes"}).status_code == 302
    assert not ListWelcome.objects.exists()
    assert publisher.get(f"{at}html/").status_code == 404


def test_editors_look_but_neither_choose_nor_stop(editor: Client, publisher: Client, edition: Edition) -> None:
    assert "Use as welcome" not in editor.get(f"/admin/newsletters/edition/{edition.pk}/change/").content.decode()
    assert editor.post(f"/admin/newsletters/edition/{edition.pk}/welcome/").status_code == 403
    choose(publisher, edition)
    at = f"/admin/newsletters/listwelcome/{ListWelcome.objects.get().pk}/"
    page = editor.get(f"{at}change/").content.decode()
    assert "Send a test" in page and "Stop using it" not in page
    assert editor.post(f"{at}delete/", {"post": "yes"}).status_code == 403
