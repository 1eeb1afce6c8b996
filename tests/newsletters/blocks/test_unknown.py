"""A kind of block that was removed, or that a newer Iria had: named to editors, left out of mails and pages."""

from __future__ import annotations

import logging
from dataclasses import replace

import pytest
from django.test import Client

from newsletters.blocks.content import BlockContent
from newsletters.editions import drafts, editing
from newsletters.editions.drafts import Block, Draft
from newsletters.editions.templates import draft_from
from newsletters.editions.transitions import Refused
from newsletters.models import Edition, EditionItem, EditionTemplate
from newsletters.rendering.content import EditionContent
from newsletters.rendering.mail import render
from tests.factories import make_article, make_edition
from tests.newsletters.admin.edition.test_composing import page_of, typed
from tests.newsletters.rendering.sample import ARTICLES, CONTENT, EVERY_BLOCK, blocks_of
from tests.newsletters.site import test_editions

pytestmark = [pytest.mark.django_db, pytest.mark.either_database]
POLL = BlockContent("poll", words="Who is right?", url="https://example.org/poll")


@pytest.fixture
def edition() -> Edition:
    edition = make_edition(articles=[make_article(title="Alpha")])
    EditionItem.objects.create(edition=edition, kind="poll", position=2, headline="Who is right?")
    return edition


def test_the_composer_preflight_and_preview_say_so(publisher: Client, edition: Edition) -> None:
    page = publisher.get(page_of(edition)).content.decode()
    assert "doesn&#x27;t have blocks of the kind “poll”" in page or "doesn't have blocks of the kind “poll”" in page
    assert "doesn&#x27;t have this kind of block: remove it." in page
    preview = publisher.get(f"/admin/newsletters/edition/{edition.pk}/preview/html/")
    assert preview.status_code == 200
    assert "Who is right?" not in preview.content.decode()


def test_its_words_stay_until_the_composer_saves_and_come_back_by_undo(publisher: Client, edition: Edition) -> None:
    edition = editing.reword(edition, subject="Another")
    assert edition.items.filter(kind="poll").exists()
    form = typed(edition)
    key = edition.items.get(kind="poll").key
    form |= {"block": [*form["block"], key], f"kind-{key}": "poll"}
    assert publisher.post(page_of(edition), form | {"_save": "1"}).status_code == 302
    assert not edition.items.filter(kind="poll").exists()
    edition.refresh_from_db()
    editing.undo(edition.pk, revision=edition.revision)
    assert edition.items.filter(kind="poll", headline="Who is right?").exists()


def test_no_program_adds_one(edition: Edition) -> None:
    blocks = (*drafts.draft_of(edition).blocks, Block(kind="quiz"))
    with pytest.raises(Refused, match="no kind of block called “quiz”"):
        editing.save(edition.pk, Draft(blocks=blocks), revision=edition.revision)


def test_a_template_with_one_can_be_begun_from(edition: Edition) -> None:
    template = EditionTemplate.objects.create(
        newsletter=edition.newsletter, name="Old", draft=drafts.draft_of(edition).to_json(), articles_at=0
    )
    assert [block.kind for block in draft_from(template, []).blocks] == ["article", "poll"]


def test_a_mail_of_an_old_snapshot_leaves_it_out_and_logs_it(caplog: pytest.LogCaptureFixture) -> None:
    content = replace(CONTENT, blocks=(*blocks_of(ARTICLES), POLL))
    again = EditionContent.from_json(content.to_json())
    assert again == content
    with caplog.at_level(logging.WARNING):
        assert render(again) == render(CONTENT)
    assert "Edition 41: a block of the unknown kind 'poll' is left out." in caplog.text


def test_the_archive_leaves_it_out(client: Client) -> None:
    test_editions.make_edition(blocks=(*EVERY_BLOCK.blocks, POLL))
    answer = client.get("/archive/iria-news-1/")
    assert answer.status_code == 200
    assert "Who is right?" not in answer.content.decode()
