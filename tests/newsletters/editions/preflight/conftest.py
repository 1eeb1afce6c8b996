"""A newsletter that may send, and what preflight finds in an edition of it."""

from __future__ import annotations

import pytest

from newsletters.editions import preflight
from newsletters.models import Edition, Newsletter
from tests.factories import make_list, make_newsletter, make_page, make_reader


@pytest.fixture
def newsletter(db: None) -> Newsletter:
    mailing_list = make_list()
    make_reader(mailing_list)
    make_page()
    make_page(kind="imprint", title="Imprint")
    return make_newsletter(mailing_list)


def codes(edition: Edition) -> set[str]:
    return {finding.code for finding in preflight.check(edition) if finding.blocking}


def warnings(edition: Edition) -> set[str]:
    return {finding.code for finding in preflight.check(edition) if not finding.blocking}
