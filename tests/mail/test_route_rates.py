"""The line in which all processes of a route wait for their turns, by a clock that a test moves."""

from __future__ import annotations

import itertools
import time
from types import SimpleNamespace

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from iria import env
from mail import route_rates
from mail.models import RouteRate
from mail.results import from_reply
from mail.route_rates import AHEAD, LATE, Turns, slowed
from mail.transport import NotTaken, Outgoing, Why
from tests.mail.smtp.test_smtp import outgoing

ROUTE = env.email_route("EMAIL_URL", "smtp://relay.example:587/?tls=starttls")
TOO_FAST = NotTaken(Why.TOO_FAST, "454 Throttling failure")

pytestmark = pytest.mark.django_db(transaction=True)


class Hands:
    """Both clocks, which move together."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1_800_000_000.0
        clocks = SimpleNamespace(time=lambda: self.now, monotonic=lambda: self.now - 1_799_999_000)
        monkeypatch.setattr(route_rates, "time", clocks)


@pytest.fixture
def hands(monkeypatch: pytest.MonkeyPatch) -> Hands:
    return Hands(monkeypatch)


def mail(number: int = 1, *, not_before: float = 0.0) -> Outgoing:
    made = outgoing(number, f"anna-{number}@readers.example")
    made.not_before = not_before
    return made


def taken(turns: Turns, count: int, *, in_turn: bool = False) -> None:
    for number in range(count):
        each = mail(number, not_before=1.0 if in_turn else 0.0)
        turns.record([(each, from_reply(each.key, 250, "Ok", stage="final", email=each.email))])


def test_until_a_server_says_so_all_may_begin_at_once_for_a_query_a_second(
    hands: Hands, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    turns = Turns(ROUTE)
    with django_assert_num_queries(1):
        for _ in range(10):
            taken(turns, 100)
            assert turns.take(1000) is None
            hands.now += 0.09
    assert slowed(ROUTE, timezone.now()) is None


def test_several_processes_share_one_line_and_nobody_begins_at_anothers_turn(hands: Hands) -> None:
    first, others = Turns(ROUTE), [Turns(ROUTE) for _ in range(3)]
    taken(first, 40)
    first.record([(mail(), TOO_FAST)])
    assert first.take(0) == []
    assert RouteRate.objects.get().per_second == 40
    begun: list[float] = []
    start = time_of(hands)
    for step in range(40):
        hands.now += 0.1
        for process in (first, *others):
            got = process.take(5)
            assert got is not None
            begun += got
            assert all(turn <= time_of(hands) + AHEAD for turn in got), step
            taken(process, len(got), in_turn=True)
    begun.sort()
    gaps = [after - before for before, after in itertools.pairwise(begun)]
    rate = RouteRate.objects.get().per_second
    assert min(gaps) >= 0.99 / max(rate, 40)
    assert begun[0] >= start - LATE
    assert len(begun) >= 40 * 4


def time_of(hands: Hands) -> float:
    return hands.now - 1_799_999_000


def test_a_message_to_one_person_does_not_wait_and_the_line_does(hands: Hands) -> None:
    edition, message = Turns(ROUTE), Turns(ROUTE)
    taken(edition, 10)
    edition.record([(mail(), TOO_FAST)])
    edition.take(100)
    assert edition.take(100) == []  # all are taken, as far ahead as one may
    assert message.take(1, at_once=True) == [time_of(hands)]
    before = RouteRate.objects.get().next_turn
    message.take(1, at_once=True)
    assert RouteRate.objects.get().next_turn == pytest.approx(before + 0.1)


def test_turns_that_nobody_used_are_there_again(hands: Hands) -> None:
    turns = Turns(ROUTE)
    taken(turns, 10)
    turns.record([(mail(), TOO_FAST)])
    turns.take(0)
    hands.now += 1
    got = turns.take(100) or []
    assert len(got) >= 7
    turns.give_back(len(got))
    assert len(turns.take(100) or []) >= len(got) - 2, "those that are past can't be had again"


def test_routes_have_a_line_each_and_a_new_password_is_the_same_route(hands: Hands, settings: Settings) -> None:
    turns = Turns(ROUTE)
    turns.record([(mail(), TOO_FAST)])
    turns.take(0)
    said = slowed(ROUTE, timezone.now())
    assert said is not None
    assert said.words == "454 Throttling failure"
    other = env.email_route("EMAIL_URL", "smtp://other.example:587/")
    assert Turns(other).take(10) is None
    assert slowed(other, timezone.now()) is None
    first, second = (env.email_route("EMAIL_URL", f"smtp://me:{word}@relay.example:587/") for word in ("one", "two"))
    assert route_rates.digest(first) == route_rates.digest(second) != route_rates.digest(ROUTE)


def test_a_clock_that_was_ahead_holds_nobody_up_for_long(hands: Hands) -> None:
    turns = Turns(ROUTE)
    turns.record([(mail(), TOO_FAST)])
    turns.take(0)
    RouteRate.objects.update(next_turn=hands.now + 86_400)
    assert turns.take(5)


def test_the_clocks_of_this_machine_are_used() -> None:
    turns = Turns(ROUTE)
    turns.record([(mail(), TOO_FAST)])
    turns.take(0)
    (turn, *_) = turns.take(5) or [0.0]
    assert abs(turn - time.monotonic()) < 60
