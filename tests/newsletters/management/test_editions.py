"""`manage.py editions`: the same verbs as the admin, for a terminal and for scripts."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from newsletters.models import Edition, Institute
from tests.factories import begin, make_edition, make_newsletter, make_reader
from tests.newsletters.editions.test_repeats import sent

pytestmark = pytest.mark.django_db
KEYS = [
    "candidates", "waiting", "handed_out", "accepted", "deferred", "retrying", "rejected", "skipped", "cancelled",
    "in_doubt",
]  # fmt: skip


@pytest.fixture
def edition() -> Edition:
    edition = make_edition(make_newsletter(name="Weekly"), subject="Ready")
    make_reader(edition.newsletter.mailing_list)
    return edition


def run(*arguments: str | int, as_json: bool = False) -> str:
    out = StringIO()
    call_command("editions", *map(str, arguments), stdout=out, json=as_json)
    return out.getvalue()


def test_list_shows_each_edition_with_its_id_and_status(edition: Edition) -> None:
    lines = run("list").splitlines()
    assert lines[0].split() == ["id", "status", "edition", "subject"]
    assert lines[1].split(maxsplit=4) == [str(edition.pk), "draft", "Weekly,", "draft", "Ready"]
    (listed,) = json.loads(run("list", as_json=True))
    assert (listed["id"], listed["status"], listed["subject"]) == (edition.pk, "draft", "Ready")


def test_list_without_editions_says_so() -> None:
    assert run("list") == "There are no editions yet.\n"
    assert json.loads(run("list", as_json=True)) == []


def test_show_tells_what_is_in_it(edition: Edition) -> None:
    item = edition.items.select_related("article").get()
    assert item.article is not None
    assert f"1. {item.article.title}" in run("show", edition.pk)
    shown = json.loads(run("show", edition.pk, as_json=True))
    assert shown["articles"] == [{"article": item.article_id, "headline": item.article.title}]
    assert list(shown["ledger"]) == [*KEYS, "skipped_reasons"]


def test_a_person_reads_times_in_the_institutes_zone_and_a_script_their_instant(edition: Edition) -> None:
    Institute.objects.create(name="IRIA", zone="Asia/Kathmandu")
    Edition.objects.filter(pk=edition.pk).update(send_at=datetime(2026, 3, 3, 23, 0, tzinfo=UTC))
    assert "send_at:        4 March 2026, 04:45 +0545" in run("show", edition.pk)
    assert json.loads(run("show", edition.pk, as_json=True))["send_at"] == "2026-03-03T23:00:00+00:00"


def test_send_pause_resume_and_cancel_move_it(edition: Edition) -> None:
    assert run("send", edition.pk) == "Weekly: queued.\n"
    begin(edition, candidates=1)
    assert json.loads(run("pause", edition.pk, as_json=True))["status"] == "paused"
    assert run("resume", edition.pk) == "Weekly 1: sending.\n"
    assert run("cancel", edition.pk) == "Weekly 1: cancelled.\n"
    edition.refresh_from_db()
    assert edition.queued_by.endswith("(command line)")


def test_the_ledger_has_the_keys_of_the_first_promise(edition: Edition) -> None:
    sums = json.loads(run("ledger", edition.pk, as_json=True))
    assert sums == dict.fromkeys(KEYS, 0) | {"skipped_reasons": {}}
    assert [line.split()[-1] for line in run("ledger", edition.pk).splitlines()] == ["0"] * len(KEYS)


def test_a_second_send_is_refused_with_who_was_first(edition: Edition) -> None:
    run("send", edition.pk)
    with pytest.raises(CommandError, match="already sent this edition"):
        run("send", edition.pk)


@pytest.mark.parametrize("action", ["pause", "resume"])
def test_what_cannot_be_done_is_one_sentence(edition: Edition, action: str) -> None:
    with pytest.raises(CommandError, match="this one is “draft”"):
        run(action, edition.pk)


def test_an_edition_that_is_not_ready_says_what_it_lacks() -> None:
    edition = make_edition(subject="Ready")
    with pytest.raises(CommandError, match="Nobody has confirmed a subscription"):
        run("send", edition.pk)


def test_an_unknown_id_and_a_missing_one_are_said(edition: Edition) -> None:
    with pytest.raises(CommandError, match="There is no edition with the id 999999"):
        run("show", 999999)
    with pytest.raises(CommandError, match="Say which edition"):
        run("ledger")


def test_repeats_are_sent_only_with_the_option(edition: Edition) -> None:
    article = edition.items.get().article
    assert article is not None
    sent(edition.newsletter, [article])
    with pytest.raises(CommandError, match=r"Its only article went to these readers in edition \d+\. .* Add --repeat"):
        run("send", edition.pk)
    with pytest.raises(CommandError, match="--repeat is for send only"):
        run("cancel", edition.pk, "--repeat")
    edition.refresh_from_db()
    assert edition.status == Edition.Status.DRAFT
    run("send", edition.pk, "--repeat")
    edition.refresh_from_db()
    assert edition.status == Edition.Status.QUEUED
