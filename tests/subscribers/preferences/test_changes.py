"""The link to the email preferences, as the stage sends it: to subscribers only, and not without end."""

from __future__ import annotations

from subscribers.models import MailingList
from subscribers.preferences import changes
from subscribers.signup import double_opt_in
from tests.factories import make_reader


def test_a_link_is_mailed_three_times_a_day_at_most(iria_news: MailingList) -> None:
    make_reader(iria_news, email="ada@example.org")
    assert [changes.request_link("ada@example.org") for _ in range(4)] == [True, True, True, False]


def test_who_never_confirmed_gets_no_link(iria_news: MailingList) -> None:
    double_opt_in.request_subscription(double_opt_in.SignupRequest(email="bob@example.org", lists=[iria_news]))
    assert changes.request_link("bob@example.org") is False
