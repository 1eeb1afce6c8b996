"""A reader, and an edition that was sent to her."""

from __future__ import annotations

import pytest

from newsletters.models import Edition
from subscribers.models import Subscriber
from tests.factories import make_edition, make_list, make_newsletter, make_reader
from tests.newsletters.events.sent_mail import sent_to


@pytest.fixture
def ada() -> Subscriber:
    return make_reader(make_list(), email="ada@reader.example")


@pytest.fixture
def edition(ada: Subscriber) -> Edition:
    mailing_list = ada.subscriptions.get().mailing_list
    edition = make_edition(make_newsletter(mailing_list, reply_to="desk@iria.example"))
    sent_to(edition, ada)
    return edition
