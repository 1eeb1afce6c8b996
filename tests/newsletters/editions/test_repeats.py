"""Articles that readers have had are named before they go out again, and only those that really went to them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from newsletters.editions import editing, repeats, transitions
from newsletters.editions.loading import LoadedEdition
from newsletters.editions.repeats import Repeats, articles_readers_have, find_repeats
from newsletters.editions.transitions import RepeatsNotConfirmed
from newsletters.models import Article, Chunk, Edition, Newsletter
from newsletters.models.deliveries import Outcome
from tests.factories import give_number, make_article, make_edition, make_list, make_newsletter, make_reader, queue
from tests.newsletters.admin.edition.test_ledger import settle

pytestmark = [pytest.mark.django_db, pytest.mark.either_database]


@pytest.fixture
def newsletter() -> Newsletter:
    mailing_list = make_list()
    make_reader(mailing_list)
    return make_newsletter(mailing_list)


@pytest.fixture
def articles() -> list[Article]:
    return [make_article(title=title) for title in ("Alpha", "Beta", "Gamma")]


def sent(newsletter: Newsletter, articles: list[Article], outcome: Outcome | None = Outcome.ACCEPTED) -> Edition:
    """An edition that went out with these articles; None is one whose chunks were never handed out."""
    edition = make_edition(newsletter, articles=articles)
    edition = queue_all_the_same(edition)
    if outcome is not None:
        settle(edition, [(f"r{edition.pk}@example.org", outcome)])
    now = timezone.now()
    give_number(edition)
    Edition.objects.filter(pk=edition.pk).update(
        status=Edition.Status.SENT if outcome else Edition.Status.CANCELLED, frozen_at=now
    )
    edition.refresh_from_db()
    return edition


def queue_all_the_same(edition: Edition) -> Edition:
    token = repeats_of(edition).token
    return transitions.queue(edition.pk, revision=edition.revision, by="Ada", repeats=token)


def repeats_of(edition: Edition) -> Repeats:
    return find_repeats(LoadedEdition(edition).content)


def test_what_takes_too_long_to_look_for_is_said_and_confirmed_like_a_repeat(
    newsletter: Newsletter, articles: list[Article], monkeypatch: pytest.MonkeyPatch
) -> None:
    edition = make_edition(newsletter, articles=articles)
    assert not repeats_of(edition)
    monkeypatch.setattr(repeats, "LONGEST_SEARCH", -1)
    found = repeats_of(edition)
    assert found
    assert found.in_words.startswith("Looking for these articles in earlier editions took too long")
    with pytest.raises(RepeatsNotConfirmed, match="took too long"):
        transitions.queue(edition.pk, revision=edition.revision, by="Ada")
    transitions.queue(edition.pk, revision=edition.revision, by="Ada", repeats=found.token)


def test_what_all_went_out_is_said_with_the_edition(newsletter: Newsletter, articles: list[Article]) -> None:
    before = sent(newsletter, articles)
    found = repeats_of(make_edition(newsletter, articles=articles))
    assert found.in_words == f"All 3 articles went to these readers in edition {before.number}."


def test_some_of_them_in_several_editions(newsletter: Newsletter, articles: list[Article]) -> None:
    first, second = sent(newsletter, articles[:1]), sent(newsletter, articles[:2])
    found = repeats_of(make_edition(newsletter, articles=articles))
    assert found.in_words == (
        f"2 of 3 articles went to these readers in edition {first.number} and edition {second.number}."
    )
    assert found.repeated == {article.pk for article in articles[:2]}


@pytest.mark.parametrize("outcome", [Outcome.REJECTED, Outcome.SKIPPED, Outcome.CANCELLED, None])
def test_what_nobody_got_is_no_repeat(newsletter: Newsletter, articles: list[Article], outcome: Outcome | None) -> None:
    sent(newsletter, articles, outcome)
    assert not repeats_of(make_edition(newsletter, articles=articles))


@pytest.mark.parametrize("outcome", [Outcome.ACCEPTED, Outcome.IN_DOUBT])
def test_half_of_a_cancelled_edition_counts(newsletter: Newsletter, articles: list[Article], outcome: Outcome) -> None:
    before = sent(newsletter, articles, outcome)
    Edition.objects.filter(pk=before.pk).update(status=Edition.Status.CANCELLED)
    assert repeats_of(make_edition(newsletter, articles=articles))


def test_drafts_and_other_lists_are_none(newsletter: Newsletter, articles: list[Article]) -> None:
    elsewhere = make_newsletter(make_list())
    make_reader(elsewhere.mailing_list)
    sent(elsewhere, articles)
    make_edition(newsletter, articles=articles)
    assert not repeats_of(make_edition(newsletter, articles=articles))


def test_another_newsletter_of_the_list_is_named(newsletter: Newsletter, articles: list[Article]) -> None:
    daily = make_newsletter(newsletter.mailing_list, name="Daily")
    before = sent(daily, articles[:2])
    found = repeats_of(make_edition(newsletter, articles=articles[:2]))
    assert found.in_words == f"Both articles went to these readers in Daily {before.number}."


def test_a_scheduled_edition_will_have_had_them(newsletter: Newsletter, articles: list[Article]) -> None:
    queue(make_edition(newsletter, articles=articles), send_at=timezone.now() + timedelta(days=1))
    found = repeats_of(make_edition(newsletter, articles=articles[:1]))
    assert found.in_words.startswith(f"Its only article goes to these readers in {newsletter.name} on ")


def test_the_gate_refuses_without_the_confirmation(newsletter: Newsletter, articles: list[Article]) -> None:
    sent(newsletter, articles)
    edition = make_edition(newsletter, articles=articles)
    for token in ("", "1", "on"):
        with pytest.raises(RepeatsNotConfirmed, match="All 3 articles went to these readers"):
            transitions.queue(edition.pk, revision=edition.revision, by="Ada", repeats=token)
    assert queue_all_the_same(edition).status == Edition.Status.QUEUED


def test_what_changed_since_is_confirmed_anew(newsletter: Newsletter, articles: list[Article]) -> None:
    sent(newsletter, articles[:1])
    edition = make_edition(newsletter, articles=articles)
    confirmed = repeats_of(edition).token
    sent(newsletter, articles[1:2])
    with pytest.raises(RepeatsNotConfirmed, match="2 of 3 articles"):
        transitions.queue(edition.pk, revision=edition.revision, by="Ada", repeats=confirmed)


def test_a_confirmation_holds_while_nothing_changes(newsletter: Newsletter, articles: list[Article]) -> None:
    sent(newsletter, articles[:1])
    edition = make_edition(newsletter, articles=articles)
    confirmed = repeats_of(edition).token
    edition = editing.reword(edition, subject="Other words")
    assert transitions.queue(edition.pk, revision=edition.revision, by="Ada", repeats=confirmed).queued_at


def test_no_articles_no_repeats_and_no_query(
    newsletter: Newsletter, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    edition = make_edition(newsletter)
    edition.items.all().delete()
    content = LoadedEdition(edition).content
    with django_assert_num_queries(0):
        assert find_repeats(content) == Repeats(0)
        assert articles_readers_have(content) == frozenset()


def test_what_is_handed_out_now_counts(newsletter: Newsletter, articles: list[Article]) -> None:
    before = sent(newsletter, articles, Outcome.REJECTED)
    Chunk.objects.filter(edition=before).update(handed_to=2, n=2)
    Edition.objects.filter(pk=before.pk).update(status=Edition.Status.CANCELLED)
    assert repeats_of(make_edition(newsletter, articles=articles))
