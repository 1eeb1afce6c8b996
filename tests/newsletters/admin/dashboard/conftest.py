"""A newsletter with four readers, sent automatically."""

from __future__ import annotations

import pytest

from newsletters.models import Newsletter
from tests.factories import make_list, make_newsletter, make_reader


@pytest.fixture
def newsletter() -> Newsletter:
    mailing_list = make_list()
    for _ in range(4):
        make_reader(mailing_list)
    return make_newsletter(
        mailing_list, name="IRIA News", cadence="weekly", weekdays=[1, 2, 3, 4, 5], send_time="07:00",
        mode=Newsletter.Mode.AUTOMATIC,
    )  # fmt: skip
