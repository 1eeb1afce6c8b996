"""A score fades, and says the same in whichever order bounces are told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from newsletters.events.feedback.scores import is_too_much, score

THEN = datetime(2026, 3, 2, tzinfo=UTC)
DAYS = timedelta(days=30)
moments = st.lists(st.integers(0, 200 * 24).map(lambda hours: THEN + timedelta(hours=hours)), max_size=30)


def days(*numbers: float) -> list[datetime]:
    return [THEN + timedelta(days=number) for number in numbers]


def test_so_many_within_the_days_are_too_much_and_one_less_is_not() -> None:
    assert is_too_much(days(0, 10, 20, 25, 30), 5, DAYS)
    assert not is_too_much(days(0, 10, 20, 25), 5, DAYS)


def test_what_is_older_fades_and_then_counts_nothing() -> None:
    assert score(days(0), THEN + DAYS, DAYS) == 1
    assert score(days(0), THEN + DAYS * 1.5, DAYS) == 0.5
    assert score(days(0), THEN + DAYS * 2, DAYS) == 0
    assert not is_too_much(days(0, 40, 80, 120, 160, 200), 5, DAYS)  # a bounce every forty days
    assert is_too_much(days(0, 7, 14, 21, 28, 35), 5, DAYS)


def test_what_comes_later_does_not_count_before() -> None:
    assert score(days(10), THEN, DAYS) == 0


@given(moments, st.integers(1, 6), st.randoms(use_true_random=False))
def test_the_order_in_which_they_are_told_changes_nothing(times: list[datetime], limit: int, random: object) -> None:
    told = list(times)
    random.shuffle(told)  # type: ignore[attr-defined]  # Hypothesis gives a random.Random
    expected = any(score(times, at, DAYS) >= limit - 1e-9 for at in times)
    assert is_too_much(told, limit, DAYS) is expected
    # Asked after each of them, somebody is suppressed by the end just when all together suppress.
    assert any(is_too_much(told[: n + 1], limit, DAYS) for n in range(len(told))) is expected
