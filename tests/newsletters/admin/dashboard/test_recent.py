"""What the dashboard says of the last editions, of drafts' subjects and overrides, and of sending that is stopped."""

from __future__ import annotations

import pytest
from django.test import Client

from newsletters.editions import editing, transitions
from newsletters.models import Chunk, Newsletter, PreflightOverride, SendingGuard
from tests.factories import make_article, make_edition, start
from tests.newsletters.admin.dashboard.test_dashboard import links, look

pytestmark = pytest.mark.django_db


def test_what_went_out_lately_is_shown_with_its_figures(editor: Client, newsletter: Newsletter) -> None:
    assert "Sent lately" not in look(editor)
    for number in range(4):
        edition = start(make_edition(newsletter, subject=f"Week {number}: {{{{ lead }}}}"))
        Chunk.objects.filter(edition=edition).update(accepted=3, rejected=1, handed_to=4, settled=4, state="done")
        transitions.finish(edition.pk, skipped=0)
    said = look(editor)
    assert said.count("3 of 4 accepted, 1 rejected") == 3
    assert "IRIA News 4" in said
    assert "IRIA News 1" not in said.partition("Sent lately")[2]
    assert "{{" not in said


def test_a_draft_shows_its_subject_with_the_fields_filled(editor: Client, newsletter: Newsletter) -> None:
    make_edition(newsletter, articles=[make_article(title="Grain returns")], subject="Today: {{ lead }}, {{ number }}")
    page = editor.get("/admin/").content.decode()
    assert "Today: <span" in page
    assert ">Grain returns</span>, <span" in page
    assert "IRIA News, draft" in page
    assert "{{" not in page


def test_new_articles_and_editions_begin_here(editor: Client) -> None:
    assert {"/admin/newsletters/article/add/", "/admin/newsletters/edition/add/"} <= set(links(editor))


def test_nothing_needs_attention_is_never_said_while_sending_is_stopped(editor: Client) -> None:
    assert "Nothing needs your attention." in look(editor)
    SendingGuard.objects.update_or_create(pk=1, defaults={"halted_why": "A backup was restored."})
    said = look(editor)
    assert "Sending is stopped: A backup was restored. You need the role Publisher" in said
    assert "Nothing needs your attention." not in said


def test_an_override_that_a_change_ended_is_said(editor: Client, newsletter: Newsletter) -> None:
    edition = make_edition(newsletter, subject="Ready")
    PreflightOverride.objects.create(edition=edition, fingerprint="1" * 64, codes=["tk"], reason="It is a name")
    assert "changed since preflight was overridden" not in look(editor)
    editing.reword(edition, subject="Changed")
    assert "changed since preflight was overridden" in look(editor)
