"""Batches with a cursor: stopped, resumed, interrupted anywhere and undone, with nothing twice and nothing half."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone

from mail.models import Message
from mail.outbox.sending import send_due
from subscribers import suppression
from subscribers.imports import confirming, deciding, keeping, running, undoing, working, writing
from subscribers.models import (
    ConsentRecord,
    Import,
    ImportBatch,
    MailingList,
    Subscriber,
    Subscription,
    Suppression,
    Tag,
)
from subscribers.preferences.unsubscribing import unsubscribe
from tests.factories import make_reader, make_subscriber, make_subscription
from tests.subscribers.imports.bringing import csv_file, keep_apart, person, upload

pytestmark = pytest.mark.django_db
ROWS = 60


@pytest.fixture(autouse=True)
def _small_batches(monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path) -> None:
    keep_apart(monkeypatch, settings, tmp_path, rows=7)


@pytest.fixture
def brought(tmp_path: Path, iria_news: MailingList) -> Import:
    """A file of sixty people, uploaded: every tenth left, every fifteenth bounced, two are refused."""
    words = ["unsubscribed" if n % 10 == 0 else "bounced" if n % 15 == 1 else "confirmed" for n in range(ROWS)]
    lines = [f"reader{n}@example.org,Reader {n},{word},a" for n, word in enumerate(words)]
    return upload(csv_file(tmp_path, "email,name,status,tags", *lines, "nobody,x,,", "reader@,x,,"), consent="proven")


def state() -> dict[str, Any]:
    """Everything that an import changes, without ids and moments."""
    return {
        "people": sorted(Subscriber.objects.values_list("email", "name", "language", "is_suppressed")),
        "subscriptions": sorted(Subscription.objects.values_list("subscriber__email", "status")),
        "consents": Counter(ConsentRecord.objects.values_list("subscriber__email", "action", "source")),
        "suppressed": sorted(Suppression.objects.values_list("email", "reason")),
        "tagged": set(Tag.objects.values_list("name", "subscribers__email")),
    }


def run_to_the_end(of: Import) -> dict[str, Any]:
    while running.run(of.pk):
        pass
    of.refresh_from_db()
    assert of.state == Import.State.DONE
    return state()


def test_the_file_is_private_and_its_rows_too(brought: Import) -> None:
    running.check(brought)
    folder = keeping.folder_of(brought)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir()} == {
        "file": 0o600, "rows.sqlite3": 0o600,
    }  # fmt: skip


def test_those_who_left_or_bounced_come_first(brought: Import) -> None:
    running.start(brought)
    turns = count()
    running.run(brought.pk, until=lambda: next(turns) >= 2)
    assert set(Subscription.objects.values_list("status", flat=True)) == {"left"}
    assert Suppression.objects.filter(reason="bounce").exists()


def test_a_dry_run_says_what_then_happens(brought: Import) -> None:
    running.check(brought)
    plan = dict(brought.plan)
    running.start(brought)
    run_to_the_end(brought)
    assert {name: plan[name] for name in brought.counts} == brought.counts
    assert plan["refused"] == 2


def test_stopped_and_resumed_it_comes_to_the_same(brought: Import) -> None:
    running.start(brought)
    for _ in range(200):
        turns = count()
        if not running.run(brought.pk, until=lambda: next(turns) >= 1):  # noqa: B023
            break
    brought.refresh_from_db()
    assert (brought.state, brought.done) == (Import.State.DONE, ROWS)
    assert Subscription.objects.filter(status="confirmed").count() == brought.counts["new"]


def test_staff_stop_it_and_start_it_again(brought: Import) -> None:
    running.start(brought)
    turns = count()
    running.run(brought.pk, until=lambda: next(turns) >= 3)
    running.stop(brought)
    assert not running.run(brought.pk)
    brought.refresh_from_db()
    assert brought.state == Import.State.STOPPED
    assert 0 < brought.done < ROWS
    running.start(brought)
    run_to_the_end(brought)
    with pytest.raises(running.CannotStart):
        running.start(brought)


class Killed(BaseException):
    """Nothing in the program handles it."""


POINTS = ["_add_people", "_add_subscriptions", "_change_subscriptions", "_suppress", "_add_consents", "_add_tags"]


@pytest.mark.parametrize("point", POINTS)
def test_ended_at_any_point_a_batch_happened_or_did_not(
    brought: Import, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    real: Callable[..., Any] = getattr(writing, point)
    calls = count(1)

    def dying(*arguments: Any, **named: Any) -> Any:
        found = real(*arguments, **named)
        if next(calls) % 2:
            raise Killed
        return found

    monkeypatch.setattr(writing, point, dying)
    running.start(brought)
    for _ in range(100):
        try:
            running.run(brought.pk)
        except Killed:
            assert Subscriber.objects.count() == sum(
                last - first + 1 for batch in ImportBatch.objects.all() for first, last in batch.people
            )
            continue
        break
    brought.refresh_from_db()
    assert (brought.state, brought.done) == (Import.State.DONE, ROWS)
    people = set(Subscriber.objects.values_list("email", flat=True))
    assert len(people) == Subscription.objects.count() == ConsentRecord.objects.count()
    assert brought.counts["new"] == Subscription.objects.filter(status="confirmed").count()


def test_rows_that_were_lost_are_read_again(brought: Import) -> None:
    running.start(brought)
    turns = count()
    running.run(brought.pk, until=lambda: next(turns) >= 4)
    keeping.scratch_of(brought).unlink()
    run_to_the_end(brought)
    assert brought.done == ROWS


def test_somebody_who_signs_up_meanwhile_is_found(brought: Import, monkeypatch: pytest.MonkeyPatch) -> None:
    real = deciding.Decider.decide
    signed_up: list[str] = []

    def decide(self: deciding.Decider, rows: Any, known: Any) -> Any:
        found = real(self, rows, known)
        if not signed_up and rows[0].standing == 0:
            signed_up.append(rows[0].email)
            raise writing_too_late()
        return found

    def writing_too_late() -> Exception:
        from django.db import IntegrityError

        return IntegrityError("email_key")

    monkeypatch.setattr(deciding.Decider, "decide", decide)
    running.start(brought)
    run_to_the_end(brought)
    assert signed_up
    assert Subscriber.objects.filter(email=signed_up[0]).count() == 1


def test_a_worker_that_died_is_followed_by_another(brought: Import) -> None:
    running.start(brought, claimed=True)
    assert working.waiting() == []
    assert not working.work_on(brought.pk, until=lambda: False)
    Import.objects.update(claimed_at=timezone.now() - working.CLAIMED - timedelta(seconds=1))
    assert working.waiting() == [brought.pk]
    assert not working.work_on(brought.pk, until=lambda: False)
    assert Import.objects.get().state == Import.State.DONE
    assert working.waiting() == []


def test_a_file_that_cannot_be_read_fails_in_one_sentence(tmp_path: Path, iria_news: MailingList) -> None:
    of = upload(csv_file(tmp_path, "a,b", "1,2"))
    Import.objects.update(state=Import.State.CHECKING)
    working.work_on(of.pk, until=lambda: False)
    of.refresh_from_db()
    assert of.state == Import.State.FAILED
    assert "no column of email addresses" in of.trouble


def test_half_a_surrogate_pair_in_json_is_taken_as_the_character_for_it(tmp_path: Path, iria_news: MailingList) -> None:
    path = tmp_path / "people.jsonl"
    path.write_bytes(
        b'{"email": "ada@example.org", "name": "Ada \\ud800", "tags": "[\\"a \\\\udc00\\"]"}\n{"email": "\\udfff"}\n'
    )
    of = upload(path)
    Import.objects.update(state=Import.State.CHECKING)
    working.work_on(of.pk, until=lambda: False)
    of.refresh_from_db()
    assert (of.state, of.plan["new"], of.plan["refused"]) == (Import.State.CHECKED, 1, 1)
    running.start(of)
    while working.work_on(of.pk, until=lambda: False):
        pass
    ada = person("ada@example.org")
    assert (ada.name, [tag.name for tag in ada.tags.all()]) == ("Ada \ufffd", ["a \ufffd"])


def test_a_check_that_nobody_foresaw_to_fail_ends_once(brought: Import, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_args: object) -> None:
        raise TypeError("unforeseen")

    monkeypatch.setattr(running, "check", broken)
    Import.objects.update(state=Import.State.CHECKING)
    assert not working.work_on(brought.pk, until=lambda: False)
    brought.refresh_from_db()
    assert brought.state == Import.State.FAILED
    assert "can't be read" in brought.trouble
    assert working.waiting() == []


# --- Undo ---------------------------------------------------------------------------------------------------------
def undo_all(of: Import) -> None:
    undoing.start_undoing(of)
    turns = count()
    while undoing.undo(of.pk, until=lambda: next(turns) % 3 == 2):
        pass
    of.refresh_from_db()
    assert of.state == Import.State.UNDONE


def test_undone_everything_is_as_before(brought: Import, iria_news: MailingList) -> None:
    make_reader(iria_news, email="reader0@example.org")  # the file says that they left
    make_reader(iria_news, email="reader1@example.org")  # … that they bounced
    make_subscription(make_subscriber("reader2@example.org", name="Two"), iria_news, status="pending")
    make_subscriber("reader3@example.org")  # without a name, on no list
    before = state()
    running.start(brought)
    assert run_to_the_end(brought) != before
    undo_all(brought)
    after = state()
    for what in ("people", "subscriptions", "suppressed"):
        assert after[what] == before[what], what
    assert {email for _tag, email in after["tagged"]} <= {None}
    assert not ConsentRecord.objects.filter(subscriber=None).exclude(detail="", ip=None).exists()


def test_what_is_in_when_it_fails_can_be_undone(brought: Import) -> None:
    running.start(brought)
    turns = count()
    running.run(brought.pk, until=lambda: next(turns) == 5)
    assert Subscriber.objects.exists()
    keeping.forget_file(brought)
    assert not running.run(brought.pk)
    brought.refresh_from_db()
    assert brought.state == Import.State.FAILED
    undo_all(brought)
    assert not Subscriber.objects.exists()


def test_who_left_meanwhile_stays_out_and_is_remembered(brought: Import) -> None:
    running.start(brought)
    run_to_the_end(brought)
    unsubscribe(person("reader5@example.org").pk, None)
    suppression.suppress("reader6@example.org", reason=Suppression.Reason.COMPLAINT)
    undo_all(brought)
    assert sorted(Subscriber.objects.values_list("email", flat=True)) == ["reader5@example.org", "reader6@example.org"]
    assert person("reader5@example.org").subscriptions.get().status == "left"
    assert suppression.is_suppressed("reader6@example.org")


def test_who_is_suppressed_for_another_reason_since_stays_so(brought: Import, iria_news: MailingList) -> None:
    for number in (1, 16, 31):  # the file says that they bounced
        make_reader(iria_news, email=f"reader{number}@example.org")
    running.start(brought)
    run_to_the_end(brought)
    suppression.suppress("reader1@example.org", reason=Suppression.Reason.COMPLAINT)
    suppression.suppress("reader16@example.org", reason=Suppression.Reason.STAFF, by="Bea")
    undo_all(brought)
    assert [person(f"reader{number}@example.org").is_suppressed for number in (1, 16, 31)] == [True, True, False]
    assert set(Suppression.objects.values_list("email", "reason")) == {
        ("reader1@example.org", "complaint"), ("reader16@example.org", "staff"),
    }  # fmt: skip


def test_nothing_is_undone_once_somebody_was_mailed(brought: Import, monkeypatch: pytest.MonkeyPatch) -> None:
    running.start(brought)
    run_to_the_end(brought)
    assert undoing.why_not(brought) == ""
    mailed = undoing.Mailings(reached=lambda _people: True, hold=lambda _people: None)
    monkeypatch.setitem(undoing._mailings, "editions", mailed)
    assert "already sent" in undoing.why_not(brought)
    with pytest.raises(running.CannotStart, match="already sent"):
        undoing.start_undoing(brought)


# --- One confirmation email each ----------------------------------------------------------------------------------
def test_each_is_asked_once_and_no_more_than_so_many_an_hour(
    tmp_path: Path, iria_news: MailingList, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.IMPORT_CONFIRMATIONS_AN_HOUR = 12
    monkeypatch.setattr(confirming, "AT_ONCE", 5)
    lines = [f"reader{n}@example.org," for n in range(20)]
    of = upload(csv_file(tmp_path, "email,status", *lines, "gone@example.org,bounced"), consent="confirm")
    running.start(of)
    run_to_the_end(of)
    unsubscribe(person("reader3@example.org").pk, None)
    assert [confirming.ask_due() for _ in range(5)] == [5, 5, 2, 0, 0]
    assert Message.objects.filter(kind="confirmation").count() == 12
    of.refresh_from_db()
    of.asked = {(timezone.now() - timedelta(hours=2)).isoformat(): 12}
    of.save()
    assert [confirming.ask_due() for _ in range(4)] == [5, 2, 0, 0]
    assert Message.objects.filter(kind="confirmation").count() == 19
    send_due()
    assert len({message.to[0] for message in mail.outbox}) == len(mail.outbox) == 19
    assert not Subscription.objects.filter(remind_at__isnull=False).exists()
    of.refresh_from_db()
    assert of.confirmed_to is None
    assert "already sent" in undoing.why_not(of)
