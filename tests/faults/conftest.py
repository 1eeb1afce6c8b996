"""Installations to break, each with the judge as its mail server; most tests share one: a worker starts slowly."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import psutil
import pytest

from tests.clerk import Clerk
from tests.conftest import missing
from tests.faults.judge import Judge, Manner
from tests.faults.sizes import SIZE
from tests.faults.trial import House, Trial, Workers
from tests.installations import Embedded, Site
from tests.processes import Process, wait_until
from tests.servers import Postgres, Redis, ServerMissing

NUMBERS = itertools.count(1)  # of the lists in an installation
USUAL: dict[str, Manner] = {"delay": 0.0, "pipelining": True, "tarpits": 0, "tarpits_at": "mail", "hashing": False}


@dataclass
class Place:
    """Everything of an installation that a test may take hold of."""

    iria: House
    clerk: Clerk
    judge: Judge
    workers: Workers
    redis: Redis
    postgres: Postgres
    beat: Process


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
        clerk = iria.clerk
        workers = Workers(iria, judge)
        stack.callback(workers.close)
        yield Place(iria, clerk, judge, workers, redis, postgres_server, iria.beat())


@dataclass
class Running:
    """`manage.py up` on SQLite, with one worker."""

    iria: Embedded
    process: Process
    clerk: Clerk
    judge: Judge

    def worker(self) -> psutil.Process:
        """The child that has connections to the mail server."""
        found: list[psutil.Process] = []

        def sends() -> bool:
            for process in self.process.family()[1:]:
                try:
                    connections = process.net_connections(kind="tcp")
                except psutil.NoSuchProcess:
                    continue
                if any(c.raddr and c.raddr.port == self.judge.port for c in connections):
                    found.append(process)
            return bool(found)

        wait_until(sends, "the worker is connected to the mail server", seconds=60)
        return found[0]

    def lose_the_worker(self) -> None:
        """SIGKILL; the supervisor starts another."""
        self.worker().kill()

    def start_again(self) -> None:
        """After it was killed."""
        self.process = self.iria.up()

    def end(self) -> None:
        self.process.__exit__()


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("embedded")
    with ExitStack() as stack:
        judge = stack.enter_context(Judge(folder / "judge", delay=0.02))
        settings = {"DJANGO_SETTINGS_MODULE": "tests.faults.settings", "FAULTS_CHUNK_SIZE": str(SIZE.chunk)}
        # Everybody comes from one address here, fifty people at a time.
        iria = Embedded(folder, EMAIL_URL=judge.url, CONNECTIONS_PER_ADDRESS="1000", **settings)
        found = Running(iria, iria.up(), iria.clerk, judge)
        stack.callback(found.end)
        # The demo's own edition is due at the first start: let it be over.
        wait_until(lambda: all_sent(iria), "the demo's edition is sent", seconds=90, every=0.5)
        yield found


def all_sent(iria: Embedded) -> bool:
    editions = iria.editions()
    return bool(editions) and not any(each["status"] in {"queued", "sending"} for each in editions)


@dataclass(frozen=True)
class Anywhere:
    """An installation of either kind, for what must hold in both."""

    clerk: Clerk
    judge: Judge
    small: bool  # one worker, so fewer recipients take as long
    lose_all_workers: Callable[[], None]  # by SIGKILL; others are started

    def sized(self, recipients: int) -> int:
        return recipients // 4 if self.small else recipients


@pytest.fixture(params=["postgresql", "sqlite"])
def anywhere(request: pytest.FixtureRequest) -> Anywhere:
    if request.param == "sqlite":
        running: Running = request.getfixturevalue("running")
        return Anywhere(running.clerk, running.judge, small=True, lose_all_workers=running.lose_the_worker)
    place: Place = request.getfixturevalue("place")

    def lose_all_workers() -> None:
        place.workers.kill_everybody()
        place.workers.tend()

    return Anywhere(place.clerk, place.judge, small=False, lose_all_workers=lose_all_workers)


@pytest.fixture
def its_site(anywhere: Anywhere, request: pytest.FixtureRequest) -> Site:
    if anywhere.small:
        running: Running = request.getfixturevalue("running")
        return running.iria.site
    found: Site = request.getfixturevalue("site")
    return found


@contextmanager
def trials(clerk: Clerk, judge: Judge, test: str) -> Iterator[Callable[..., Trial]]:
    """`make(plain=100, reject=3)`: an edition of a list of the test's own, not sent yet. Afterwards the judge is there
    and as usual, and whatever was not finished is cancelled, also where the test failed in between."""
    made: list[Trial] = []

    def make(*, others: int = 0, **readers: int) -> Trial:
        name = re.sub(r"\W+|_", "-", test.removeprefix("test_"))[:30].strip("-")
        made.append(Trial(clerk, judge, f"{name}-{next(NUMBERS)}", others=others, **readers))
        return made[-1]

    yield make
    if not judge.is_running:
        judge.start()
    was_pipelining = judge.offers_pipelining
    judge.become(**USUAL)
    if not was_pipelining:
        judge.restart()  # connections remember what they were offered
    for trial in made:
        trial.abandon()


@pytest.fixture
def make_trial(place: Place, request: pytest.FixtureRequest) -> Iterator[Callable[..., Trial]]:
    with trials(place.clerk, place.judge, request.node.name) as make:
        yield make
    place.workers.tend()


@pytest.fixture
def make_trial_on_sqlite(running: Running, request: pytest.FixtureRequest) -> Iterator[Callable[..., Trial]]:
    with trials(running.clerk, running.judge, request.node.name) as make:
        yield make
    if running.process.popen.poll() is not None:
        running.start_again()


@pytest.fixture
def make_trial_anywhere(anywhere: Anywhere, request: pytest.FixtureRequest) -> Iterator[Callable[..., Trial]]:
    with trials(anywhere.clerk, anywhere.judge, request.node.name) as make:
        yield make


@pytest.fixture(scope="session")
def site(place: Place) -> Site:
    """The pages of the installation that most tests share."""
    place.iria.collect_static_files()
    place.iria.web()
    return place.iria.site
