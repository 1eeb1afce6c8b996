"""About how long an edition takes: as the last one did, and no faster than the rate limits allow."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from newsletters.delivery.audience.duration import Duration, estimate_duration
from newsletters.models import Chunk, Edition, RateLimit
from tests.factories import make_edition, make_list, make_newsletter, make_reader, start

pytestmark = pytest.mark.django_db


@pytest.fixture
def edition() -> Edition:
    newsletter = make_newsletter(make_list())
    make_reader(newsletter.mailing_list)
    return make_edition(newsletter)


def test_nothing_is_said_of_what_is_not_known() -> None:
    assert estimate_duration(1000) is None


def sent(edition: Edition, groups: dict[str, int], seconds: int) -> None:
    edition = start(edition)
    Chunk.objects.all().delete()
    assert edition.frozen_at is not None
    for seq, (group, n) in enumerate(groups.items(), 1):
        Chunk.objects.create(
            edition=edition, group=group, seq=seq, n=n, members=b"", wave=timezone.now(), state=Chunk.State.DONE,
            heard_at=edition.frozen_at + timedelta(seconds=seconds),
        )  # fmt: skip
    Edition.objects.update(status=Edition.Status.SENT, candidates=sum(groups.values()))


def test_it_takes_as_long_as_the_last_edition_did(edition: Edition) -> None:
    sent(edition, {"": 1000}, 50)
    assert estimate_duration(4000) == Duration(200.0)


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        ({"": 10}, Duration(400.0, "")),
        ({"": 1000}, Duration(200.0)),
        ({"gmail.com": 2}, Duration(500.0, "gmail.com")),  # a quarter of them are there
        ({"gmail.com": 2, "gmx.example": 0.1}, Duration(500.0, "gmail.com")),  # nobody is there
    ],
)
def test_the_slowest_limit_says_how_long(edition: Edition, limits: dict[str, float], expected: Duration) -> None:
    sent(edition, {"": 750, "gmail.com": 250}, 50)
    for domain, per_second in limits.items():
        RateLimit.objects.create(domain=domain, per_second=per_second)
    assert estimate_duration(4000) == expected
