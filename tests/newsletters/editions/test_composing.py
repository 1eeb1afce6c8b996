"""Which articles are new, and drafts that several people work on."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from newsletters.editions import composing, transitions
from newsletters.editions.composing import Override, new_articles
from newsletters.models import Article, Chunk, Edition, Newsletter
from tests.factories import (
    make_article,
    make_edition,
    make_list,
    make_newsletter,
    make_reader,
    make_topic,
    queue,
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
    assert list(new_articles(newsletter)) == [new]


def test_a_back_dated_article_that_came_late_counts(newsletter: Newsletter) -> None:
    make_edition(newsletter, articles=[make_article()])
    late = make_article(published_at=timezone.now() - timedelta(days=30))
    assert list(new_articles(newsletter)) == [late]


def test_drafts_and_later_articles_do_not_count(newsletter: Newsletter) -> None:
    make_article(status=Article.Status.DRAFT)
    tomorrow = make_article(published_at=timezone.now() + timedelta(days=1))
    assert list(new_articles(newsletter)) == []
    assert list(new_articles(newsletter, timezone.now() + timedelta(days=2))) == [tomorrow]


def test_the_articles_of_a_cancelled_edition_count_again(newsletter: Newsletter) -> None:
    article = make_article()
    edition = make_edition(newsletter, articles=[article])
    transitions.cancel(edition.pk, by="Ada")
    assert list(new_articles(newsletter)) == [article]


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
    assert (article in new_articles(newsletter)) is again


def test_a_newsletter_on_topics_gets_articles_on_them_once(newsletter: Newsletter) -> None:
    us, asia = make_topic(), make_topic()
    newsletter.topics.set([us, asia])
    both = make_article(topics=[us, asia])
    make_article(topics=[make_topic()])
    assert list(new_articles(newsletter)) == [both]


def test_compose_takes_at_most_so_many_newest_first_and_numbers_on(newsletter: Newsletter) -> None:
    now = timezone.now()
    articles = [make_article(published_at=now - timedelta(hours=hours)) for hours in (3, 1, 2)]
    newsletter.at_most = 2
    newsletter.save()
    first = composing.compose(newsletter)
    assert [item.article for item in first.items.all()] == [articles[1], articles[2]]
    second = composing.compose(newsletter)
    assert [item.article for item in second.items.all()] == [articles[0]]
    assert (first.number, second.number) == (1, 2)
    assert first.slug != second.slug


def test_the_subject_keeps_what_differs_from_reader_to_reader(newsletter: Newsletter) -> None:
    newsletter.subject_template = "{{ newsletter }} {{ number }} for {{ first_name|you }}: {{ lead }}"
    newsletter.save()
    edition = composing.compose(newsletter)
    assert edition.subject == f"{newsletter.name} 1 for {{{{ first_name|you }}}}: {{{{ lead }}}}"


def test_saving_a_draft_keeps_order_and_overrides(newsletter: Newsletter) -> None:
    one, two = make_article(), make_article()
    edition = make_edition(newsletter, articles=[one, two])
    composing.save_draft(
        edition.pk,
        revision=1,
        fields={"subject": "New", "status": "sent"},
        article_ids=[two.pk, one.pk, two.pk],
        overrides={one.pk: Override(headline="Mine")},
    )
    edition.refresh_from_db()
    assert (edition.subject, edition.revision, edition.status) == ("New", 2, Edition.Status.DRAFT)
    assert [(item.article_id, item.headline) for item in edition.items.all()] == [(two.pk, ""), (one.pk, "Mine")]


def test_the_second_of_two_editors_is_told_and_nothing_is_lost(newsletter: Newsletter) -> None:
    edition = make_edition(newsletter)
    composing.save_draft(edition.pk, revision=1, fields={"subject": "First"}, article_ids=[])
    with pytest.raises(transitions.Conflict):
        composing.save_draft(edition.pk, revision=1, fields={"subject": "Second"}, article_ids=[])
    edition.refresh_from_db()
    assert edition.subject == "First"


def test_what_is_being_sent_cannot_be_edited(newsletter: Newsletter) -> None:
    edition = queue(make_edition(newsletter))
    with pytest.raises(transitions.Refused, match="can no longer be changed"):
        composing.save_draft(edition.pk, revision=edition.revision, fields={"subject": "x"}, article_ids=[])


def test_an_article_in_an_edition_keeps_its_own_words(newsletter: Newsletter) -> None:
    article = make_article(title="Its own")
    edition = make_edition(newsletter, articles=[article])
    overrides = {article.pk: Override("Another", "Other words.")}
    composing.save_draft(edition.pk, revision=1, fields={}, article_ids=[article.pk], overrides=overrides)
    from newsletters.editions import snapshot

    content = snapshot.of_edition(Edition.objects.get(pk=edition.pk))
    assert (content.articles[0].headline, content.articles[0].summary) == ("Another", "Other words.")
    assert Article.objects.get().title == "Its own"


def test_lists_show_a_sent_editions_subject_as_nobody_in_particular_gets_it(newsletter: Newsletter) -> None:
    from newsletters.editions.snapshot import shown_subject

    edition = make_edition(newsletter, articles=[make_article(title="The lead")], subject="{{ name|you }}: {{ lead }}")
    assert shown_subject(edition) == "{{ name|you }}: {{ lead }}"
    assert shown_subject(queue(edition)) == "you: The lead"


def test_a_newsletter_may_take_the_address_that_another_had(newsletter: Newsletter) -> None:
    slug = newsletter.slug
    first = make_edition(newsletter)
    Newsletter.objects.update(slug="renamed")
    second = make_edition(make_newsletter(newsletter.mailing_list, name=newsletter.name))
    assert (first.slug, second.slug) == (f"{slug}-1", f"{slug}-1-2")
