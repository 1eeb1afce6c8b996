"""An edition that could be sent, and its pages."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from newsletters.delivery.engine import freezing
from newsletters.editions import transitions
from newsletters.events.clicks.sums import add_clicks
from newsletters.models import CountedLink, Edition, Newsletter
from tests.factories import (
    begin,
    make_article,
    make_edition,
    make_list,
    make_newsletter,
    make_reader,
    queue,
)


@pytest.fixture
def newsletter() -> Newsletter:
    mailing_list = make_list(name="IRIA News")
    for _number in range(43):
        make_reader(mailing_list)
    return make_newsletter(mailing_list=mailing_list, name="Iria Weekly")


@pytest.fixture
def edition(newsletter: Newsletter) -> Edition:
    return make_edition(newsletter, subject="Ready")


@pytest.fixture
def counted(db: None) -> Edition:
    """It went out with one article, whose link was followed 1,204 times."""
    mailing_list = make_list()
    make_reader(mailing_list)
    article = make_article(title="A headline")
    edition = queue(make_edition(make_newsletter(mailing_list), articles=[article]))
    assert freezing.start(edition.pk)
    url = f"{settings.SITE_URL}{article.get_absolute_url()}"
    link, _new = CountedLink.objects.update_or_create(edition=edition, url=url, defaults={"number": 1})
    add_clicks({(link.pk, timezone.now(), False): 1204})
    edition.refresh_from_db()
    return edition


def at(edition: Edition, what: str) -> str:
    return f"/admin/newsletters/edition/{edition.pk}/{what}"


def words(edition: Edition, client: Client, what: str = "change/") -> str:
    return client.get(at(edition, what), follow=True).content.decode()


def status_of(edition: Edition) -> str:
    return Edition.objects.values_list("status", flat=True).get(pk=edition.pk)


@pytest.fixture
def sending(edition: Edition) -> Edition:
    transitions.queue(edition.pk, revision=edition.revision, by="Paula")
    begin(edition, candidates=43)
    edition.refresh_from_db()
    return edition
