"""The panel of findings: an address of its own, links that a task follows, and an owner's word."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from newsletters.admin.edition.edition_page import EditionPage
from newsletters.admin.edition.preflight import preflight_panel
from newsletters.editions import drafts, editing, preflight
from newsletters.editions.drafts import Block
from newsletters.models import Edition, Inspection, PreflightOverride
from tests.factories import make_edition, make_list, make_newsletter, make_reader

pytestmark = [pytest.mark.django_db, pytest.mark.either_database]
REASON = "The shop is called so, and it is the news."


@pytest.fixture
def edition() -> Edition:
    mailing_list = make_list()
    make_reader(mailing_list)
    return make_edition(make_newsletter(mailing_list), subject="TK Maxx opens in Kabul")


def at(edition: Edition, what: str) -> str:
    return f"/admin/newsletters/edition/{edition.pk}/{what}"


def page(client: Client, edition: Edition, what: str) -> str:
    return client.get(at(edition, what), follow=True).content.decode()


def print_of(client: Client, edition: Edition) -> str:
    return page(client, edition, "override/").split('name="fingerprint" value="')[1].split('"')[0]


def test_the_panel_alone_can_be_asked_for(editor: Client, edition: Edition) -> None:
    panel = page(editor, edition, "preflight/")
    assert panel.strip().startswith("<section")
    assert "There is still a “TK” in the subject" in panel
    assert f"{at(edition, 'change/')}#id_subject" in panel


def add_headings(edition: Edition, count: int) -> Edition:
    """So many blocks in which something is wrong."""
    headings = tuple(Block(kind="heading", headline=f"TK {at}") for at in range(count))
    draft = drafts.draft_of(edition)
    return editing.save(edition.pk, replace(draft, blocks=draft.blocks + headings), revision=edition.revision)


def test_many_findings_cost_as_many_queries_as_one(editor: Client, edition: Edition) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert f"{at(edition, 'change/')}#block-" in page(editor, edition, "preflight/")
        return len(captured)

    edition = add_headings(edition, 1)
    page(editor, edition, "preflight/")
    one = cost()
    edition = add_headings(edition, 8)
    assert cost() == one


def test_a_finding_in_a_block_that_went_away_meanwhile_has_no_link(
    edition: Edition, monkeypatch: pytest.MonkeyPatch, rf: RequestFactory
) -> None:
    edition = add_headings(edition, 1)
    found = preflight.check(edition)
    edition.items.filter(kind="heading").delete()
    monkeypatch.setattr(preflight, "check_loaded", lambda loaded: found)
    panel = preflight_panel(EditionPage(rf.get("/"), edition))
    (shown,) = [finding for finding in panel if "“TK 0”" in finding.message]
    assert not shown.href


def test_links_are_followed_by_a_task_and_the_panel_says_so(editor: Client, edition: Edition) -> None:
    assert "checked the links to other sites yet" in page(editor, edition, "preflight/")
    answer = editor.post(at(edition, "check-links/"), follow=True).content.decode()
    assert "We&#x27;re checking the links" in answer
    assert 'data-again="2"' in page(editor, edition, "preflight/")
    links = {"https://example.org/": {"status": 200, "problem": "", "dead": False}}
    Inspection.objects.update(done_at=timezone.now(), links=links)
    panel = page(editor, edition, "preflight/")
    assert "Checked 1 link to other sites on" in panel
    assert "data-again" not in panel


def test_an_editor_is_told_who_could_pass_over_it(editor: Client, edition: Edition) -> None:
    assert "You need the role Owner to override this" in page(editor, edition, "change/")
    assert "override/" not in page(editor, edition, "change/")
    assert editor.get(at(edition, "override/")).status_code == 403


def test_an_owner_passes_over_it_and_the_reason_is_kept(owner: Client, edition: Edition) -> None:
    form = {"reason": REASON, "fingerprint": print_of(owner, edition)}
    answer = owner.post(at(edition, "override/"), form, follow=True).content.decode()
    assert "Overridden:" in answer
    assert REASON in answer
    assert "Must be fixed" not in answer
    assert REASON in page(owner, edition, "history/")
    assert "Send or schedule" in answer


def test_what_was_passed_over_stands_on_the_page_of_what_was_sent(owner: Client, edition: Edition) -> None:
    owner.post(at(edition, "override/"), {"reason": REASON, "fingerprint": print_of(owner, edition)})
    owner.post(at(edition, "send/"), {"revision": edition.revision, "when": "now"})
    sent = page(owner, edition, "change/")
    assert "owner overrode preflight" in sent
    assert REASON in sent


@pytest.mark.parametrize("reason", ["", "so"])
def test_without_a_reason_nothing_is_passed_over(owner: Client, edition: Edition, reason: str) -> None:
    form = {"reason": reason, "fingerprint": print_of(owner, edition)}
    answer = owner.post(at(edition, "override/"), form)
    assert answer.status_code == 422
    assert "Say why you are overriding this" in answer.content.decode()
    assert not PreflightOverride.objects.exists()


def test_an_override_of_another_content_is_not_taken_and_the_reason_is_not_lost(
    owner: Client, edition: Edition
) -> None:
    seen = print_of(owner, edition)
    editing.reword(edition, subject="TK and more")
    answer = owner.post(at(edition, "override/"), {"reason": REASON, "fingerprint": seen}).content.decode()
    assert "has changed since you opened this page" in answer
    assert REASON in answer
    assert not PreflightOverride.objects.exists()


def test_only_an_owner_may(browser_of: Callable[[str], Client], edition: Edition) -> None:
    assert browser_of("Publisher").post(at(edition, "override/"), {"reason": REASON}).status_code == 403
    assert not PreflightOverride.objects.exists()
