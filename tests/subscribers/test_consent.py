"""Records of consent hold no secret, those of older versions included."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from subscribers.models import ConsentRecord
from tests.factories import make_subscriber


def migrate(*targets: tuple[str, str]) -> None:
    executor = MigrationExecutor(connection)
    executor.migrate(list(targets) or executor.loader.graph.leaf_nodes("subscribers"))


@pytest.fixture
def _newest_again() -> Iterator[None]:
    yield
    migrate()


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_newest_again")
def test_tokens_that_were_kept_are_forgotten_and_nothing_else_is() -> None:
    ada = make_subscriber("ada@example.org")
    migrate(("subscribers", "0013_requests_of_forms"))
    pages = [
        "/subscribe/",
        "/ar/subscribe/",
        "/preferences/",
        "/preferences/OgAA-x/",
        "/unsubscribe/a_b/",
        "/confirm/c/",
        "",
    ]
    for page in pages:
        ConsentRecord.objects.create(subscriber=ada, address_hash="x", action="asked", source="form", page=page)
    migrate()
    assert list(ConsentRecord.objects.order_by("pk").values_list("page", flat=True)) == [
        "/subscribe/", "/ar/subscribe/", "/preferences/", "/preferences/…/", "/unsubscribe/…/", "/confirm/…/", "",
    ]  # fmt: skip
