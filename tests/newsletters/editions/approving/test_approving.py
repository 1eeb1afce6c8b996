"""A second person: who may be one, what their word is about, and what ends it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import fields
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.utils import timezone

from lib.names import called
from newsletters.editions import approval_state, approving, editing, history, transitions
from newsletters.editions.approving import OwnWork
from newsletters.editions.loading import LoadedEdition
from newsletters.editions.schedule import making
from newsletters.editions.transitions import Conflict, NotApproved, Refused
from newsletters.models import Approval, Article, Edition, Newsletter, Occurrence
from newsletters.rendering.content import EditionContent
from subscribers.models import MailingList
from tests.factories import make_article, queue
from tests.newsletters.editions.approving.conftest import approved, person


def test_without_a_second_person_nothing_goes_out(edition: Edition) -> None:
    with pytest.raises(NotApproved, match="someone else has to approve the edition first"):
        queue(edition)
    edition.refresh_from_db()
    assert edition.status == Edition.Status.DRAFT


def test_what_was_approved_goes_out(edition: Edition, ada: User, bea: User) -> None:
    asked = approving.ask(edition, by=ada)
    with pytest.raises(NotApproved, match="nobody has decided yet"):
        queue(edition)
    decided = approving.approve(edition, asked.pk, by=bea)
    assert (decided.state, decided.decided_by_name, decided.asked_by_name) == ("approved", "Bea", "Ada")
    assert queue(edition).status == Edition.Status.QUEUED


def test_a_newsletter_that_asks_for_nobody_needs_nobody(edition: Edition) -> None:
    MailingList.objects.update(needs_approval=False)
    assert queue(edition).status == Edition.Status.QUEUED


def test_the_day_of_sending_is_no_edit(edition: Edition, ada: User, bea: User) -> None:
    approved(edition, ada, bea)
    at = timezone.now() + timedelta(days=3)
    assert queue(edition, send_at=at).status == Edition.Status.QUEUED


def edit_subject(edition: Edition) -> None:
    editing.reword(edition, subject="Another", by="Ada")


def edit_article(edition: Edition) -> None:
    Article.objects.update(title="Changed behind the approver's back")


def change_newsletter(**change: Any) -> Callable[[Edition], None]:
    def edit(edition: Edition) -> None:
        Newsletter.objects.update(**change)

    return edit


NEWSLETTER_CHANGES: list[tuple[dict[str, Any], str]] = [
    ({"name": "Monthly"}, "the newsletter's name"),
    ({"from_name": "Somebody else"}, "the sender's name"),
    ({"from_email": "else@iria.example"}, "the sender's address"),
    ({"reply_to": "editors@iria.example"}, "the reply-to address"),
    ({"postal_address": "2 Example Street"}, "the postal address"),
    ({"footer": "By us."}, "the footer"),
    ({"lifetime_hours": 12}, "the time for retries"),
    ({"cadence": "monthly"}, "the schedule"),
    ({"language": "ar"}, "the language"),
    ({"colour": "#AA0000"}, "the accent colour"),
    ({"background": "#AA0000"}, "the background colour"),
    ({"font": "serif"}, "the font"),
    ({"design": "letter"}, "the design"),
]


def test_every_field_of_the_content_but_what_sending_gives_has_a_name() -> None:
    """A field that is added later is reported by its own name, not as something else."""
    assert set(approval_state.CHANGED) == {field.name for field in fields(EditionContent)} - {"date", "number", "path"}


@pytest.mark.parametrize(
    ("edit", "named"),
    [
        (edit_subject, "the subject"),
        (edit_article, "the articles and other blocks"),
        *((change_newsletter(**change), named) for change, named in NEWSLETTER_CHANGES),
    ],
)
def test_any_change_ends_an_approval_and_is_named(
    edition: Edition, ada: User, bea: User, edit: Any, named: str
) -> None:
    approved(edition, ada, bea)
    edit(edition)
    changed = Edition.objects.select_related("newsletter").get(pk=edition.pk)
    assert approval_state.read_approval_state(LoadedEdition(changed)).changes == (named,)
    with pytest.raises(NotApproved, match=f"changed since: {named}"):
        queue(changed)


def test_a_change_that_is_taken_back_needs_no_new_approval(edition: Edition, ada: User, bea: User) -> None:
    approved(edition, ada, bea)
    edit_article(edition)
    Article.objects.update(title="As it was read")
    assert queue(edition).status == Edition.Status.QUEUED


def test_nobody_approves_what_they_made_or_asked_for(edition: Edition, ada: User, bea: User) -> None:
    for asker in (ada, bea):
        asked = approving.ask(edition, by=asker)
        with pytest.raises(OwnWork):
            approving.approve(edition, asked.pk, by=asker)
        Approval.objects.all().delete()
    asked = approving.ask(edition, by=bea)
    with pytest.raises(OwnWork):
        approving.approve(edition, asked.pk, by=ada)  # who composed it
    assert Approval.objects.get().state == "asked"


def reword(edition: Edition, subject: str, by: User) -> Edition:
    return editing.reword(edition, subject=subject, by=called(by), user=by)


def test_whoever_saved_it_since_the_last_approval_does_not_approve_it(scheduled: Edition, ada: User, bea: User) -> None:
    edition = reword(scheduled, "Written by Bea", bea)
    asked = approving.ask(edition, by=ada)
    with pytest.raises(OwnWork):
        approving.approve(edition, asked.pk, by=bea)
    approving.approve(edition, asked.pk, by=person("Cleo"))
    edition = reword(edition, "Mended by Ada", ada)
    assert approving.approve(edition, approving.ask(edition, by=ada).pk, by=bea).state == "approved"


def test_another_persons_request_does_not_make_an_author_a_second_person(
    scheduled: Edition, ada: User, bea: User
) -> None:
    edition = reword(scheduled, "Written by Ada", ada)
    approving.ask(edition, by=ada)
    edition = reword(edition, "Written by Ada!", bea)
    asked = approving.ask(edition, by=bea)
    for author in (ada, bea):
        with pytest.raises(OwnWork):
            approving.approve(edition, asked.pk, by=author)


def test_who_asked_before_another_did_does_not_decide(scheduled: Edition, ada: User, bea: User) -> None:
    approving.ask(scheduled, by=ada)
    edit_article(scheduled)
    asked = approving.ask(scheduled, by=bea)
    with pytest.raises(OwnWork):
        approving.approve(scheduled, asked.pk, by=ada)


def test_authors_stay_authors_when_it_is_returned(scheduled: Edition, ada: User, bea: User) -> None:
    edition = reword(scheduled, "Written by Ada", ada)
    asked = approving.ask(edition, by=bea)
    with pytest.raises(OwnWork):
        approving.give_back(edition, asked.pk, by=ada, note="I would rather approve it.")
    approving.give_back(edition, asked.pk, by=person("Cleo"), note="Another word for it.")
    asked = approving.ask(edition, by=bea)
    with pytest.raises(OwnWork):
        approving.approve(edition, asked.pk, by=ada)


def test_people_are_told_apart_by_more_than_their_names(scheduled: Edition, ada: User, bea: User) -> None:
    edition = reword(scheduled, "Written by Ada", ada)
    asked = approving.ask(edition, by=bea)
    namesake = User.objects.create_user("ada2", first_name="Ada", is_staff=True)
    ada.first_name = "Adelheid"
    ada.save()
    with pytest.raises(OwnWork):
        approving.approve(edition, asked.pk, by=ada)
    assert approving.approve(edition, asked.pk, by=namesake).state == "approved"


def test_what_has_only_a_name_counts_by_it(scheduled: Edition, ada: User, bea: User) -> None:
    edition = editing.reword(scheduled, subject="Saved before people were kept by number", by="Ada")
    asked = approving.ask(edition, by=bea)
    with pytest.raises(OwnWork):
        approving.approve(edition, asked.pk, by=ada)


def test_an_author_is_not_forgotten_after_many_saves_of_others(
    scheduled: Edition, ada: User, bea: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "KEPT", 3)
    edition = reword(scheduled, "Written by Ada", ada)
    for at in range(8):
        edition = reword(edition, f"Another word {at}", bea)
    asked = approving.ask(edition, by=bea)
    with pytest.raises(OwnWork):
        approving.approve(edition, asked.pk, by=ada)


def test_what_was_changed_since_the_approver_read_it_is_not_approved(edition: Edition, ada: User, bea: User) -> None:
    asked = approving.ask(edition, by=ada)
    edit_article(edition)
    with pytest.raises(Conflict, match="changed since approval was requested: the articles and other blocks"):
        approving.approve(edition, asked.pk, by=bea)
    again = approving.ask(edition, by=ada)
    assert Approval.objects.get(pk=asked.pk).state == "overtaken"
    assert approving.approve(edition, again.pk, by=bea).state == "approved"


def test_returned_it_says_why_and_does_not_go_out(edition: Edition, ada: User, bea: User) -> None:
    asked = approving.ask(edition, by=ada)
    with pytest.raises(Refused, match="what needs to change"):
        approving.give_back(edition, asked.pk, by=bea, note="  ")
    approving.give_back(edition, asked.pk, by=bea, note="The second headline is wrong.")
    last = approval_state.read_approval_state(LoadedEdition(edition)).last
    assert last is not None
    assert (last.state, last.note) == ("returned", "The second headline is wrong.")
    with pytest.raises(NotApproved, match="It was rejected"):
        queue(edition)
    with pytest.raises(Conflict, match="Bea has already decided"):
        approving.approve(edition, asked.pk, by=person("Cleo"))


def test_asked_for_twice_it_is_one_request(edition: Edition, ada: User) -> None:
    assert approving.ask(edition, by=ada).pk == approving.ask(edition, by=ada).pk


def test_what_was_called_back_may_go_out_again_as_it_was_approved(edition: Edition, ada: User, bea: User) -> None:
    approved(edition, ada, bea)
    queue(edition)
    undone = transitions.undo_send(edition.pk, by="Bea")
    assert queue(undone).status == Edition.Status.QUEUED


def test_an_automatic_edition_waits_as_a_draft_and_says_why(newsletter: Newsletter) -> None:
    now = timezone.now()
    Newsletter.objects.update(
        cadence="weekly", weekdays=[1, 2, 3, 4, 5, 6, 7], mode="automatic", zone="UTC",
        send_time=(now - timedelta(minutes=1)).time(), cadence_since=now - timedelta(minutes=30),
    )  # fmt: skip
    make_article(published_at=now - timedelta(hours=1))
    making.tick(now)
    edition = Edition.objects.get()
    assert edition.status == Edition.Status.DRAFT
    assert "requires approval" in Occurrence.objects.get().reason


# --- Two people at the same moment --------------------------------------------------------------------------------
def test_of_two_who_decide_at_once_one_does(edition: Edition, ada: User, bea: User) -> None:
    asked = approving.ask(edition, by=ada)
    people = [bea, *(person(f"Person{n}") for n in range(5))]
    barrier, said = threading.Barrier(len(people)), []

    def press(at: int, who: User) -> None:
        barrier.wait()
        try:
            if at % 2:
                said.append(approving.give_back(edition, asked.pk, by=who, note="No.").decided_by_name)
            else:
                said.append(approving.approve(edition, asked.pk, by=who).decided_by_name)
        except Conflict:
            said.append("")
        finally:
            connection.close()

    threads = [threading.Thread(target=press, args=(at, who)) for at, who in enumerate(people)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    winner = Approval.objects.get()
    assert [name for name in said if name] == [winner.decided_by_name]


def test_of_many_who_ask_at_once_one_request_comes(edition: Edition, ada: User) -> None:
    barrier, said = threading.Barrier(6), []

    def press() -> None:
        barrier.wait()
        try:
            said.append(approving.ask(edition, by=ada).pk)
        except Conflict:
            said.append(0)
        finally:
            connection.close()

    threads = [threading.Thread(target=press) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(said) == 6
    assert 0 not in said
    assert {pk for pk in said if pk} == {Approval.objects.get().pk}


# --- Telling ------------------------------------------------------------------------------------------------------
