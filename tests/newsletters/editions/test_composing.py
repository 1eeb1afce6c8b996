"""Which articles are new, and the draft that they make."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from newsletters.editions import composing, transitions
from newsletters.editions.new_articles import find_new_articles
from newsletters.models import Article, Chunk, Newsletter
from tests.factories import (
    make_article,
    make_edition,
    make_list,
    make_newsletter,
    make_reader,
    make_topic,
    start,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def newsletter() -> Newsletter:
    mailing_list = make_list()
    make_reader(mailing_list)
    return make_newsletter(mailing_list)


def test_new_is_what_no_edition_of_this_newsletter_had(newsletter: Newsletter) -> None:
    old, new = make_article(), make_article()
    make_edition(newsletter, articles=[old])
    make_edition(make_newsletter(), articles=[new])  # another newsletter's
    assert list(find_new_articles(newsletter)) == [new]


def test_a_back_dated_article_that_came_late_counts(newsletter: Newsletter) -> None:
    make_edition(newsletter, articles=[make_article()])
    late = make_article(published_at=timezone.now() - timedelta(days=30))
    assert list(find_new_articles(newsletter)) == [late]


def test_drafts_and_later_articles_do_not_count(newsletter: Newsletter) -> None:
    make_article(status=Article.Status.DRAFT)
    tomorrow = make_article(published_at=timezone.now() + timedelta(days=1))
    assert list(find_new_articles(newsletter)) == []
    assert list(find_new_articles(newsletter, timezone.now() + timedelta(days=2))) == [tomorrow]


def test_the_articles_of_a_cancelled_edition_count_again(newsletter: Newsletter) -> None:
    article = make_article()
    edition = make_edition(newsletter, articles=[article])
    transitions.cancel(edition.pk, by="Ada")
    assert list(find_new_articles(newsletter)) == [article]


@pytest.mark.parametrize(("counts", "again"), [({}, True), ({"accepted": 1}, False), ({"in_doubt": 1}, False)])
def test_what_some_have_already_comes_to_nobody_twice_by_itself(
    newsletter: Newsletter, counts: dict[str, int], again: bool
) -> None:
    """Cancelled half-way: the next edition must not repeat its articles to those who got them."""
    make_reader(newsletter.mailing_list)
    make_reader(newsletter.mailing_list)
    article = make_article()
    edition = start(make_edition(newsletter, articles=[article]))
    Chunk.objects.update(handed_to=len(counts), settled=len(counts), **counts)
    transitions.cancel(edition.pk, by="Ada")
    assert (article in find_new_articles(newsletter)) is again


def test_a_newsletter_on_topics_gets_articles_on_them_once(newsletter: Newsletter) -> None:
    us, asia = make_topic(), make_topic()
    newsletter.topics.set([us, asia])
    both = make_article(topics=[us, asia])
    make_article(topics=[make_topic()])
    assert list(find_new_articles(newsletter)) == [both]


def test_compose_takes_at_most_so_many_newest_first(newsletter: Newsletter) -> None:
    now = timezone.now()
    articles = [make_article(published_at=now - timedelta(hours=hours)) for hours in (3, 1, 2)]
    newsletter.at_most = 2
    newsletter.save()
    first = composing.compose(newsletter)
    assert [item.article for item in first.items.all()] == [articles[1], articles[2]]
    second = composing.compose(newsletter)
    assert [item.article for item in second.items.all()] == [articles[0]]
    assert {first.number, second.number, first.slug, second.slug} == {None}


def test_the_subject_keeps_what_differs_from_reader_to_reader(newsletter: Newsletter) -> None:
    newsletter.subject_template = "{{ newsletter }} {{ number }} for {{ first_name|you }}: {{ lead }}"
    newsletter.save()
    edition = composing.compose(newsletter)
    assert edition.subject == f"{newsletter.name} {{{{ number }}}} for {{{{ first_name|you }}}}: {{{{ lead }}}}"
