"""Digests for those who want mail less often: nothing twice, nothing lost, whatever they change meanwhile."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import IntegrityError
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from newsletters.delivery.audience.counting import count_audience
from newsletters.delivery.engine import digest_runs, freezing
from newsletters.delivery.ledger.reasons import Skip
from newsletters.editions import snapshot, transitions
from newsletters.models import Chunk, Delivery, DigestArticle, DigestRun, Edition, Variant
from subscribers.erasure import erase
from subscribers.models import ConsentRecord, Subscriber
from subscribers.preferences import changes
from tests.factories import (
    make_article,
    make_edition,
    make_list,
    make_newsletter,
    make_reader,
    make_topic,
)
from tests.newsletters.delivery.engine.digest_steps import MONDAY, choose, deliver, digests, received, send, settle

pytestmark = pytest.mark.django_db
FREQUENCIES = ("each", "daily", "weekly", "monthly")


@pytest.fixture(autouse=True)
def _no_other_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(digest_runs, "_next_look", 0.0)


steps = st.lists(
    st.one_of(
        st.tuples(st.just("choose"), st.integers(0, 2), st.sampled_from(FREQUENCIES)),
        st.tuples(st.just("send"), st.integers(1, 2), st.just("")),
        st.tuples(st.just("wait"), st.sampled_from([3, 20, 24, 60, 170, 400]), st.just("")),
        st.tuples(st.just("look"), st.just(0), st.just("")),
    ),
    max_size=12,
)


@pytest.mark.timeout(300)
@examples(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=steps)
def test_no_article_comes_twice_and_none_is_lost_whatever_is_chosen_when(
    steps: list[tuple[str, int, str]],
) -> None:
    for model in (DigestArticle, Delivery, Variant, Chunk, DigestRun):
        model.objects.all().delete()
    Edition.objects.all().delete()
    with time_machine.travel(MONDAY, tick=False) as clock:
        newsletter = make_newsletter(make_list())
        people = [make_reader(newsletter.mailing_list) for _ in range(3)]
        sent: list[int] = []
        for what, number, frequency in steps:
            if what == "choose":
                choose(people[number], newsletter, frequency)
            elif what == "send":
                articles = [make_article() for _ in range(number)]
                send(newsletter, *articles)
                sent += [article.pk for article in articles]
            elif what == "wait":
                clock.shift(timedelta(hours=number))
            digests(datetime.now(UTC))
            clock.shift(timedelta(minutes=7))
        # Nobody is lost: the readers go back to each edition, and two mornings later all have had everything.
        for person in people:
            choose(person, newsletter, "each")
        for _ in range(2):
            clock.shift(timedelta(hours=24))
            digests(datetime.now(UTC))
        for person in people:
            assert received(person) == Counter(sent)


def test_a_weekly_reader_gets_on_monday_what_the_editions_of_the_week_held() -> None:
    newsletter = make_newsletter(make_list(), name="IRIA News", subject_template="x")
    weekly, daily, each = (make_reader(newsletter.mailing_list) for _ in range(3))
    with time_machine.travel(MONDAY, tick=False) as clock:
        choose(weekly, newsletter, "weekly")
        choose(daily, newsletter, "daily")
        first = send(newsletter, make_article(title="First"))
        clock.shift(timedelta(days=1))
        (of_a_day,) = digests(datetime.now(UTC))
        assert (of_a_day.digest, of_a_day.number, of_a_day.candidates) == ("daily", None, 1)
        send(newsletter, make_article(title="Second"))
        clock.move_to(MONDAY + timedelta(days=7))
        made = digests(datetime.now(UTC))
        assert sorted(edition.digest for edition in made) == ["daily", "weekly"]
        (week,) = [edition for edition in made if edition.digest == "weekly"]
        variant = Variant.objects.get(edition=week)
        assert "weekly digest" in variant.subject
        for words in ("First", "Second", f"IRIA News {first.number}, 2 March 2026"):
            assert words.upper() in variant.text.upper()
        assert "No. 0" not in variant.text
        assert digests(datetime.now(UTC)) == []  # any number of beats
        for person in (weekly, daily, each):
            assert set(received(person).values()) == {1}
            assert len(received(person)) == 2
    assert Delivery.objects.filter(reason=Skip.DIGEST.value).count() == 4
    assert not Edition.objects.public().exclude(digest="").exists()  # a digest isn't in the archive


def test_each_gets_the_articles_on_their_topics_that_they_lack() -> None:
    east, west = make_topic(name="East"), make_topic(name="West")
    newsletter = make_newsletter(make_list(topics=[east, west]))
    of_east = make_reader(newsletter.mailing_list, topics=[east])
    of_all = make_reader(newsletter.mailing_list)
    with time_machine.travel(MONDAY, tick=False) as clock:
        one, two = make_article(topics=[east]), make_article(topics=[west])
        choose(of_east, newsletter, "daily")
        choose(of_all, newsletter, "daily")
        send(newsletter, one, two)
        clock.shift(timedelta(days=1))
        (edition,) = digests(datetime.now(UTC))
    assert received(of_east) == Counter([one.pk])
    assert received(of_all) == Counter([one.pk, two.pk])
    assert Variant.objects.filter(edition=edition).count() == 2


def test_who_pauses_when_the_digest_goes_gets_it_with_the_next() -> None:
    newsletter = make_newsletter(make_list())
    person = make_reader(newsletter.mailing_list)
    with time_machine.travel(MONDAY, tick=False) as clock:
        article = make_article()
        choose(person, newsletter, "daily")
        send(newsletter, article)
        changes.pause(person.pk)
        clock.shift(timedelta(days=1))
        digests(datetime.now(UTC))
        assert received(person) == Counter()
        changes.resume(person.pk)
        clock.shift(timedelta(days=1))
        digests(datetime.now(UTC))
        assert received(person) == Counter([article.pk])


def test_a_worker_that_dies_before_freezing_leaves_a_digest_that_the_next_one_freezes() -> None:
    newsletter = make_newsletter(make_list())
    person = make_reader(newsletter.mailing_list)
    with time_machine.travel(MONDAY, tick=False) as clock:
        choose(person, newsletter, "daily")
        send(newsletter)
        clock.shift(timedelta(days=1))
        (run,) = digest_runs.make_due(datetime.now(UTC))
        assert run.edition
        assert digest_runs.make_due(datetime.now(UTC)) == []
        assert run.edition.pk in Edition.objects.to_begin(datetime.now(UTC)).values_list("pk", flat=True)
        deliver(run.edition)
    assert set(received(person).values()) == {1}


def test_the_database_itself_lets_an_article_come_once() -> None:
    edition, article = make_edition(), make_article()
    DigestArticle.objects.create(subscriber_id=1, article=article, edition=edition)
    with pytest.raises(IntegrityError):
        DigestArticle.objects.create(subscriber_id=1, article=article, edition=make_edition())


def test_the_count_says_who_gets_it_now_and_who_in_which_digest() -> None:
    newsletter = make_newsletter(make_list())
    people = [make_reader(newsletter.mailing_list) for _ in range(6)]
    for person, frequency in zip(people, ("weekly", "weekly", "daily", "weekly"), strict=False):
        choose(person, newsletter, frequency)
    changes.pause(people[3].pk)
    found = count_audience(snapshot.content_of(make_edition(newsletter)))
    assert found.reached == 2
    assert found.digests == {"weekly": 2, "daily": 1}
    assert found.excluded == {Skip.PAUSED: 1, Skip.DIGEST: 3}


def test_a_letter_without_articles_goes_to_everybody_at_once() -> None:
    newsletter = make_newsletter(make_list())
    person = make_reader(newsletter.mailing_list)
    choose(person, newsletter, "monthly")
    content = snapshot.content_of(make_edition(newsletter))
    letter = replace(content, blocks=tuple(block for block in content.blocks if not block.article))
    assert count_audience(letter).reached == 1


def test_a_choice_is_recorded_and_forgotten_with_the_person() -> None:
    newsletter = make_newsletter(make_list())
    person = make_reader(newsletter.mailing_list)
    choose(person, newsletter, "weekly")
    choose(person, newsletter, "weekly")
    assert ConsentRecord.objects.get().detail == "frequency weekly"
    DigestArticle.objects.create(subscriber_id=person.pk, article=make_article(), edition=make_edition())
    erase(person, note="", by="")
    assert not DigestArticle.objects.exists()


def test_readers_in_zones_of_their_own_get_it_in_their_own_morning() -> None:
    newsletter = make_newsletter(make_list())
    tokyo, berlin = make_reader(newsletter.mailing_list), make_reader(newsletter.mailing_list)
    Subscriber.objects.filter(pk=tokyo.pk).update(time_zone="Asia/Tokyo")
    Subscriber.objects.filter(pk=berlin.pk).update(time_zone="Europe/Berlin")
    with time_machine.travel(MONDAY, tick=False) as clock:
        for person in (tokyo, berlin):
            choose(person, newsletter, "daily")
        send(newsletter)
        clock.move_to(datetime(2026, 3, 2, 22, 30, tzinfo=UTC))  # 7:30 in Tokyo
        digests(datetime.now(UTC))
        assert (received(tokyo).total(), received(berlin).total()) == (1, 0)
        clock.move_to(datetime(2026, 3, 3, 6, 30, tzinfo=UTC))
        digests(datetime.now(UTC))
        assert (received(tokyo).total(), received(berlin).total()) == (1, 1)


def test_after_days_of_silence_there_is_one_digest_not_one_a_day() -> None:
    newsletter = make_newsletter(make_list())
    person = make_reader(newsletter.mailing_list)
    with time_machine.travel(MONDAY, tick=False) as clock:
        choose(person, newsletter, "daily")
        for _ in range(3):
            send(newsletter)
            clock.shift(timedelta(days=1))
        (edition,) = digests(datetime.now(UTC))
    assert edition.candidates == 1
    assert received(person).total() == 3


def test_a_cancelled_digest_comes_with_the_next_one() -> None:
    newsletter = make_newsletter(make_list())
    person = make_reader(newsletter.mailing_list)
    with time_machine.travel(MONDAY, tick=False) as clock:
        choose(person, newsletter, "daily")
        send(newsletter)
        clock.shift(timedelta(days=1))
        (run,) = digest_runs.make_due(datetime.now(UTC))
        assert run.edition
        assert freezing.start(run.edition.pk)
        transitions.cancel(run.edition.pk, by="Ada")
        clock.shift(timedelta(days=1))
        digests(datetime.now(UTC))
    assert received(person).total() == 1


def test_a_cancelled_digest_waits_for_the_mails_that_a_worker_has() -> None:
    newsletter = make_newsletter(make_list())
    person = make_reader(newsletter.mailing_list)
    with time_machine.travel(MONDAY, tick=False) as clock:
        choose(person, newsletter, "daily")
        send(newsletter)
        clock.shift(timedelta(days=1))
        (run,) = digest_runs.make_due(datetime.now(UTC))
        assert run.edition
        assert freezing.start(run.edition.pk)
        run.edition.refresh_from_db()
        chunk = Chunk.objects.get(edition=run.edition)
        Chunk.objects.filter(pk=chunk.pk).update(state=Chunk.State.CLAIMED, handed_to=chunk.n)
        transitions.cancel(run.edition.pk, by="Ada")
        clock.shift(timedelta(days=1))
        assert digests(datetime.now(UTC)) == []
        settle(run.edition, chunk)  # the answer comes: it was accepted before the edition was cancelled
        Chunk.objects.filter(pk=chunk.pk).update(settled=chunk.n)
        clock.shift(timedelta(days=1))
        assert digests(datetime.now(UTC)) == []
    assert received(person).total() == 1


def test_a_segment_that_is_gone_keeps_no_digest_back() -> None:
    newsletter = make_newsletter(make_list())
    person = make_reader(newsletter.mailing_list)
    with time_machine.travel(MONDAY, tick=False) as clock:
        choose(person, newsletter, "daily")
        edition = send(newsletter)
        gone = {"id": 1, "name": "Gone", "rule": None}
        Edition.objects.filter(pk=edition.pk).update(snapshot={**(edition.snapshot or {}), "include": [gone]})
        clock.shift(timedelta(days=1))
        digests(datetime.now(UTC))
    assert received(person).total() == 1
