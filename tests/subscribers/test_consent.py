"""Records of consent hold no secret, those of older versions included."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from subscribers.models import ConsentRecord
from tests.factories import make_subscriber
from tests.migrating import migrate_back, migrate_to_newest


@pytest.fixture
def _newest_again() -> Iterator[None]:
    yield
    migrate_to_newest()


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_newest_again")
def test_tokens_that_were_kept_are_forgotten_and_nothing_else_is() -> None:
    ada = make_subscriber("ada@example.org")
    old = migrate_back("subscribers", "0013_requests_of_forms").get_model("subscribers", "ConsentRecord")
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
        old.objects.create(subscriber_id=ada.pk, address_hash="x", action="asked", source="form", page=page)
    migrate_to_newest()
    assert list(ConsentRecord.objects.order_by("pk").values_list("page", flat=True)) == [
        "/subscribe/", "/ar/subscribe/", "/preferences/", "/preferences/…/", "/unsubscribe/…/", "/confirm/…/", "",
    ]  # fmt: skip
