"""Drafts: saved whole or refused, undone and redone, gone back to; the second of two editors never overwrites."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from newsletters.editions import drafts, editing, history, snapshot, transitions
from newsletters.editions.drafts import Block, Draft
from newsletters.models import Edition, Newsletter
from tests.factories import make_article, make_edition, make_newsletter, make_reader, queue

pytestmark = pytest.mark.django_db


@pytest.fixture
def newsletter() -> Newsletter:
    newsletter = make_newsletter()
    make_reader(newsletter.mailing_list)
    return newsletter


@pytest.fixture
def edition(newsletter: Newsletter) -> Edition:
    return make_edition(newsletter)


def said(edition: Edition) -> str:
    return Edition.objects.get(pk=edition.pk).subject


def test_saving_keeps_order_and_what_is_said_differently(newsletter: Newsletter) -> None:
    one, two = make_article(), make_article()
    edition = make_edition(newsletter, articles=[one, two])
    blocks = (
        Block(article_id=two.pk),
        Block(kind="heading", headline="More"),
        Block(article_id=one.pk, headline="Mine"),
        Block(article_id=two.pk, headline="A second time"),
    )
    editing.save(edition.pk, Draft("New", blocks=blocks), revision=1)
    edition.refresh_from_db()
    assert (edition.subject, edition.revision, edition.status) == ("New", 2, Edition.Status.DRAFT)
    kept = [(item.kind, item.article_id, item.headline) for item in edition.items.all()]
    assert kept == [("article", two.pk, ""), ("heading", None, "More"), ("article", one.pk, "Mine")]


def test_what_is_read_is_what_was_saved(edition: Edition) -> None:
    sponsor = Block(kind="sponsor", headline="H", html="<p>x</p>", url="https://example.org/", label="Ad")
    draft = replace(drafts.draft_of(edition), preheader="P", blocks=(*drafts.draft_of(edition).blocks, sponsor))
    editing.save(edition.pk, draft, revision=1)
    assert drafts.draft_of(Edition.objects.get(pk=edition.pk)) == draft
    assert Draft.from_json(draft.to_json()) == draft


def test_saving_what_is_saved_makes_no_new_revision(edition: Edition) -> None:
    assert editing.save(edition.pk, drafts.draft_of(edition), revision=1).revision == 1


def test_the_second_of_two_editors_is_told_and_nothing_is_lost(edition: Edition) -> None:
    editing.save(edition.pk, Draft("First"), revision=1)
    with pytest.raises(transitions.Conflict):
        editing.save(edition.pk, Draft("Second"), revision=1)
    assert said(edition) == "First"


def test_what_is_being_sent_cannot_be_edited(edition: Edition) -> None:
    queued = queue(edition)
    with pytest.raises(transitions.Refused, match="so you can no longer change it"):
        editing.save(edition.pk, Draft("x"), revision=queued.revision)
    with pytest.raises(transitions.Refused, match="so you can no longer change it"):
        editing.undo(edition.pk, revision=queued.revision)
    with pytest.raises(transitions.Refused, match="so you can no longer change it"):
        editing.go_back(edition.pk, 1, revision=queued.revision)


def test_an_article_in_an_edition_keeps_its_own_words(newsletter: Newsletter) -> None:
    article = make_article(title="Its own")
    edition = make_edition(newsletter, articles=[article])
    block = Block(article_id=article.pk, headline="Another", summary="Other words.")
    editing.save(edition.pk, Draft(blocks=(block,)), revision=1)
    content = snapshot.of_edition(Edition.objects.get(pk=edition.pk))
    assert (content.articles[0].headline, content.articles[0].summary) == ("Another", "Other words.")


# --- Undo, redo, history ------------------------------------------------------------------------------------------
def wrote(edition: Edition, *subjects: str) -> Edition:
    for subject in subjects:
        edition = editing.reword(edition, subject=subject, by="Ada")
    return edition


def test_undo_goes_back_a_change_at_a_time_and_redo_forward_again(edition: Edition) -> None:
    edition = wrote(edition, "one", "two", "three")
    seen = []
    for step in (editing.undo, editing.undo, editing.redo, editing.undo, editing.redo, editing.redo):
        edition = step(edition.pk, revision=edition.revision, by="Ada")
        seen.append(edition.subject)
    assert seen == ["two", "one", "two", "one", "two", "three"]
    with pytest.raises(transitions.Refused, match="Nothing to redo"):
        editing.redo(edition.pk, revision=edition.revision)


def test_a_change_after_an_undo_is_undone_to_what_was_really_before_it(edition: Edition) -> None:
    edition = wrote(edition, "one", "two")
    edition = editing.undo(edition.pk, revision=edition.revision)
    edition = wrote(edition, "another")
    assert history.to_redo(edition) is None
    edition = editing.undo(edition.pk, revision=edition.revision)
    assert edition.subject == "one"
    assert editing.redo(edition.pk, revision=edition.revision).subject == "another"


def test_the_first_change_can_be_undone_and_nothing_before_it(edition: Edition) -> None:
    first = edition.subject
    edition = wrote(edition, "one")
    edition = editing.undo(edition.pk, revision=edition.revision)
    assert edition.subject == first
    with pytest.raises(transitions.Refused, match="Nothing to undo"):
        editing.undo(edition.pk, revision=edition.revision)


def test_undo_works_across_an_undone_send(edition: Edition) -> None:
    edition = wrote(edition, "one", "two")
    queue(edition)
    edition = transitions.undo_send(edition.pk, by="Ada")
    assert editing.undo(edition.pk, revision=edition.revision).subject == "one"


def test_any_kept_revision_can_be_gone_back_to_and_that_can_be_undone(edition: Edition) -> None:
    edition = wrote(edition, "one", "two", "three")
    edition = editing.go_back(edition.pk, 2, revision=edition.revision, by="Ada")
    assert edition.subject == "one"
    assert editing.undo(edition.pk, revision=edition.revision).subject == "three"


def test_going_back_leaves_out_an_article_that_was_deleted_since(newsletter: Newsletter) -> None:
    kept, gone = make_article(), make_article()
    edition = wrote(make_edition(newsletter, articles=[kept, gone]), "both")
    edition = editing.save(edition.pk, Draft("one", blocks=drafts.articles([kept.pk])), revision=edition.revision)
    gone.delete()
    edition = editing.undo(edition.pk, revision=edition.revision)
    assert [item.article_id for item in edition.items.all()] == [kept.pk]


def test_after_an_undo_past_a_deleted_article_one_can_go_on_writing(newsletter: Newsletter) -> None:
    kept, gone = make_article(), make_article()
    edition = wrote(make_edition(newsletter, articles=[kept, gone]), "both")
    edition = editing.save(edition.pk, Draft("one", blocks=drafts.articles([kept.pk])), revision=edition.revision)
    gone.delete()
    edition = editing.undo(edition.pk, revision=edition.revision)
    assert wrote(edition, "on").subject == "on"


def test_the_same_save_once_more_is_no_conflict(edition: Edition) -> None:
    draft = Draft("Sent, and the answer was lost")
    saved = editing.save(edition.pk, draft, revision=1)
    assert editing.save(edition.pk, draft, revision=1).revision == saved.revision


def test_another_editors_undo_is_a_conflict_too(edition: Edition) -> None:
    edition = wrote(edition, "one")
    with pytest.raises(transitions.Conflict):
        editing.undo(edition.pk, revision=edition.revision - 1)
    assert said(edition) == "one"


def test_older_revisions_thin_out_to_one_in_ten_minutes(edition: Edition, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "KEPT", 3)
    began, start = edition.subject, datetime(2026, 11, 24, 9, tzinfo=UTC)
    for minute in range(0, 40, 2):  # she writes for forty minutes, and the page saves every two
        with monkeypatch.context() as clock:
            clock.setattr(timezone, "now", lambda minute=minute: start + timedelta(minutes=minute))
            edition = wrote(edition, f"at {minute}")
    kept = edition.revisions.values_list("draft__subject", flat=True)
    assert list(kept) == ["at 38", "at 36", "at 34", "at 32", "at 28", "at 18", "at 8", began]
