"""`manage.py editions retry, resolve, missed, resume-sending`: what needs a person, from a terminal."""

from __future__ import annotations

import csv
import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError

from newsletters.management.commands import editions
from newsletters.models import Delivery, Edition, SendingGuard
from subscribers.models import Subscriber
from tests.factories import make_edition, make_newsletter
from tests.newsletters.admin.edition.test_resolving import PEOPLE, ids, sent, sums
from tests.newsletters.management.test_editions import KEYS, run

pytestmark = pytest.mark.django_db
KINDS = [["retry"], ["resolve", "--mark-as-sent"], ["resolve", "--resend"]]


@pytest.fixture
def edition() -> Edition:
    return sent(make_edition(make_newsletter(name="Weekly"), subject="Ready"), PEOPLE)


@pytest.fixture
def nudged(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    calls: list[Any] = []
    monkeypatch.setattr(editions, "nudge", lambda task, *_args: calls.append(task.name))
    return calls


def test_retry_tries_the_refused_again(edition: Edition, nudged: list[Any]) -> None:
    assert run("retry", edition.pk) == "Weekly 1: 2 rejected emails will be retried.\n"
    assert sums(edition).retrying == 2
    assert json.loads(run("show", edition.pk, as_json=True))["status"] == "sending"
    assert nudged == ["newsletters.tasks.send_slice"]


def test_retry_names_why_some_are_left_out(edition: Edition) -> None:
    Subscriber.objects.filter(email="dora@example.org").update(is_suppressed=True)
    answer = json.loads(run("retry", edition.pk, as_json=True))
    assert (answer["changed"], answer["left_out"]) == (1, {"suppressed": 1})
    assert list(answer["ledger"]) == [*KEYS, "skipped_reasons"]
    assert answer["ledger"]["retrying"] == 1
    assert run("retry", edition.pk) == "Weekly 1: 1 left unchanged: the address is suppressed.\n"


def test_resolve_says_that_they_were_sent(edition: Edition, nudged: list[Any]) -> None:
    assert run("resolve", edition.pk, "--mark-as-sent") == "Weekly 1: 3 emails marked as sent.\n"
    assert (sums(edition).in_doubt, sums(edition).accepted) == (0, 4)
    assert Delivery.objects.filter(reply__endswith="(command line): was sent").count() == 3
    assert nudged == []


def test_resolve_sends_the_named_again(edition: Edition, nudged: list[Any]) -> None:
    said = run("resolve", edition.pk, "--resend", "--address", "ADA@example.org", "bea@example.org")
    assert said == "Weekly 1: 2 emails in doubt will be resent.\n"
    retrying = Delivery.objects.filter(outcome="retrying").order_by("pk")
    assert list(retrying.values_list("subscriber_id", flat=True)) == ids("ada", "bea")
    assert nudged == ["newsletters.tasks.send_slice"]


@pytest.mark.parametrize("kind", KINDS)
def test_unknown_addresses_are_named_and_nothing_is_changed(edition: Edition, kind: list[str]) -> None:
    known = "dora@example.org" if kind == ["retry"] else "ada@example.org"
    before = sums(edition)
    addresses = ["--address", known, "nobody@example.org", "finn@example.org"]
    with pytest.raises(CommandError, match=r": nobody@example.org, finn@example.org\. Nothing was changed\.$"):
        run(kind[0], edition.pk, *kind[1:], *addresses)
    assert sums(edition) == before


@pytest.mark.parametrize("kind", KINDS)
def test_a_second_time_there_is_nothing_to_do(edition: Edition, kind: list[str]) -> None:
    run(kind[0], edition.pk, *kind[1:])
    after = sums(edition)
    with pytest.raises(CommandError, match="No email of this edition"):
        run(kind[0], edition.pk, *kind[1:])
    assert sums(edition) == after


@pytest.mark.parametrize("kind", KINDS)
def test_of_a_draft_nothing_can_be_settled(kind: list[str]) -> None:
    with pytest.raises(CommandError, match="Nothing of this edition has been sent yet"):
        run(kind[0], make_edition().pk, *kind[1:])


def test_resolve_wants_to_know_how(edition: Edition) -> None:
    with pytest.raises(CommandError, match="--mark-as-sent, or --resend"):
        run("resolve", edition.pk)
    with pytest.raises(CommandError, match="not allowed with"):
        run("resolve", edition.pk, "--mark-as-sent", "--resend")
    assert sums(edition).in_doubt == 3


@pytest.mark.parametrize(
    "words", [["cancel", "--address", "ada@example.org"], ["pause", "--mark-as-sent"], ["retry", "--resend"]]
)
def test_an_option_of_another_action_is_refused(edition: Edition, words: list[str]) -> None:
    Edition.objects.update(status="sending")
    with pytest.raises(CommandError, match="Nothing was changed"):
        run(words[0], edition.pk, *words[1:])
    assert Edition.objects.get().status == "sending"


def test_missed_prints_a_spreadsheet(edition: Edition) -> None:
    Subscriber.objects.filter(email="eve@example.org").update(email="=eve@example.org")
    heading, *rows = csv.reader(StringIO(run("missed", edition.pk)))
    assert heading[:4] == ["address", "number", "outcome", "in doubt"]
    assert [row[0] for row in rows] == [
        "ada@example.org", "bea@example.org", "cleo@example.org", "dora@example.org", "'=eve@example.org",
        "gus@example.org",
    ]  # fmt: skip


def test_missed_prints_json(edition: Edition) -> None:
    first, *_others, last = json.loads(run("missed", edition.pk, as_json=True))
    assert (first["address"], first["outcome"], first["in_doubt"]) == ("ada@example.org", "in_doubt", True)
    assert (last["reason"], last["why"]) == ("no_topic", "no article on the topics they follow")
    assert json.loads(run("missed", make_edition().pk, as_json=True)) == []


def test_sending_that_was_halted_goes_on_when_a_person_says_so(nudged: list[Any]) -> None:
    SendingGuard.objects.update_or_create(pk=1, defaults={"halted_why": "A backup was restored."})
    assert run("resume-sending") == "Sending resumes. It was stopped: A backup was restored.\n"
    assert SendingGuard.objects.get().confirmed_by.endswith("(command line)")
    assert nudged == ["newsletters.tasks.send_slice"]
    with pytest.raises(CommandError, match="Sending isn't stopped"):
        run("resume-sending")
