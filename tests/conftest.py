"""Fixtures that every test may use.

`IRIA_REQUIRE_SERVERS=1`, `IRIA_REQUIRE_BROWSER=1`, `IRIA_REQUIRE_JAVA=1` and `IRIA_REQUIRE_SPAMASSASSIN=1` turn a skip
for want of one into a failure: that is how CI makes sure that nothing was left out.
"""

from __future__ import annotations

import gc
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlsplit

import hypothesis
import pytest
from django.core.cache import cache
from django.db import connection
from django.test import TransactionTestCase
from django.test.utils import teardown_databases
from django.utils import translation
from pytest_django import DjangoDbBlocker, Settings
from xdist.remote import Producer

from tests import databases, migrating, servers, shared_folder
from tests.installations import Production
from tests.settings import TESTS_DATA
from tests.sharing import SharingScheduling, longest_first
from tests.smtp_server import SmtpServer

# The machine may be busy: how long an example takes to make or to run says nothing about the code. In CI the examples
# are the same each time, so that a failure there can be had again here.
hypothesis.settings.register_profile(
    "iria",
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
    derandomize=bool(os.environ.get("CI")),
)
hypothesis.settings.load_profile("iria")


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):  # or it is a process of xdist's, which has inherited the folder
        shared_folder.begin_sharing()


def pytest_collection_finish() -> None:
    """Thousands of tests are objects that stay: looking through them for garbage took a twelfth of the whole time. What
    a test makes is mostly gone by itself: looking through that less often saves a tenth of a migration."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def pytest_sessionfinish(session: pytest.Session) -> None:
    shutil.rmtree(TESTS_DATA, ignore_errors=True)
    if not hasattr(session.config, "workerinput"):
        databases.forget_template()
        shared_folder.end_sharing()


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> SharingScheduling | None:
    return SharingScheduling(config, log) if config.getvalue("dist") == "loadgroup" else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What belongs to the other database is skipped with that reason. What looks into no database, or is the same on
    either, is deselected on PostgreSQL, since it ran on SQLite; pytest says how many that are."""
    postgres = connection.vendor == "postgresql"
    if postgres:
        idle = [i for i in items if not _looks_into_a_database(i) or i.get_closest_marker("either_database")]
        config.hook.pytest_deselected(items=idle)
        once = set(idle)
        items[:] = [item for item in items if item not in once]
    longest_first(items)
    for item in items:
        if postgres and item.get_closest_marker("sqlite_only"):
            item.add_marker(pytest.mark.skip(reason="this run is on PostgreSQL; this test is about SQLite"))
        elif not postgres and item.get_closest_marker("postgres_only"):
            item.add_marker(pytest.mark.skip(reason="this run is on SQLite; this test is about PostgreSQL"))


def _looks_into_a_database(item: pytest.Item) -> bool:
    """Or starts something that does: journeys, pages in a browser and faults have their own marks."""
    if any(item.get_closest_marker(name) for name in ("django_db", "journey", "browser", "fault")):
        return True
    return not {"db", "transactional_db", "postgres_server", "redis_url"}.isdisjoint(getattr(item, "fixturenames", ()))


def missing(what: str, *, required_by: str) -> NoReturn:
    """Skip, saying what is missing; fail where the environment promised it."""
    if os.environ.get(required_by):
        pytest.fail(f"{required_by} is set, but: {what}", pytrace=False)
    pytest.skip(what)


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None, django_db_modify_db_settings: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[None]:
    """In place of pytest-django's, which makes the tables anew in each process."""
    with django_db_blocker.unblock():
        made = databases.create_test_database()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", databases.empty)
        yield
    with django_db_blocker.unblock():
        if connection.vendor == "postgresql":
            # It drops no database to which anybody is connected, and a session that a thread has closed may take a
            # while to be gone on a busy machine.
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
        teardown_databases(made, verbosity=0)


@pytest.fixture(autouse=True)
def _own_language() -> Iterator[None]:
    """A page's language stays active on the thread of a test's client."""
    translation.deactivate()
    yield
    translation.deactivate()


@pytest.fixture(autouse=True)
def _own_files_and_cache(settings: Settings, tmp_path: Path) -> Iterator[None]:
    """No test sees another's uploads or rate limits."""
    from mail import routing
    from newsletters.delivery.limits import rate_limits

    settings.MEDIA_ROOT = tmp_path / "media"
    cache.clear()
    rate_limits.reload_limits()
    yield
    cache.clear()
    routing.close_transports()


@pytest.fixture(scope="session")
def redis_url(worker_id: str) -> Iterator[str]:
    """A Redis database of this test process's own."""
    number = int(worker_id.removeprefix("gw")) + 1 if worker_id.startswith("gw") else 0
    try:
        with servers.redis_url() as url:
            yield urlsplit(url)._replace(path=f"/{number}").geturl()
    except servers.ServerMissing as problem:
        missing(str(problem), required_by="IRIA_REQUIRE_SERVERS")


@pytest.fixture
def redis_server() -> Iterator[servers.Redis]:
    """A Redis server that the test may stop and start."""
    try:
        with servers.Redis() as server:
            yield server
    except servers.ServerMissing as problem:
        missing(str(problem), required_by="IRIA_REQUIRE_SERVERS")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[servers.Postgres]:
    """A PostgreSQL server beside the test run's own database, for the databases of whole installations."""
    try:
        with servers.Postgres() as server:
            yield server
    except servers.ServerMissing as problem:
        missing(str(problem), required_by="IRIA_REQUIRE_SERVERS")


@pytest.fixture(scope="session")
def migrated(postgres_server: servers.Postgres, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of a database with all tables, to be copied."""
    installation = Production(
        tmp_path_factory.mktemp("migrated"), database_url=postgres_server.database("migrated"),
        redis_url="redis://127.0.0.1:1/0", email_url="smtp://127.0.0.1:1/",
    )  # fmt: skip
    installation.manage("migrate", "--verbosity", "0")
    return "migrated"


@pytest.fixture
def newest_again(transactional_db: None) -> Iterator[None]:
    """For tests of older schemas: what comes after them finds the newest."""
    yield
    migrating.empty_the_database()
    migrating.migrate_to_newest()


@pytest.fixture
def smtp_server(tmp_path: Path) -> Iterator[SmtpServer]:
    """A real SMTP server, empty; see `tests.smtp_server` for how a recipient's name scripts it."""
    with SmtpServer(tmp_path / "smtp") as server:
        yield server
