"""Starting an edition: with what was approved last, not before its time, for everybody who chose anything."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from newsletters.delivery.audience.candidates import stream_candidates
from newsletters.delivery.audience.definition import Audience
from newsletters.delivery.engine import freezing
from newsletters.editions import editing, transitions
from newsletters.events.clicks.links import LinkTables
from newsletters.models import Article, Chunk, CountedLink, Edition, Newsletter, Variant
from subscribers import tokens
from subscribers.tokens import Purpose
from tests.factories import make_article, make_edition, make_reader, make_topic, queue


@pytest.fixture
def edition(newsletter: Newsletter) -> Edition:
    make_reader(newsletter.mailing_list)
    return make_edition(newsletter, subject="First wording")


def test_a_late_nudge_does_not_start_what_was_put_off_since(edition: Edition) -> None:
    queue(edition)
    undone = transitions.undo_send(edition.pk, by="Ada")
    queue(undone, send_at=timezone.now() + timedelta(days=1))
    assert not freezing.start(edition.pk)
    edition.refresh_from_db()
    assert edition.status == Edition.Status.QUEUED


def test_what_was_called_back_and_changed_during_the_freeze_goes_out_as_changed(
    edition: Edition, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A large audience takes seconds to read, and the button to call an edition back is there all the while."""
    queue(edition)

    def meanwhile(audience: Audience) -> Iterator[tuple[int, int | None, str]]:
        monkeypatch.setattr(freezing, "stream_candidates", stream_candidates)
        undone = transitions.undo_send(edition.pk, by="Ada")
        queue(editing.reword(undone, subject="Second wording"))
        return stream_candidates(audience)

    monkeypatch.setattr(freezing, "stream_candidates", meanwhile)
    assert not freezing.start(edition.pk)
    assert not Chunk.objects.exists()
    assert freezing.start(edition.pk)
    assert Variant.objects.get().subject == "Second wording"


def test_a_choice_that_is_made_during_the_freeze_counts(
    newsletter: Newsletter, monkeypatch: pytest.MonkeyPatch
) -> None:
    topic = make_topic()
    make_reader(newsletter.mailing_list)
    edition = queue(make_edition(newsletter, articles=[make_article(topics=[topic])]))

    def meanwhile(audience: Audience) -> Iterator[tuple[int, int | None, str]]:
        make_reader(newsletter.mailing_list, topics=[topic])
        return stream_candidates(audience)

    monkeypatch.setattr(freezing, "stream_candidates", meanwhile)
    assert freezing.start(edition.pk)
    assert Variant.objects.get().recipients == 2


def test_an_edition_that_cannot_be_prepared_says_so(edition: Edition) -> None:
    queue(edition)
    Edition.objects.update(content_hash="0" * 64)
    with pytest.raises(freezing.SnapshotDamaged):
        freezing.start(edition.pk)
    edition.refresh_from_db()
    assert edition.status == Edition.Status.QUEUED
    assert edition.trouble.startswith("Iria couldn't prepare it (SnapshotDamaged: ")


def test_an_audience_that_takes_too_long_to_read_is_given_up_and_tried_again(
    edition: Edition, monkeypatch: pytest.MonkeyPatch
) -> None:
    queue(edition)
    with monkeypatch.context() as slow:
        slow.setattr(freezing, "LONGEST_READ", -1)
        assert not freezing.start(edition.pk)
    edition.refresh_from_db()
    assert edition.status == Edition.Status.QUEUED
    assert edition.trouble.startswith("Reading its audience took the database longer than")
    assert not Chunk.objects.exists()
    assert freezing.start(edition.pk)
    edition.refresh_from_db()
    assert not edition.trouble


def test_a_second_nudge_does_not_read_a_large_audience_again(edition: Edition, monkeypatch: pytest.MonkeyPatch) -> None:
    """Embedded, one comes every second: they would all read, and no thread would be left for a confirmation."""
    queue(edition)
    second = []

    def meanwhile(audience: Audience) -> Iterator[tuple[int, int | None, str]]:
        second.append(freezing.start(edition.pk))
        return stream_candidates(audience)

    monkeypatch.setattr(freezing, "stream_candidates", meanwhile)
    assert freezing.start(edition.pk)
    assert second == [False]


def test_a_newsletter_that_counts_clicks_sends_links_of_ours_and_the_archive_has_none(
    newsletter: Newsletter, client: Client
) -> None:
    newsletter.tracking = Newsletter.Tracking.ANONYMOUS
    newsletter.save()
    make_reader(newsletter.mailing_list, topics=[make_topic()])
    make_reader(newsletter.mailing_list)
    topic = make_topic()
    make_reader(newsletter.mailing_list, topics=[topic])
    edition = queue(make_edition(newsletter, articles=[make_article(topics=[topic]), make_article()]))
    assert freezing.start(edition.pk)
    edition.refresh_from_db()
    links = {link.number: link.url for link in edition.links.all()}
    assert sorted(links) == list(range(1, len(links) + 1))
    stem = f"{settings.SITE_URL}/c/{tokens.make(Purpose.CLICK, edition.pk)}/"
    variants = Variant.objects.filter(edition=edition)
    assert len(variants) == 2
    for variant in variants:
        for article in Article.objects.filter(pk__in=variant.article_ids):
            numbers = [number for number, url in links.items() if url.endswith(article.get_absolute_url())]
            assert len(numbers) == 1
            assert f'href="{stem}{numbers[0]}/"' in variant.html
            assert f"{stem}{numbers[0]}/" in variant.text
            assert article.get_absolute_url() not in variant.html
    assert "/c/" not in client.get(edition.get_absolute_url()).content.decode()


def test_of_a_newsletter_that_does_not_count_clicks_no_link_is_kept(edition: Edition) -> None:
    assert freezing.start(queue(edition).pk)
    assert not CountedLink.objects.exists()
    assert "/c/" not in Variant.objects.get().html


def test_utm_parameters_are_kept_beside_each_counted_link_and_stand_in_those_that_are_not(
    newsletter: Newsletter, tmp_path: Path
) -> None:
    Newsletter.objects.filter(pk=newsletter.pk).update(utm="utm_source=iria&utm_campaign={{ newsletter }}")
    newsletter.refresh_from_db()
    make_reader(newsletter.mailing_list)
    plain = queue(make_edition(newsletter))
    assert freezing.start(plain.pk)
    added = f"utm_source=iria&utm_campaign={quote(newsletter.name)}"
    assert f"?{added}\n" in Variant.objects.get(edition=plain).text
    newsletter.tracking = Newsletter.Tracking.ANONYMOUS
    newsletter.save()
    counted = queue(make_edition(newsletter))
    assert freezing.start(counted.pk)
    assert "utm_" not in Variant.objects.get(edition=counted).text
    links = list(CountedLink.objects.filter(edition=counted))
    assert {link.utm for link in links} == {added}
    assert not any("utm_" in link.url for link in links)
    assert LinkTables(tmp_path).read(counted.pk)[1] == f"{links[0].url}?{added}"
