"""Counts in fixed windows: the same in this process's cache and in Redis, where they are one round trip."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core.cache.backends.base import BaseCache
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache

from subscribers import attempt_counts
from subscribers.attempt_counts import LimitedAttempt, count, give_back

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.fixture(params=["this process", "Redis"])
def cache(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> BaseCache:
    if request.param == "Redis":
        made: BaseCache = RedisCache(request.getfixturevalue("redis_url"), {})
    else:
        made = LocMemCache("attempts", {})
    made.clear()
    monkeypatch.setattr(attempt_counts, "cache", made)
    return made


@time_machine.travel(NOW, tick=False)
def test_each_limit_is_counted_and_the_longest_wait_is_said(cache: BaseCache) -> None:
    visitor = LimitedAttempt("visitor", "192.0.2.1", [(2, 60), (3, 3600)])
    assert [count([visitor])[0].wait for _time in range(4)] == [0, 0, 61, 3601]
    assert count([LimitedAttempt("visitor", "192.0.2.2", [(2, 60)])])[0].wait == 0
    assert count([LimitedAttempt("other", "192.0.2.1", [(2, 60)])])[0].wait == 0


def test_a_window_ends(cache: BaseCache) -> None:
    once_a_minute = LimitedAttempt("visitor", "x", [(1, 60)])
    with time_machine.travel(NOW, tick=False):
        assert [count([once_a_minute])[0].wait > 0 for _time in range(2)] == [False, True]
    with time_machine.travel(NOW + timedelta(minutes=1), tick=False):
        assert count([once_a_minute])[0].wait == 0


@time_machine.travel(NOW, tick=False)
def test_several_at_once_and_how_far_they_are_beyond(cache: BaseCache) -> None:
    (counted,) = count([LimitedAttempt("tests", "x", [(5, 60)], amount=7)])
    assert (counted.wait, counted.excess) == (61, 2)
    assert count([]) == []
    assert count([LimitedAttempt("none", "x", [])])[0].wait == 0


@time_machine.travel(NOW, tick=False)
def test_what_the_first_refuses_does_not_count_for_the_others(cache: BaseCache) -> None:
    attempts = [LimitedAttempt("visitor", "x", [(1, 60), (9, 3600)]), LimitedAttempt("site", "", [(5, 60)])]
    for _time in range(20):
        count(attempts)
    (site,) = count([LimitedAttempt("site", "", [(1, 60)])])
    assert site.excess == 1  # one of the twenty, and this one


@time_machine.travel(NOW, tick=False)
def test_one_is_given_back_and_never_more_than_there_were(cache: BaseCache) -> None:
    give_back("domain", "x", 60)
    attempt = LimitedAttempt("domain", "x", [(1, 60)])
    count([attempt])
    give_back("domain", "x", 60)
    assert [count([attempt])[0].wait > 0 for _time in range(2)] == [False, True]


def test_in_redis_all_is_one_round_trip_and_ends_by_itself(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    redis = RedisCache(redis_url, {})
    redis.clear()
    monkeypatch.setattr(attempt_counts, "cache", redis)
    client = redis._cache.get_client(None, write=True)
    client.config_resetstat()
    count([LimitedAttempt("a", "x", [(2, 60), (3, 3600)]), LimitedAttempt("b", "y", [(1, 60)], amount=2)])
    assert client.info("commandstats")["cmdstat_eval"]["calls"] == 1
    assert sorted(client.ttl(key) for key in client.keys("*limit:*")) == [61, 61, 3601]
    redis.clear()
