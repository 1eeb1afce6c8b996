"""An edition that could be sent, and its pages."""

from __future__ import annotations

import pytest
from django.test import Client

from newsletters.editions import transitions
from newsletters.models import Edition, Newsletter
from tests.factories import (
    begin,
    make_edition,
    make_list,
    make_newsletter,
    make_reader,
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
