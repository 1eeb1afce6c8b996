"""Rate limits: never more than was said, whoever takes and whatever the clock does; and who waits because of them."""

from __future__ import annotations

import threading
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import accumulate

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newsletters.delivery.limits import rate_limits
from newsletters.models import Chunk, Edition, Newsletter, RateLimit
from tests.factories import make_edition, make_reader, start

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


class Clock:
    """Stands in for django.utils.timezone: it shows what it is set to."""

    def __init__(self) -> None:
        self.shows = NOON

    def now(self) -> datetime:
        return self.shows

    def step(self, seconds: float) -> None:
        self.shows += timedelta(seconds=seconds)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(rate_limits, "timezone", clock)
    return clock


def limit(per_second: float, domain: str = "") -> RateLimit:
    made = RateLimit.objects.create(domain=domain, per_second=per_second, refilled_at=NOON)
    rate_limits.reload_limits()
    return made


# --- Tokens -------------------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_without_limits_everything_may_go_for_one_look_a_second() -> None:
    with CaptureQueriesContext(connection) as queries:
        for _ in range(50):
            assert rate_limits.take_tokens({"": 80, "gone.example": 3}) == {"": 80, "gone.example": 3}
            rate_limits.give_tokens_back({"": 5})
    assert len(queries) == 1


@pytest.mark.django_db
def test_half_a_mail_a_second_is_one_every_two_seconds(clock: Clock) -> None:
    limit(0.5)
    given = []
    for _ in range(100):
        clock.step(0.1)
        given.append(rate_limits.take_tokens({"": 10})[""])
    assert sum(given) == 5
    assert [place for place, count in enumerate(given, 1) if count] == [20, 40, 60, 80, 100]


@pytest.mark.django_db
def test_a_bucket_holds_a_seconds_worth_and_starts_with_no_more(clock: Clock) -> None:
    limit(20, "slow.example")
    assert rate_limits.take_tokens({"slow.example": 100}) == {"slow.example": 0}
    clock.step(3600)
    assert rate_limits.take_tokens({"slow.example": 100}) == {"slow.example": 20}
    assert rate_limits.take_tokens({"slow.example": 100}) == {"slow.example": 0}
    clock.step(0.25)
    assert rate_limits.take_tokens({"slow.example": 3}) == {"slow.example": 3}
    assert rate_limits.take_tokens({"slow.example": 3}) == {"slow.example": 2}


@pytest.mark.django_db
def test_a_mail_to_a_throttled_domain_takes_from_both_buckets(clock: Clock) -> None:
    limit(10)
    limit(4, "slow.example")
    clock.step(1)
    assert rate_limits.take_tokens({"": 100, "slow.example": 100}) == {"": 6, "slow.example": 4}
    clock.step(1)
    assert rate_limits.take_tokens({"slow.example": 1}) == {"slow.example": 1}
    assert rate_limits.take_tokens({"": 100}) == {"": 9}
    # What nobody has a limit for is bounded by the limit of all mail only.
    clock.step(1)
    assert rate_limits.take_tokens({"other.example": 7, "slow.example": 9}) == {"other.example": 6, "slow.example": 4}


@pytest.mark.django_db
def test_a_token_that_two_groups_want_goes_to_either(clock: Clock) -> None:
    limit(1)
    served: Counter[str] = Counter()
    for _ in range(60):
        clock.step(1)
        served.update(rate_limits.take_tokens({"": 30, "other.example": 9}))
    assert served.total() == 60
    assert min(served[""], served["other.example"]) > 5


@pytest.mark.django_db
def test_what_was_not_begun_can_be_taken_again_and_no_more_than_that(clock: Clock) -> None:
    limit(10)
    limit(4, "slow.example")
    clock.step(1)
    taken = rate_limits.take_tokens({"": 3, "slow.example": 4})
    rate_limits.give_tokens_back({"slow.example": 3})
    assert rate_limits.take_tokens({"slow.example": 9}) == {"slow.example": 3}
    rate_limits.give_tokens_back({group: 100 * count for group, count in taken.items()})
    assert rate_limits.take_tokens({"": 100}) == {"": 10}


@pytest.mark.django_db
def test_a_clock_that_was_an_hour_ahead_holds_nobody_up(clock: Clock) -> None:
    limit(10)
    clock.step(3600)
    assert rate_limits.take_tokens({"": 10}) == {"": 10}
    clock.step(-3600)
    assert rate_limits.take_tokens({"": 10}) == {"": 0}
    clock.step(1)
    assert rate_limits.take_tokens({"": 20}) == {"": 10}


@pytest.mark.django_db
def test_a_change_is_heard_of_within_a_second(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    looked_at = [100.0]
    monkeypatch.setattr("newsletters.delivery.limits.rate_limits.time.monotonic", lambda: looked_at[0])
    assert rate_limits.take_tokens({"": 9}) == {"": 9}
    RateLimit.objects.create(per_second=5, tokens=5, refilled_at=NOON)
    looked_at[0] += 1
    assert rate_limits.take_tokens({"": 9}) == {"": 5}
    RateLimit.objects.update(per_second=2)
    clock.step(60)
    assert rate_limits.take_tokens({"": 9}) == {"": 2}
    RateLimit.objects.all().delete()
    assert rate_limits.take_tokens({"": 9}) == {"": 9}


RATES = st.sampled_from([0.3, 1.0, 7.0, 40.0])
STEPS = st.lists(
    st.tuples(
        # Mostly small steps; a host that is behind; a jump.
        st.one_of(st.floats(0, 2), st.floats(-50, 0), st.floats(-4000, 4000)),
        st.integers(0, 60),  # wanted by the first
        st.integers(0, 60),  # and by the second
        st.integers(0, 60),  # at most so many of its own are given back
    ),
    max_size=25,
)


@pytest.mark.django_db
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(everybody=RATES, slow=RATES, steps=STEPS)
def test_never_more_than_the_limit_whoever_takes_and_whatever_the_clock_does(
    clock: Clock, everybody: float, slow: float, steps: list[tuple[float, int, int, int]]
) -> None:
    """In every window: what flowed in, which follows the latest clock and is a second's worth a step at most, and what
    the bucket held. A clock that is more than a minute behind the latest is taken for the right one."""
    RateLimit.objects.all().delete()
    clock.shows = latest = NOON
    rates = {"": everybody, "slow.example": slow}
    for domain, rate in rates.items():
        limit(rate, domain)
    flowed: dict[str, list[float]] = {"": [], "slow.example": []}
    used: dict[str, list[int]] = {"": [], "slow.example": []}
    for seconds, first, second, back in steps:
        clock.step(seconds)
        if clock.shows < latest - timedelta(minutes=1):
            latest = clock.shows
        passed = max(0.0, (clock.shows - latest).total_seconds())
        latest = max(latest, clock.shows)
        one = rate_limits.take_tokens({"": first, "slow.example": second})
        two = rate_limits.take_tokens({"slow.example": first})
        returned = {"slow.example": min(back, one["slow.example"])}
        rate_limits.give_tokens_back(returned)
        to_slow = one["slow.example"] + two["slow.example"] - returned["slow.example"]
        used["slow.example"].append(to_slow)
        used[""].append(one[""] + to_slow)
        for domain, rate in rates.items():
            flowed[domain].append(min(max(1.0, rate), passed * rate))
    for domain, rate in rates.items():
        # used - flowed, summed over any window, is at most the bucket: the largest rise of the running sum. A mail
        # that was given back in the step that it was taken in may be taken twice within that step, so that counts net.
        sums = list(accumulate((u - f for u, f in zip(used[domain], flowed[domain], strict=True)), initial=0.0))
        lowest = list(accumulate(sums, min))
        rise = max(now - low for now, low in zip(sums, lowest, strict=True))
        assert rise <= max(1.0, rate) + 1e-6


@pytest.mark.django_db(transaction=True)
def test_workers_at_once_keep_one_limit_together_and_do_not_block_each_other() -> None:
    """Two connections, each group first in one of them: row locks taken in the order of the question would deadlock."""
    limit(200)
    limit(60, "slow.example")
    RateLimit.objects.update(refilled_at=timezone.now())
    given: list[Counter[str]] = []
    began = time.monotonic()

    def work(*groups: str) -> None:
        mine: Counter[str] = Counter()
        try:
            while time.monotonic() < began + 1.5:
                mine.update(rate_limits.take_tokens(dict.fromkeys(groups, 7)))
                time.sleep(0.01)  # as a sender does something in between
            given.append(mine)
        finally:
            connection.close()

    threads = [
        threading.Thread(target=work, args=groups) for groups in [("", "slow.example"), ("slow.example", ""), ("",)]
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.monotonic() - began
    assert len(given) == 3  # none ended by an error
    total = sum(given, Counter[str]())
    assert 0 < total["slow.example"] <= 60 * took + 60
    assert 200 < total.total() <= 200 * took + 200


# --- Groups -------------------------------------------------------------------------------------------------------
@pytest.mark.django_db
@pytest.mark.parametrize("written", ["münchen.example", "xn--mnchen-3ya.example", "München.Example"])
def test_a_domain_is_one_group_however_it_is_written(written: str) -> None:
    limit(1, written)
    limit(5)
    assert rate_limits.throttled_domains() == {"xn--mnchen-3ya.example"}
    for email in ("a@münchen.example", "B@MÜNCHEN.example", "c@XN--MNCHEN-3YA.EXAMPLE"):
        assert rate_limits.group_of(email, rate_limits.throttled_domains()) == "xn--mnchen-3ya.example"
    for email in ("a@muenchen.example", "a@sub.münchen.example", ""):
        assert rate_limits.group_of(email, rate_limits.throttled_domains()) == ""


@pytest.mark.django_db
@pytest.mark.parametrize(("rate", "seconds"), [(20, 1), (0.5, 2), (0.01, 60)])
def test_who_stands_in_a_mixed_chunk_is_looked_at_again_soon(rate: float, seconds: float) -> None:
    limit(rate, "slow.example")
    assert rate_limits.next_turn_at("slow.example", NOON) == NOON + timedelta(seconds=seconds)
    assert rate_limits.next_turn_at("removed.example", NOON) == NOON + timedelta(seconds=1)


# --- In words -----------------------------------------------------------------------------------------------------
@pytest.fixture
def edition(newsletter: Newsletter) -> Edition:
    limit(0.5, "slow.example")
    limit(1250)
    for number in range(3):
        make_reader(newsletter.mailing_list, email=f"reader{number}@slow.example")
    make_reader(newsletter.mailing_list, email="reader@fast.example")
    return start(make_edition(newsletter))


def test_who_waits_because_of_a_limit_is_said_while_they_wait(edition: Edition) -> None:
    everybody = "All mail is throttled to 1,250 a second."
    with CaptureQueriesContext(connection) as queries:
        assert rate_limits.limits_in_words(edition) == [
            "slow.example is throttled to 0.5 a second: 3 readers there are waiting.",
            everybody,
        ]
    assert len(queries) == 1
    Chunk.objects.filter(group="slow.example").update(handed_to=2)
    assert rate_limits.limits_in_words(edition) == [
        "slow.example is throttled to 0.5 a second: 1 reader there is waiting.",
        everybody,
    ]
    Chunk.objects.filter(group="slow.example").update(handed_to=F("n"))
    assert rate_limits.limits_in_words(edition) == [everybody]
    Chunk.objects.update(handed_to=F("n"))
    assert rate_limits.limits_in_words(edition) == []


def test_nobody_waits_for_a_limit_in_an_edition_that_is_paused(edition: Edition) -> None:
    edition.status = Edition.Status.PAUSED
    assert rate_limits.limits_in_words(edition) == []
