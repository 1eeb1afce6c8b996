"""Many people at once: the rules of consent, batches that survive a death, undoing, and who may."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.utils import timezone

from mail.models import Message
from subscribers import suppression
from subscribers.admin.bulk_jobs import BulkJobForm
from subscribers.attributes.holding import get_or_create_tag
from subscribers.jobs import actions, selecting, working
from subscribers.models import (
    BulkJob,
    ConsentRecord,
    MailingList,
    Subscriber,
    Subscription,
    Suppression,
    TaggedSubscriber,
)
from subscribers.preferences.unsubscribing import unsubscribe
from subscribers.tasks import work_on_bulk_job
from tests.factories import make_list, make_reader, make_subscriber, make_subscription
from tests.processes import ROOT

Action, State, Status = BulkJob.Action, BulkJob.State, Subscription.Status


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(working, "BATCH", 2)


def run(action: str, options: dict[str, Any], selection: dict[str, Any] | None = None) -> BulkJob:
    job = working.begin(action, options, selection or selecting.by_filters(), by="mia")
    work_on_bulk_job(job.pk)
    job.refresh_from_db()
    return job


def undo(job: BulkJob) -> None:
    assert working.start_undoing(job)
    work_on_bulk_job(job.pk)
    job.refresh_from_db()
    assert job.state == State.UNDONE and not job.batches.exists()


def statuses(mailing_list: MailingList) -> dict[str, str]:
    rows = Subscription.objects.filter(mailing_list=mailing_list)
    return {email.partition("@")[0]: status for email, status in rows.values_list("subscriber__email", "status")}


@pytest.mark.parametrize("proof", ["", "signed at the open day"])
def test_adding_keeps_the_rules_of_consent_and_can_be_undone(db: None, proof: str) -> None:
    target = make_list(name="Weekly")
    for name, status in [("left", Status.UNSUBSCRIBED), ("here", Status.CONFIRMED)]:
        make_subscription(make_subscriber(f"{name}@example.org"), target, status=status)
    for name in ("new", "later", "blocked"):
        make_subscriber(f"{name}@example.org")
    suppression.suppress("blocked@example.org", reason=Suppression.Reason.COMPLAINT)

    job = run(Action.ADD_TO_LIST, {"list": target.pk, "proof": proof})
    added = Status.CONFIRMED if proof else Status.PENDING
    assert statuses(target) == {"left": "left", "here": "confirmed", "new": added, "later": added}
    assert job.state == State.DONE and (job.total, job.done, job.changed) == (5, 5, 2)
    assert job.left_out == {"suppressed": 1, "unsubscribed from this list": 1, "already on this list": 1}
    asked = Message.objects.filter(kind="confirmation").values_list("address", flat=True)
    assert sorted(asked) == ([] if proof else ["later@example.org", "new@example.org"])
    if proof:
        assert ConsentRecord.objects.get(subscriber__email="new@example.org", action="confirmed").detail == proof
    else:  # one confirms before it is undone, and stays
        Subscription.objects.filter(subscriber__email="later@example.org").update(
            status=Status.CONFIRMED, confirmed_at="2026-01-01T00:00Z"
        )
    undo(job)
    expected = {"left": "left", "here": "confirmed"} | ({} if proof else {"later": "confirmed"})
    assert statuses(target) == expected


def test_tags_come_and_go_and_come_back_as_they_were(db: None) -> None:
    people = [make_subscriber() for _ in range(5)]
    tag = get_or_create_tag("Press")
    TaggedSubscriber.objects.create(tag=tag, subscriber=people[0])

    def tagged() -> int:
        return TaggedSubscriber.objects.filter(tag=tag).count()

    tagging = run(Action.TAG, {"tag": tag.pk})
    assert tagged() == 5 and tagging.changed == 4
    undo(tagging)
    assert tagged() == 1
    untagging = run(Action.UNTAG, {"tag": tag.pk}, selecting.by_numbers([each.pk for each in people]))
    assert tagged() == 0 and untagging.changed == 1
    undo(untagging)
    assert TaggedSubscriber.objects.get(tag=tag).subscriber == people[0]


def test_unsubscribing_is_undone_but_for_those_who_left_themselves(iria_news: MailingList) -> None:
    for name in ("a", "b", "c"):
        make_reader(iria_news, email=f"{name}@example.org")
    make_subscription(make_subscriber("pending@example.org"), iria_news, status=Status.PENDING)
    make_subscription(make_subscriber("left@example.org"), iria_news, status=Status.UNSUBSCRIBED)
    readers = selecting.by_filters(mailing_list=iria_news.slug)
    job = run(Action.UNSUBSCRIBE, {"list": iria_news.pk, "note": "the list closes"}, readers)
    assert set(statuses(iria_news).values()) == {"left"} and job.changed == 4
    assert job.left_out == {"had nothing to unsubscribe from": 1}
    back = Subscription.objects.get(subscriber__email="b@example.org")
    back.status = Status.CONFIRMED
    back.save()
    unsubscribe(back.subscriber_id, iria_news.pk)  # by their own hand, since
    undo(job)
    assert statuses(iria_news) == {
        "a": "confirmed",
        "b": "left",
        "c": "confirmed",
        "pending": "pending",
        "left": "left",
    }


@pytest.mark.parametrize("source", ["preferences", "one_click"])
def test_readers_who_unsubscribe_after_the_staff_did_are_not_brought_back(
    iria_news: MailingList, source: ConsentRecord.Source
) -> None:
    reader = make_reader(iria_news)
    job = run(Action.UNSUBSCRIBE, {"list": iria_news.pk, "note": "the list closes"})
    for _ in range(2):  # with the link of an older edition, and by a mail program that asks twice
        assert unsubscribe(reader.pk, iria_news.pk, source=source) == []
    assert ConsentRecord.objects.filter(action="left", source=source).count() == 1
    ended = Subscription.objects.get()
    undo(job)
    left = Subscription.objects.get()
    assert (left.status, left.unsubscribed_at) == (Status.UNSUBSCRIBED, ended.unsubscribed_at)


def test_erasing_cannot_be_undone(iria_news: MailingList) -> None:
    people = [make_reader(iria_news) for _ in range(3)]
    job = run(Action.ERASE, {"note": "asked"}, selecting.by_numbers([people[0].pk, people[1].pk]))
    assert list(Subscriber.objects.all()) == [people[2]]
    assert Suppression.objects.filter(reason=Suppression.Reason.ERASED, email="").count() == 2
    assert not job.can_be_undone and not working.start_undoing(job) and not job.batches.exists()


def test_a_worker_that_dies_leaves_whole_batches_and_the_next_goes_on(
    iria_news: MailingList, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(6):
        make_subscriber()
    do, back = actions.DEEDS[Action.TAG]
    tag = get_or_create_tag("Press")
    calls: list[int] = []

    def dying(job: BulkJob, people: Any) -> actions.BatchOutcome:
        outcome = do(job, people)
        calls.append(len(people))
        if len(calls) == 2:  # after it wrote, and before the commit
            raise OSError("the database went away")
        return outcome

    monkeypatch.setitem(actions.DEEDS, Action.TAG, (dying, back))
    job = run(Action.TAG, {"tag": tag.pk})
    assert job.state == State.FAILED and "went away" in job.trouble
    assert TaggedSubscriber.objects.count() == job.done == job.changed == 2
    make_subscriber()  # who comes later isn't meant
    assert working.go_on(job)
    work_on_bulk_job(job.pk)
    job.refresh_from_db()
    assert job.state == State.DONE and TaggedSubscriber.objects.count() == job.done == 6


def test_it_stops_after_a_batch_and_nobody_works_twice(db: None) -> None:
    for _ in range(6):
        make_subscriber()
    tag = get_or_create_tag("Press")
    job = working.begin(Action.TAG, {"tag": tag.pk}, selecting.by_filters(), by="mia")
    assert working.waiting() == [job.pk]
    assert working.work_on(job.pk, until=lambda: True)  # a slice of one batch
    assert TaggedSubscriber.objects.count() == 2
    BulkJob.objects.update(claimed_at="2099-01-01T00:00Z")  # another worker has it
    assert working.waiting() == [] and not working.work_on(job.pk, until=lambda: False)
    BulkJob.objects.update(claimed_at=None)
    assert working.stop(job) and not working.work_on(job.pk, until=lambda: False)
    assert TaggedSubscriber.objects.count() == 2
    undo(job)
    assert not TaggedSubscriber.objects.exists()


# --- The pages --------------------------------------------------------------------------------------------------
def as_role(name: str) -> Client:
    user = User.objects.create_user(name, is_staff=True, password="x")
    user.groups.add(Group.objects.get(name=name))
    client = Client()
    client.force_login(user)
    session = client.session
    session.save()
    return client


LIST = "/admin/subscribers/subscriber/"


def test_staff_choose_say_and_watch(iria_news: MailingList) -> None:
    chosen, other = make_reader(iria_news), make_reader(iria_news)
    client = as_role("Owner")
    ticked = {"_selected_action": [chosen.pk], "action": "change_many"}
    page = client.post(LIST, ticked).content.decode()
    assert "This changes 1 person." in page and "this can't be undone" in page.lower().replace("&#x27;", "'")
    begin = "/admin/subscribers/bulkjob/begin/"
    ticked = {"_selected_action": [chosen.pk], "_begin": "1"}
    wrong = client.post(begin, {**ticked, "action": Action.ERASE, "note": "asked"})
    assert wrong.status_code == 422 and not BulkJob.objects.exists()
    answer = client.post(begin, {**ticked, "action": Action.TAG, "tag": "Press"})
    job = BulkJob.objects.get()
    assert answer["Location"] == f"/admin/subscribers/bulkjob/{job.pk}/change/"
    assert 'http-equiv="refresh"' in client.get(answer["Location"]).content.decode()
    work_on_bulk_job(job.pk)
    done = client.get(answer["Location"]).content.decode()
    assert "<h1>Add a tag: Press</h1>" in done and f'href="{LIST}"' in done.split("</nav>")[-1]
    assert "1 of 1 people, 1 changed." in done and 'http-equiv="refresh"' not in done
    assert TaggedSubscriber.objects.get().subscriber == chosen != other
    client.post(f"/admin/subscribers/bulkjob/{job.pk}/do/undo/")
    work_on_bulk_job(job.pk)
    assert not TaggedSubscriber.objects.exists()


def test_each_deed_shows_the_fields_that_it_asks_for() -> None:
    """The style sheet names every action and every other field of the form: one that it forgot would stay hidden."""
    shown = (ROOT / "newsletters/static/admin_iria/bulk.css").read_text()
    assert all(f'[value="{action}"]:checked' in shown for action in Action.values)
    fields = BulkJobForm(people=1, may_erase=True).fields
    assert set(re.findall(r"\.iria-field-(\w+)", shown)) == set(fields)


def test_all_that_the_filters_find(iria_news: MailingList) -> None:
    for _ in range(3):
        make_reader(iria_news)
    make_reader(make_list())
    client = as_role("Owner")
    first = str(Subscriber.objects.values_list("pk", flat=True)[0])
    fields = {"_selected_action": [first], "select_across": "1"}
    page = client.post(f"{LIST}?list={iria_news.slug}", {**fields, "action": "change_many"}).content.decode()
    assert "This changes 3 people." in page and 'value="Change 3 people"' in page
    (address,) = re.findall(r'action="(/admin/subscribers/bulkjob/begin/[^"]*)"', page)
    client.post(address, {**fields, "_begin": "1", "action": Action.TAG, "tag": "Readers"})
    work_on_bulk_job(BulkJob.objects.get().pk)
    assert TaggedSubscriber.objects.count() == 3


def test_who_may_not_change_subscriptions_may_not_change_many(iria_news: MailingList) -> None:
    person = make_reader(iria_news)
    fields = {"_selected_action": [person.pk], "_begin": "1", "action": Action.ERASE, "note": "x", "sure": "on"}
    assert as_role("Publisher").post("/admin/subscribers/bulkjob/begin/", fields).status_code == 403
    assert Subscriber.objects.exists() and not BulkJob.objects.exists()


def test_a_segment_and_a_filter_that_nobody_knows(iria_news: MailingList) -> None:
    inside, outside = make_reader(iria_news), make_reader(iria_news)
    tag = get_or_create_tag("Press")
    TaggedSubscriber.objects.create(tag=tag, subscriber=inside)
    by_tag = selecting.people_of(selecting.by_filters(tag=tag.slug))
    assert list(by_tag) == [inside] != [outside]
    with pytest.raises(ValueError, match="no such segment"):
        selecting.by_filters(segment="none")
    client = as_role("Owner")
    fields = {"_selected_action": [inside.pk], "select_across": "1", "_begin": "1", "action": Action.TAG, "tag": "All"}
    for query in ("segment=none", "city=Paris"):  # never more people than the list shows
        assert client.post(f"/admin/subscribers/bulkjob/begin/?{query}", fields).status_code == 302
    assert not BulkJob.objects.exists()


def test_who_left_and_confirmed_again_stays_when_adding_with_proof_is_undone(db: None) -> None:
    target = make_list(name="Weekly")
    for name in ("stays", "back"):
        make_subscriber(f"{name}@example.org")
    job = run(Action.ADD_TO_LIST, {"list": target.pk, "proof": "signed at the open day"})
    mine = Subscription.objects.get(subscriber__email="back@example.org")
    unsubscribe(mine.subscriber_id, target.pk)
    mine.refresh_from_db()
    mine.status, mine.confirmed_at = Status.CONFIRMED, timezone.now()  # as a confirmation link does
    mine.save()
    undo(job)
    assert statuses(target) == {"back": "confirmed"}


def test_adding_of_before_is_undone_although_it_kept_no_moment(db: None) -> None:
    target = make_list(name="Weekly")
    person = make_subscriber("new@example.org")
    job = run(Action.ADD_TO_LIST, {"list": target.pk, "proof": "signed"})
    job.batches.update(changes=[person.pk])
    undo(job)
    assert statuses(target) == {}


def test_select_all_means_everybody_whom_the_search_finds(iria_news: MailingList) -> None:
    people = [make_reader(iria_news, email=f"ada{number}@example.org") for number in range(4)]
    make_reader(iria_news, email="bob@example.org")
    elsewhere = make_reader(make_list(name="Other"), email="ada9@example.org")
    client = as_role("Owner")
    fields = {"_selected_action": [people[0].pk], "select_across": "1", "_begin": "1", "action": Action.TAG, "tag": "A"}
    client.post(f"/admin/subscribers/bulkjob/begin/?q=ada&list={iria_news.slug}", fields)
    job = BulkJob.objects.get()
    assert job.selection == {"ids": [person.pk for person in people]}
    client.post("/admin/subscribers/bulkjob/begin/?q=ada", fields)
    assert BulkJob.objects.latest("pk").selection == {"ids": [*(person.pk for person in people), elsewhere.pk]}
    answer = client.post("/admin/subscribers/bulkjob/begin/?q=nobody", fields, follow=True)
    assert "Choose some people first" in answer.content.decode()
