"""The audience of an edition, as a page and as a panel of another page."""

from __future__ import annotations

import pytest
from django.test import Client

from newsletters.models import Edition
from subscribers.models import Subscription
from tests.factories import make_edition, make_list, make_newsletter, make_reader, make_subscriber, make_subscription

pytestmark = pytest.mark.django_db


@pytest.fixture
def edition() -> Edition:
    mailing_list = make_list(name="Elements")
    make_reader(mailing_list)
    make_subscription(make_subscriber(), mailing_list, status=Subscription.Status.PENDING)
    return make_edition(make_newsletter(mailing_list))


def at(edition: Edition) -> str:
    return f"/admin/newsletters/edition/{edition.pk}/audience/"


def test_the_page_says_how_many_and_why_not_the_others(editor: Client, edition: Edition) -> None:
    page = editor.get(at(edition)).content.decode()
    assert "<html" in page
    assert "Right now it would reach 1 reader of Elements." in page
    assert "<b>1</b> not confirmed yet" in page


def test_a_script_gets_the_panel_alone(editor: Client, edition: Edition) -> None:
    panel = editor.get(at(edition), headers={"X-Requested-With": "panel"}).content.decode()
    assert panel.strip().startswith("<section")
    assert "Right now it would reach 1 reader" in panel
    assert "data-load" not in panel


def test_the_composer_links_to_it_and_counts_nothing_itself(editor: Client, edition: Edition) -> None:
    page = editor.get(f"/admin/newsletters/edition/{edition.pk}/change/").content.decode()
    assert f'href="{at(edition)}"' in page
    assert "data-load" in page
    assert "Right now it would reach" not in page
