"""A subject that names what some readers don't get; a preheader that is empty for some."""

from __future__ import annotations

from dataclasses import replace

import pytest

from newsletters.editions import editing, preflight
from newsletters.editions.drafts import Block, draft_of
from newsletters.editions.preflight import Finding
from newsletters.models import Edition
from subscribers.attributes import holding
from subscribers.models import Segment, Topic
from subscribers.segments import counting
from tests.factories import make_article, make_edition, make_list, make_newsletter, make_reader, make_topic
from tests.newsletters.delivery.audience.test_segments import make_segment
from tests.newsletters.editions.preflight.test_preflight import sent_edition

pytestmark = [pytest.mark.django_db, pytest.mark.either_database]


def make_topics() -> list[Topic]:
    return [make_topic(name="Grain"), make_topic(name="Ships"), make_topic(name="Weather")]


@pytest.fixture
def topics() -> list[Topic]:
    return make_topics()


@pytest.fixture
def edition(topics: list[Topic]) -> Edition:
    return make_partly_read_edition(topics)


def make_partly_read_edition(topics: list[Topic]) -> Edition:
    """For five readers: two get all, one Grain, one Ships, one both; a sixth gets nothing."""
    grain, ships, weather = topics
    mailing_list = make_list(topics=topics)
    for chosen in ([], [], [grain], [ships], [grain, ships], [weather]):
        make_reader(mailing_list, topics=chosen)
    articles = [
        make_article(title="Grain comes back", topics=[grain]),
        make_article(title="Ships without a crew", topics=[ships]),
        make_article(title="Ships without a port", topics=[ships]),
    ]
    return make_edition(make_newsletter(mailing_list), articles=articles, subject="News of the week", preheader="Short")


def found(edition: Edition, code: str) -> list[Finding]:
    return [finding for finding in preflight.check(edition) if finding.code == code]


@pytest.mark.parametrize("field", ["subject", "preheader", "introduction"])
def test_a_text_that_names_an_article_some_lack(edition: Edition, field: str) -> None:
    text = "Grain comes back, and more"
    edition = editing.reword(edition, **{field: f"<p>{text}</p>" if field == "introduction" else text})  # type: ignore[arg-type]
    (finding,) = found(edition, "named_article")
    assert finding.message == (f"The {field} names “Grain comes back”, but 1 of 5 readers don't get that article.")
    assert (finding.field, finding.blocking) == (field, False)


def test_two_named_are_two_findings(edition: Edition) -> None:
    edition = editing.reword(edition, subject="Grain comes back; ships without a crew")
    numbers = [finding.message.partition("but ")[2][:6] for finding in found(edition, "named_article")]
    assert numbers == ["1 of 5", "1 of 5"]


@pytest.mark.parametrize("subject", ["{{ lead }}", "News of the week", "{{ lead }} and {{ others }}"])
def test_what_names_none_or_each_readers_own_is_fine(edition: Edition, subject: str) -> None:
    assert not found(editing.reword(edition, subject=subject), "named_article")


def test_what_everybody_gets_may_be_named(edition: Edition, topics: list[Topic]) -> None:
    edition = editing.reword(edition, subject="Grain comes back")
    for item in edition.items.select_related("article"):
        assert item.article is not None
        item.article.topics.set(topics)
    assert not found(edition, "named_article")


def test_a_preheader_that_is_empty_for_some(edition: Edition) -> None:
    edition = editing.reword(edition, preheader="{{ others }}")
    (finding,) = found(edition, "preheader")
    assert finding.message.startswith("For 1 of 5 readers the preheader is empty")


def test_fields_without_an_article_leave_an_empty_row(edition: Edition) -> None:
    edition.items.all().delete()
    edition = editing.reword(edition, subject="{{ lead }}", preheader="{{ others }}")
    (subject,) = found(edition, "subject")
    assert subject.blocking
    edition = editing.reword(edition, subject="News of the week")
    (preheader,) = found(edition, "preheader")
    assert "Without a preheader" in preheader.message


def test_an_article_that_only_a_segment_gets_is_lacked_by_everybody_else(topics: list[Topic]) -> None:
    grain, ships, weather = topics
    mailing_list = make_list(topics=topics)
    members = make_segment("Members", {"field": "tag", "is": "is", "value": holding.get_or_create_tag("member").pk})
    for chosen, is_member in [([], True), ([grain], True), ([], False), ([grain], False), ([ships], True),
                              ([weather], True)]:  # fmt: skip
        reader = make_reader(mailing_list, topics=chosen)
        if is_member:
            holding.set_tags(reader.pk, [holding.get_or_create_tag("member")])
    article, other = make_article(title="Grain comes back", topics=[grain]), make_article(topics=[ships])
    edition = make_edition(make_newsletter(mailing_list), articles=[article, other], subject="Grain comes back")
    blocks = [*draft_of(edition).blocks]
    blocks[0] = replace(blocks[0], only_segment=members.pk)
    # For all who have anything to read here: without an article on Grain, this is what is left.
    blocks.append(Block(kind="text", html="<p>For all</p>"))
    edition = editing.save(edition.pk, replace(draft_of(edition), blocks=tuple(blocks)), revision=edition.revision)
    (finding,) = found(edition, "named_article")
    # Of the five who get the edition: a member who follows Ships alone, and two who are no members.
    assert finding.message.endswith("but 3 of 5 readers don't get that article.")


def test_what_takes_too_long_to_count_hides_no_jump(edition: Edition, monkeypatch: pytest.MonkeyPatch) -> None:
    make_segment("Slow", {"field": "tag", "is": "empty"})
    draft = replace(draft_of(edition), include_segments=(Segment.objects.get().pk,))
    edition = editing.save(edition.pk, draft, revision=edition.revision)
    monkeypatch.setattr(counting, "LONGEST_COUNT", -1)
    earlier = sent_edition(edition.newsletter, candidates=2, rejected=0)
    (jump,) = found(edition, "jump")
    assert jump.message.startswith("It may go to as many as 6 readers, who couldn't be counted in its segments")
    Edition.objects.filter(pk=earlier.pk).update(candidates=3)
    assert not found(edition, "jump")


def test_what_takes_too_long_to_count_is_said_once_and_blocks_nothing(
    edition: Edition, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_segment("Slow", {"field": "tag", "is": "empty"})
    draft = replace(draft_of(edition), include_segments=(Segment.objects.get().pk,), subject="Grain comes back")
    edition = editing.save(edition.pk, draft, revision=edition.revision)
    monkeypatch.setattr(counting, "LONGEST_COUNT", -1)
    findings = preflight.check(edition)
    assert [(each.code, each.blocking) for each in findings if each.field == "audience"] == [("uncounted", False)]
    (uncounted,) = [each for each in findings if each.code == "uncounted"]
    assert uncounted.message.startswith("Counting takes longer than")
    assert not [each for each in findings if each.code in {"nobody", "named_article", "block_for_nobody"}]
