"""What the tests of the readers' pages share: Ada, who reads one list and follows one of its topics."""

from __future__ import annotations

import pytest

from subscribers.models import MailingList, Subscriber, Topic
from tests.factories import make_reader


@pytest.fixture
def ada(iria_news: MailingList, topics: list[Topic]) -> Subscriber:
    return make_reader(iria_news, email="ada@example.org", topics=topics[:1])
