"""Members of a throttled domain stand in chunks of their own; nobody is lost by it, and nobody stands in two."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from pytest_django import Settings

from newsletters.delivery.engine import retrying
from newsletters.delivery.ledger import members
from newsletters.delivery.ledger.totals import count_outcomes
from newsletters.delivery.limits import rate_limits
from newsletters.models import Chunk, Delivery, Edition, Newsletter, RateLimit
from newsletters.models.deliveries import Outcome
from newsletters.rendering.variants import NOTHING
from subscribers.models import Subscriber
from tests.factories import make_article, make_edition, make_reader, make_topic, start

SLOW, MUNICH = "slow.example", "xn--mnchen-3ya.example"


@pytest.fixture(autouse=True)
def _small_chunks(settings: Settings) -> None:
    settings.CHUNK_SIZE = 4


def limit(domain: str, per_second: float = 5) -> None:
    RateLimit.objects.create(domain=domain, per_second=per_second)
    rate_limits.reload_limits()


def readers(newsletter: Newsletter, *emails: str) -> dict[str, int]:
    return {email: make_reader(newsletter.mailing_list, email=email).pk for email in emails}


def chunks(edition: Edition, **of: object) -> list[tuple[str, int, list[int]]]:
    """Group, number and members of each chunk, in the order of the numbers."""
    return [
        (chunk.group, chunk.seq, [member.subscriber_id for member in members.unpack(chunk.members)])
        for chunk in edition.chunks.filter(**of).order_by("kind", "seq")
    ]


def test_an_edition_without_limits_has_the_chunks_that_it_always_had(newsletter: Newsletter) -> None:
    ids = list(readers(newsletter, *(f"r{n}@slow.example" for n in range(9))).values())
    with CaptureQueriesContext(connection) as queries:
        edition = start(make_edition(newsletter))
    assert chunks(edition) == [("", 1, ids[:4]), ("", 2, ids[4:8]), ("", 3, ids[8:])]
    assert not [q["sql"] for q in queries if 'JOIN "subscribers_subscriber"' in q["sql"]]  # no address is read


def test_each_throttled_domain_has_chunks_of_its_own_and_all_others_share(newsletter: Newsletter) -> None:
    limit(SLOW)
    limit("münchen.example")
    limit("", 100)  # all mail together makes no group
    ids = readers(
        newsletter, "a@fast.example", "b@slow.example", "c@MÜNCHEN.example", "d@fast.example", "e@SLOW.example",
        "f@xn--mnchen-3ya.example", "g@slow.example", "h@sub.slow.example", "i@slow.example", "j@slow.example",
        "k@fast.example",
    )  # fmt: skip
    by_letter = {email[0]: pk for email, pk in ids.items()}
    edition = start(make_edition(newsletter))
    assert chunks(edition) == [
        (SLOW, 1, [by_letter[letter] for letter in "begi"]),
        ("", 2, [by_letter[letter] for letter in "adhk"]),
        (SLOW, 3, [by_letter["j"]]),
        (MUNICH, 4, [by_letter[letter] for letter in "cf"]),
    ]
    assert count_outcomes(edition).waiting == count_outcomes(edition).candidates == 11


def test_a_limit_that_was_just_set_counts(newsletter: Newsletter) -> None:
    """Others of this process may have looked at the limits a moment ago."""
    readers(newsletter, "a@slow.example")
    assert rate_limits.throttled_domains() == frozenset()
    RateLimit.objects.create(domain=SLOW, per_second=1)
    assert [group for group, _seq, _ids in chunks(start(make_edition(newsletter)))] == [SLOW]


@examples(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    domains=st.lists(
        st.sampled_from(["slow.example", "Slow.Example", "münchen.example", MUNICH, "x.org", "y.org"]),
        min_size=1,
        max_size=15,
    ),
    throttled=st.sets(st.sampled_from([SLOW, MUNICH, "x.org", ""])),
    topics=st.data(),
)
@pytest.mark.django_db
def test_grouping_loses_nobody_and_doubles_nobody(
    domains: list[str], throttled: set[str], topics: st.DataObject
) -> None:
    RateLimit.objects.all().delete()
    for domain in throttled:
        limit(domain)
    edition = make_edition(articles=[make_article(topics=[make_topic()])])
    other = make_topic()
    everybody = [
        make_reader(
            edition.newsletter.mailing_list,
            email=f"r{number}-{edition.pk}@{domain}",
            topics=[other] if topics.draw(st.booleans()) else [],
        )
        for number, domain in enumerate(domains)
    ]
    edition = start(edition)
    made = chunks(edition)
    assert sorted(pk for _group, _seq, ids in made for pk in ids) == sorted(reader.pk for reader in everybody)
    assert [seq for _group, seq, _ids in made] == list(range(1, len(made) + 1))
    of = {reader.pk: rate_limits.domain_of(reader.email) for reader in everybody}
    for group, _seq, ids in made:
        assert ids == sorted(ids)
        assert len(ids) <= 4
        assert {of[pk] if of[pk] in throttled else "" for pk in ids} == {group}
    sums = count_outcomes(edition)
    assert sums.candidates == sums.accounted_for == len(everybody)
    with_mail = sum(member.variant != NOTHING for c in edition.chunks.all() for member in members.unpack(c.members))
    assert sum(variant.recipients for variant in edition.variants.all()) == with_mail


# --- Again --------------------------------------------------------------------------------------------------------
def defer_all(edition: Edition) -> None:
    """Everybody was put off a moment ago, as of a chunk that was made before a limit was set."""
    for chunk in edition.chunks.all():
        for member in members.unpack(chunk.members):
            Delivery.objects.create(
                edition=edition, subscriber_id=member.subscriber_id, chunk=chunk, fence=1, variant=member.variant,
                outcome=Outcome.DEFERRED, reason="throttled", retry_at=timezone.now(), settled_at=timezone.now(),
            )  # fmt: skip
        Chunk.objects.filter(pk=chunk.pk).update(
            handed_to=chunk.n, settled=chunk.n, deferred=chunk.n, state=Chunk.State.DONE
        )


def test_what_was_put_off_is_tried_again_in_chunks_by_domain(newsletter: Newsletter) -> None:
    ids = readers(newsletter, "a@slow.example", "b@fast.example", "c@SLOW.example", "d@münchen.example")
    edition = start(make_edition(newsletter))
    assert [group for group, _seq, _ids in chunks(edition)] == [""]
    defer_all(edition)
    limit(SLOW)
    limit(MUNICH)
    a, b, c, d = ids.values()
    Subscriber.objects.filter(pk=b).delete()
    assert retrying.collect_due(timezone.now()) == 4
    assert chunks(edition, kind=Chunk.Kind.RETRY) == [("", 1, [b]), (SLOW, 2, [a, c]), (MUNICH, 3, [d])]
    assert set(Delivery.objects.values_list("chunk__group", "subscriber_id")) == {
        ("", b), (SLOW, a), (SLOW, c), (MUNICH, d),
    }  # fmt: skip
    sums = count_outcomes(edition)
    assert (sums.retrying, sums.deferred, sums.accounted_for) == (4, 0, 4)
    assert retrying.collect_due(timezone.now() + timedelta(days=1)) == 0


def test_the_numbers_of_retry_chunks_go_on(newsletter: Newsletter) -> None:
    readers(newsletter, *(f"r{n}@{domain}" for n in range(3) for domain in (SLOW, "fast.example")))
    edition = start(make_edition(newsletter))
    defer_all(edition)
    limit(SLOW)
    assert retrying.collect_due(timezone.now()) == 4  # settings.CHUNK_SIZE at once
    assert retrying.collect_due(timezone.now()) == 2
    made = chunks(edition, kind=Chunk.Kind.RETRY)
    assert [(group, seq, len(ids)) for group, seq, ids in made] == [
        ("", 1, 2), (SLOW, 2, 2), ("", 3, 1), (SLOW, 4, 1),
    ]  # fmt: skip
    assert count_outcomes(edition).accounted_for == 6


def test_the_addresses_of_what_is_tried_again_are_one_question_and_none_without_limits(newsletter: Newsletter) -> None:
    def questions(edition: Edition) -> int:
        defer_all(edition)
        with CaptureQueriesContext(connection) as queries:
            retrying.collect_due(timezone.now())
        return sum('FROM "subscribers_subscriber"' in query["sql"] for query in queries)

    readers(newsletter, *(f"r{n}@slow.example" for n in range(4)))
    assert questions(start(make_edition(newsletter))) == 0
    limit(SLOW)
    assert questions(start(make_edition(newsletter))) == 1
