"""A list whose readers have gone quiet, and who may ask them."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from pytest_django import Settings

from newsletters.articles import tracking_notice
from newsletters.models import Newsletter
from newsletters.reports.list_figures import count_list
from subscribers.models import Subscriber, Subscription
from tests.factories import make_list, make_newsletter, make_page, make_reader
from tests.newsletters.reports.asking import NAMES
from tests.newsletters.reports.test_figures import DAY
from tests.newsletters.reports.test_newsletter_report import deliver, sent_by_reader


@pytest.fixture
def clicks_of_everybody_are_counted(settings: Settings) -> None:
    """Else nobody is unsubscribed by itself."""
    settings.HONOUR_DO_NOT_TRACK = False


@pytest.fixture
def boss() -> User:
    return User.objects.create_superuser("boss@iria.example", "boss@iria.example")


@pytest.fixture
def newsletter() -> Newsletter:
    make_page(body=f"<p>{tracking_notice.sentence('en')}</p>")
    return make_newsletter(make_list(name="News"), name="Weekly", tracking=Newsletter.Tracking.READER)


@pytest.fixture
def people(newsletter: Newsletter) -> dict[str, Subscriber]:
    """All but the last have gone quiet: here for long, and sent an edition that they didn't open."""
    now = timezone.now()
    made = {name: make_reader(newsletter.mailing_list, email=f"{name}@example.org") for name in NAMES}
    sent_by_reader(newsletter, now - 95 * DAY)
    edition = sent_by_reader(newsletter, now - 5 * DAY)
    for person in list(made.values())[:-1]:
        Subscriber.objects.filter(pk=person.pk).update(created_at=now - 300 * DAY)
        Subscription.objects.filter(subscriber=person).update(
            requested_at=now - 300 * DAY, confirmed_at=now - 300 * DAY
        )
        deliver(edition, person)
    count_list(newsletter.mailing_list)
    return made
