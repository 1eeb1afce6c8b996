"""Installations to break, each with the judge as its mail server; most tests share one: a worker starts slowly."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest

from tests.conftest import missing
from tests.faults.clerk import Clerk
from tests.faults.judge import Judge
from tests.faults.trial import House, Trial, Workers
from tests.installations import Site
from tests.servers import Postgres, Redis, ServerMissing

NUMBERS = itertools.count(1)  # of the lists in an installation
USUAL = {"delay": 0.0, "pipelining": True, "tarpits": 0, "hashing": False}


@dataclass(frozen=True)
class Place:
    """Everything of an installation that a test may take hold of."""

    iria: House
    clerk: Clerk
    judge: Judge
    workers: Workers
    redis: Redis
    postgres: Postgres


@pytest.fixture(scope="session")
def migrated(postgres_server: Postgres, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of a database with all tables, to be copied."""
    url = postgres_server.database("migrated")
    folder = tmp_path_factory.mktemp("migrated")
    House(folder, database_url=url, redis_url="redis://127.0.0.1:1/0", email_url="smtp://127.0.0.1:1/").prepare()
    return "migrated"


@pytest.fixture(scope="session")
def place(postgres_server: Postgres, migrated: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """PostgreSQL, Redis, beat and three workers that send by four connections each. A test that breaks something
    mends it."""
    folder = tmp_path_factory.mktemp("place")
    with ExitStack() as stack:
        try:
            redis = stack.enter_context(Redis())
        except ServerMissing as problem:
            missing(str(problem), required_by="IRIA_REQUIRE_SERVERS")
        judge = stack.enter_context(Judge(folder / "judge"))
        iria = stack.enter_context(
            House(
                folder / "iria", database_url=postgres_server.database("place", template=migrated),
                redis_url=redis.url, email_url=judge.url, migrated=True,
            )
        )  # fmt: skip
        clerk = stack.enter_context(Clerk(iria.variables, folder / "clerk.log"))
        workers = Workers(iria, judge)
        stack.callback(workers.close)
        iria.beat()
        yield Place(iria, clerk, judge, workers, redis, postgres_server)


@pytest.fixture
def make_trial(place: Place, request: pytest.FixtureRequest) -> Iterator[Callable[..., Trial]]:
    """`make_trial(plain=100, reject=3)`: an edition of a list of the test's own, not sent yet."""
    made: list[Trial] = []

    def make(*, others: int = 0, **readers: int) -> Trial:
        name = re.sub(r"\W+|_", "-", request.node.name.removeprefix("test_"))[:30].strip("-")
        made.append(Trial(place.clerk, place.judge, f"{name}-{next(NUMBERS)}", others=others, **readers))
        return made[-1]

    yield make
    place.judge.become(**USUAL)
    for trial in made:
        trial.abandon()


@pytest.fixture(scope="session")
def site(place: Place) -> Site:
    """The pages of the installation that most tests share."""
    place.iria.manage("collectstatic", "--noinput", "--verbosity", "0")
    place.iria.web()
    return place.iria.site
