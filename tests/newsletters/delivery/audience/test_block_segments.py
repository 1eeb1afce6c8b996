"""Blocks that only a segment sees: who gets which mail, counted, sampled, checked and frozen alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletters.delivery import resolving
from newsletters.delivery.audience.candidates import segments_of, stream_with_mixtures
from newsletters.delivery.audience.counting import count_audience
from newsletters.delivery.audience.definition import Audience
from newsletters.delivery.audience.missing_values import count_without_value
from newsletters.delivery.audience.rechecking import recheck
from newsletters.delivery.audience.sampling import sample_readers
from newsletters.delivery.engine import claiming, frozen, handing_out
from newsletters.delivery.ledger.members import Member
from newsletters.delivery.ledger.reasons import Skip
from newsletters.editions import approval_state, editing, preflight, snapshot
from newsletters.editions.conditions import TOPIC
from newsletters.editions.drafts import Block, Draft, draft_of
from newsletters.editions.segments import drafts_with
from newsletters.models import Article, Delivery, Edition, Newsletter, Variant
from newsletters.rendering.block_readers import MOST_SEGMENTS, for_readers_in
from subscribers.attributes import holding
from subscribers.models import Segment, Subscriber, Subscription, Topic
from tests.factories import make_article, make_edition, make_list, make_newsletter, make_reader, make_topic, start
from tests.newsletters.delivery.audience.test_agreement import frozen_members
from tests.newsletters.delivery.audience.test_segments import make_segment

pytestmark = [pytest.mark.django_db, pytest.mark.either_database]
TAGS = ("members", "press")


def segments() -> dict[str, Segment]:
    """One for each tag; those of the example before, where there was one."""
    there = {each.name: each for each in Segment.objects.filter(name__in=TAGS)}
    return {
        name: there.get(name)
        or make_segment(name, {"field": "tag", "is": "is", "value": holding.get_or_create_tag(name).pk})
        for name in TAGS
    }


def save(edition: Edition, *blocks: Block) -> Edition:
    return editing.save(edition.pk, replace(draft_of(edition), blocks=blocks), revision=edition.revision)


def text(words: str, only: Segment | None = None) -> Block:
    return Block(kind="text", html=f"<p>{words}</p>", only_segment=only.pk if only else None)


def of_article(article: Article, only: Segment | None = None) -> Block:
    return Block(article_id=article.pk, only_segment=only.pk if only else None)


def tagged(newsletter: Newsletter, *names: str, topics: Sequence[Topic] = (), weekly: bool = False) -> Subscriber:
    reader = make_reader(newsletter.mailing_list, topics=topics)
    holding.set_tags(reader.pk, [holding.get_or_create_tag(name) for name in names])
    if weekly:
        theirs = Subscription.objects.filter(subscriber=reader)
        theirs.update(frequency="weekly", frequency_set_at=timezone.now())
    return reader


people = st.lists(
    st.tuples(st.frozensets(st.sampled_from(TAGS)), st.frozensets(st.sampled_from([0, 1, 2])), st.booleans()),
    min_size=1,
    max_size=6,
)
conditions = st.sampled_from([None, *((name, others) for name in TAGS for others in (False, True)), (TOPIC, False)])
layouts = st.lists(st.tuples(st.sampled_from(["text", "heading", 0, 1]), conditions), min_size=1, max_size=5)


@settings(max_examples=10)
@given(people=people, layout=layouts)
def test_count_sample_check_and_freezing_agree(
    people: list[tuple[frozenset[str], frozenset[int], bool]],
    layout: list[tuple[str | int, tuple[str, bool] | None]],
) -> None:
    newsletter, found = make_newsletter(make_list()), segments()
    topics = [make_topic() for _number in range(3)]
    articles = [make_article(topics=[topic]) for topic in topics[:2]]
    blocks = []
    for what, only in dict.fromkeys(layout):
        if what == "text":
            block = text("Hello")
        elif what == "heading":
            block = Block(kind="heading", headline="Section")
        else:
            block = of_article(articles[int(what)])
        if only and only[0] == TOPIC:
            block = replace(block, only_field=TOPIC, only_value=str(topics[2].pk))
        elif only:
            block = replace(block, only_segment=found[only[0]].pk, is_for_others=only[1])
        blocks.append(block)
    edition = save(make_edition(newsletter), *blocks)
    for names, chosen, weekly in people:
        tagged(newsletter, *names, topics=[topics[at] for at in sorted(chosen)], weekly=weekly)
    content = snapshot.of_edition(edition)

    counted = count_audience(content)
    sampled = {reason: set(ids) for reason, ids in sample_readers(content, at_most=100).items() if ids}
    numbers: Counter[Skip | None] = Counter({None: counted.reached})
    numbers.update(dict(counted.excluded.items()))
    assert numbers == Counter({reason: len(ids) for reason, ids in sampled.items()})
    if not counted.reached or preflight.blocking(preflight.check(edition)):
        return
    edition = start(edition)
    members = [Member(*each) for each in frozen_members(edition).items()]
    loaded = frozen.load(edition.pk, edition.content_hash)
    checked = recheck(loaded.audience, members, {}, timezone.now(), letters=loaded.letters)
    assert {member.subscriber_id for member in checked.recipients} == sampled[None]
    for reason in {*checked.skips.values()}:
        theirs = {member.subscriber_id for member, why in checked.skips.items() if why == reason}
        assert theirs == sampled[reason]
    assert edition.candidates - edition.set_aside == counted.reached


def test_each_reader_gets_what_is_for_them_in_both_parts() -> None:
    newsletter, found = make_newsletter(make_list()), segments()
    edition = save(
        make_edition(newsletter),
        text("for all"),
        Block(kind="heading", headline="Members", only_segment=found["members"].pk),
        text("for members"),
        Block(kind="divider"),
        text("for the press", found["press"]),
    )
    readers = {names: tagged(newsletter, *names) for names in [(), ("members",), ("press",), TAGS]}
    content = snapshot.of_edition(edition)
    assert count_audience(content).in_segments == {found["members"].pk: 2, found["press"].pk: 2}
    members = frozen_members(start(edition))
    for names, reader in readers.items():
        variant = Variant.objects.get(edition=edition, number=members[reader.pk])
        assert variant.recipients == 1
        for part in (variant.html, variant.text):
            said = [words for words in ("for all", "for members", "for the press") if words in part]
            expected = {"for all": True, "for members": "members" in names, "for the press": "press" in names}
            assert said == [words for words, is_theirs in expected.items() if is_theirs]
        held = segments_of(content, reader.pk)
        assert held == [found[name].pk for name in TAGS if name in names]
        narrowed = for_readers_in(content, held)
        assert ("for the press" in str(narrowed.blocks)) == ("press" in names)


def test_who_gets_nothing_is_skipped_with_the_reason() -> None:
    newsletter, found = make_newsletter(make_list()), segments()
    edition = save(make_edition(newsletter), text("for members", found["members"]))
    member, other = tagged(newsletter, "members"), tagged(newsletter)
    content = snapshot.of_edition(edition)
    count = count_audience(content)
    assert (count.reached, count.excluded) == (1, {Skip.NO_PART: 1})
    assert [each.code for each in preflight.check(edition) if each.code == "without_part"] == ["without_part"]
    edition = start(edition)
    members = [Member(*each) for each in frozen_members(edition).items()]
    checked = recheck(Audience.from_content(content), members, {}, timezone.now(), letters=())
    assert {each.subscriber_id for each in checked.recipients} == {member.pk}
    assert {each.subscriber_id: why for each, why in checked.skips.items()} == {other.pk: Skip.NO_PART}
    assert (edition.candidates, edition.set_aside) == (2, 1)


def test_who_waits_for_a_digest_gets_at_once_what_a_digest_cannot_hold() -> None:
    """A member's mail has the article, which a digest brings; everybody else's is a letter."""
    newsletter, found = make_newsletter(make_list()), segments()
    water = make_topic()
    article = make_article(topics=[water])
    edition = save(make_edition(newsletter), text("for all"), of_article(article, found["members"]))
    daily = tagged(newsletter, topics=[water], weekly=True)
    without, member = tagged(newsletter, weekly=True), tagged(newsletter, "members", weekly=True)
    on_other_topics = tagged(newsletter, topics=[make_topic()], weekly=True)
    content = snapshot.of_edition(edition)
    count = count_audience(content)
    assert (count.reached, count.excluded) == (2, {Skip.DIGEST: 1, Skip.NO_TOPIC: 1})
    assert count.digests == {"weekly": 1}
    sampled = {reason: set(ids) for reason, ids in sample_readers(content).items() if ids}
    assert sampled == {
        None: {daily.pk, without.pk}, Skip.DIGEST: {member.pk}, Skip.NO_TOPIC: {on_other_topics.pk}
    }  # fmt: skip
    assert count_without_value(content, ["city"]) == {"city": 2}
    edition = start(edition)
    assert edition.recipients == 2
    (claim,) = claiming.claim("somebody", timezone.now())
    hold = handing_out.take_up(claim, frozen.load(claim.edition_id, claim.content_hash))
    (step,) = handing_out.exchange([hold], [100])
    assert {handed.member.subscriber_id for handed in step.handed_out} == {daily.pk, without.pk}
    skipped = Delivery.objects.filter(edition=edition).values_list("subscriber_id", "reason")
    assert set(skipped) == {(member.pk, Skip.DIGEST), (on_other_topics.pk, Skip.NO_TOPIC)}


def test_a_letter_in_doubt_is_sent_again_to_who_waits_for_digests() -> None:
    newsletter, found = make_newsletter(make_list()), segments()
    edition = save(make_edition(newsletter), text("for all"), of_article(make_article(), found["members"]))
    for names in [(), ("members",)]:
        tagged(newsletter, *names)
    edition = start(edition)
    (claim,) = claiming.claim("somebody", timezone.now())
    hold = handing_out.take_up(claim, frozen.load(claim.edition_id, claim.content_hash))
    assert len(handing_out.exchange([hold], [100])[0].handed_out) == 2
    claiming.expire(claim)
    Subscription.objects.update(frequency="weekly", frequency_set_at=timezone.now())
    decided = resolving.resend(edition.pk, by="Ada")
    assert (decided.changed, decided.left_out) == (1, {"digest": 1})


def test_the_segments_are_read_beside_the_list_in_its_order() -> None:
    newsletter, found = make_newsletter(make_list()), segments()
    elsewhere = make_newsletter(make_list())
    tagged(elsewhere, *TAGS)  # before and after those of the list
    readers = [tagged(newsletter, *names) for names in ([], ["press"], ["members"], TAGS, [], ["press"])]
    tagged(elsewhere, *TAGS)
    edition = save(make_edition(newsletter), text("m", found["members"]), text("p", found["press"]))
    rows = list(stream_with_mixtures(snapshot.of_edition(edition)))
    assert rows == [
        (reader.pk, (None, mixture), "") for reader, mixture in zip(readers, [0, 2, 1, 3, 0, 2], strict=True)
    ]


def test_a_changed_rule_or_another_segment_ends_an_approval_and_says_why() -> None:
    newsletter, found = make_newsletter(make_list()), segments()
    edition = save(make_edition(newsletter), text("m"))
    before = snapshot.of_edition(edition).to_json()
    edition = save(edition, replace(draft_of(edition).blocks[0], only_segment=found["members"].pk))
    after = snapshot.of_edition(edition).to_json()
    changes = [*approval_state.name_changes(before, after)]
    assert changes == ["the articles and other blocks", "which readers a block is for"]
    Segment.objects.filter(pk=found["members"].pk).update(rule={"all": [{"field": "tag", "is": "empty"}]})
    changed = [*approval_state.name_changes(after, snapshot.of_edition(edition).to_json())]
    assert changed == ["which readers a block is for"]


def found_by(edition: Edition) -> list[tuple[str, bool]]:
    codes = {"block_segments", "block_for_nobody", "without_part"}
    return [(each.code, each.blocking) for each in preflight.check(edition) if each.code in codes]


def test_preflight_says_what_nobody_sees_and_stops_what_cannot_be_asked() -> None:
    newsletter, found = make_newsletter(make_list()), segments()
    tagged(newsletter, "press")
    edition = save(make_edition(newsletter), text("all"), text("m", found["members"]))
    assert drafts_with(found["members"].pk) == [edition]
    assert drafts_with(found["press"].pk) == []
    (finding,) = [each for each in preflight.check(edition) if each.code == "block_for_nobody"]
    assert (finding.blocking, finding.field) == (False, "block.1")
    assert "“members”" in finding.message
    found["members"].delete()
    edition.refresh_from_db()
    assert found_by(edition) == [("block_segments", True)]
    assert count_audience(snapshot.of_edition(edition)).problem


def test_more_segments_than_can_be_mixed_are_refused_before_anything_is_counted() -> None:
    newsletter = make_newsletter(make_list())
    tagged(newsletter)
    rule: dict[str, Any] = {"field": "tag", "is": "empty"}
    blocks = [text("x", make_segment(f"Segment {at}", rule)) for at in range(MOST_SEGMENTS + 20)]
    edition = save(make_edition(newsletter), *blocks)
    assert found_by(edition) == [("block_segments", True)]
    assert "at most 4 are possible" in count_audience(snapshot.of_edition(edition)).problem
    edition = save(edition, *blocks[:MOST_SEGMENTS])
    assert found_by(edition) == []


def test_undo_a_copy_and_older_revisions_keep_for_whom_a_block_is() -> None:
    newsletter, found = make_newsletter(make_list()), segments()
    edition = save(make_edition(newsletter), text("m"))
    assert "only_segment" not in draft_of(edition).to_json()["blocks"][0]
    block = draft_of(edition).blocks[0]
    edition = save(edition, replace(block, only_segment=found["press"].pk))
    assert Draft.from_json(draft_of(edition).to_json()) == draft_of(edition)
    edition = editing.undo(edition.pk, revision=edition.revision)
    assert draft_of(edition).blocks == (block,)
    edition = editing.redo(edition.pk, revision=edition.revision)
    assert draft_of(edition).blocks[0].only_segment == found["press"].pk
