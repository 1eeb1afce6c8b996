"""The composer's choice of who sees a block; previews and test mails of somebody who does and somebody who doesn't."""

from __future__ import annotations

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from newsletters.editions import drafts
from newsletters.models import Edition, SeedList
from subscribers.attributes import holding
from subscribers.models import Segment
from tests.factories import make_article, make_edition, make_list, make_newsletter, make_reader, start
from tests.newsletters.admin.edition.conftest import at
from tests.newsletters.admin.edition.test_composer import as_shown, block
from tests.newsletters.admin.edition.test_composing import page_of
from tests.newsletters.delivery.audience.test_segments import make_segment

pytestmark = [pytest.mark.django_db, pytest.mark.either_database]


@pytest.fixture
def members() -> Segment:
    tag = holding.get_or_create_tag("member")
    return make_segment("Members", {"field": "tag", "is": "is", "value": tag.pk})


@pytest.fixture
def edition(members: Segment, admin_client: Client) -> Edition:
    """Two articles; the second, and a text, for members alone: as the page saves it."""
    newsletter = make_newsletter(make_list())
    tagged = make_reader(newsletter.mailing_list, email="member@example.org")
    holding.set_tags(tagged.pk, [holding.get_or_create_tag("member")])
    make_reader(newsletter.mailing_list, email="other@example.org")
    articles = [make_article(title="For all"), make_article(title="Second")]
    edition = make_edition(newsletter, articles=articles, subject="Hello")
    form = as_shown(edition)
    form["block"] = [*form["block"], "t1"]
    form |= block("t1", "text", html="<p>Secret</p>", only_segment=str(members.pk))
    form[f"only_segment-{form['block'][1]}"] = str(members.pk)
    assert admin_client.post(page_of(edition), form | {"_save": "1"}).status_code == 302
    return Edition.objects.get(pk=edition.pk)


def test_the_choice_is_saved_shown_and_kept_by_reset(admin_client: Client, edition: Edition, members: Segment) -> None:
    assert [each.only_segment for each in drafts.draft_of(edition).blocks] == [None, members.pk, members.pk]
    page = admin_client.get(page_of(edition)).content.decode()
    assert page.count("Only readers in “Members”") == 3
    assert page.count(f'<option value="{members.pk}" selected>') == 2
    form = as_shown(edition)
    second = form["block"][1]
    form |= {f"only_segment-{second}": str(members.pk), f"headline-{second}": "Other words", "_reset": second}
    answer = admin_client.post(page_of(edition), form).content.decode()
    assert "Other words" not in answer
    assert f'<option value="{members.pk}" selected>' in answer


def test_there_is_no_choice_where_there_are_no_segments(admin_client: Client) -> None:
    assert "only_segment-" not in admin_client.get(page_of(make_edition())).content.decode()


def test_what_was_deleted_stays_chosen_and_named(admin_client: Client, edition: Edition, members: Segment) -> None:
    number = members.pk
    Segment.objects.all().delete()
    page = admin_client.get(page_of(edition)).content.decode()
    assert page.count(f'<option value="{number}" selected>Only readers in “a segment that was deleted”') == 2


@pytest.mark.parametrize("part", ["html", "text"])
def test_the_preview_is_that_of_one_who_sees_it_or_of_one_who_does_not(
    admin_client: Client, edition: Edition, members: Segment, part: str
) -> None:
    preview = reverse(f"admin:newsletters_edition_preview_{part}", args=[edition.pk])

    def shown(**asked: str | int) -> list[str]:
        said = admin_client.get(preview, asked).content.decode()
        return [words for words in ("For all", "Second", "Secret") if words in said]

    everything = ["For all", "Second", "Secret"]
    assert shown() == shown(**{"as": "member@example.org"}) == everything
    assert shown(without=members.pk) == shown(**{"as": "other@example.org"}) == ["For all"]
    assert shown(without="x") == everything


def test_a_preview_of_nothing_says_so(admin_client: Client, edition: Edition, members: Segment) -> None:
    drafts_blocks = drafts.draft_of(edition).blocks
    edition.items.exclude(key=drafts_blocks[2].key).delete()
    preview = reverse("admin:newsletters_edition_preview_html", args=[edition.pk])
    said = admin_client.get(preview, {"without": members.pk}).content.decode()
    assert "This reader gets nothing: everything on their topics is only for segments" in said


def test_a_test_mail_is_what_that_reader_gets(admin_client: Client, edition: Edition, members: Segment) -> None:
    seeds = SeedList.objects.create(name="House", addresses="seed@example.org")
    for asked, has in (({}, True), ({"without": members.pk}, False)):
        mail.outbox.clear()
        admin_client.post(at(edition, "test/"), {"list": seeds.pk, "addresses": "", **asked})
        (sent,) = mail.outbox
        assert ("Secret" in str(sent.message())) is has


def test_the_audience_says_how_many_see_what(admin_client: Client, edition: Edition) -> None:
    panel = admin_client.get(reverse("admin:newsletters_edition_audience", args=[edition.pk])).content.decode()
    assert "<b>1</b> see “Second”, “Secret”, for readers in “Members”" in panel


def test_the_archive_shows_what_everybody_gets(client: Client, edition: Edition) -> None:
    edition = start(edition)
    page = client.get(edition.get_absolute_url())
    assert page.status_code == 200
    shown = page.content.decode()
    assert "For all" in shown
    assert "Second" not in shown
    assert "Secret" not in shown
