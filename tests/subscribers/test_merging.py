"""Two people become one: the strictest permission wins, nothing of the history is lost, and old links go on to work."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mail.models import Message
from subscribers import consent, merging, suppression
from subscribers.attributes.holding import get_or_create_tag, set_tags
from subscribers.confirmation_link import ConfirmationLink
from subscribers.erasure import erase
from subscribers.former_people import find_subscriber, numbers_of
from subscribers.models import ConsentRecord, FormerSubscriber, Subscriber, Subscription, Suppression
from subscribers.signup.double_opt_in import ConfirmationState, confirm
from subscribers.signup.expiring import delete_unconfirmed
from tests.factories import make_list, make_subscriber, make_subscription

Status = Subscription.Status


def two() -> tuple[Subscriber, Subscriber]:
    return make_subscriber("ada@example.org"), make_subscriber("ada@work.example", name="Ada")


@pytest.mark.django_db
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    ours=st.lists(st.sampled_from([None, *Status.values]), min_size=3, max_size=3),
    theirs=st.lists(st.sampled_from([None, *Status.values]), min_size=3, max_size=3),
    takes_theirs=st.booleans(),
)
def test_no_merge_gives_a_permission_that_was_not_there(
    ours: list[str | None], theirs: list[str | None], takes_theirs: bool
) -> None:
    Subscription.objects.all().delete()
    Subscriber.objects.all().delete()
    kept, other = two()
    lists = [make_list() for _ in ours]
    for mailing_list, mine, other_status in zip(lists, ours, theirs, strict=True):
        if mine:
            make_subscription(kept, mailing_list, status=mine)
        if other_status:
            make_subscription(other, mailing_list, status=other_status)
    email = other.email if takes_theirs else kept.email
    proven = any(status not in (None, Status.PENDING) for status in (theirs if takes_theirs else ours))
    promised = merging.plan(kept, other, email=email)
    merging.merge(kept, other, email=email, note="signed up twice")
    after = dict(Subscription.objects.filter(subscriber=kept).values_list("mailing_list", "status"))
    assert {each.mailing_list.pk: each.after for each in promised.lists} == after  # the dry view said so
    for mailing_list, mine, other_status in zip(lists, ours, theirs, strict=True):
        before = {mine, other_status} - {None}
        status = after.get(mailing_list.pk)
        if not before:
            assert status is None
        elif Status.UNSUBSCRIBED in before:
            assert status == Status.UNSUBSCRIBED
        else:
            assert (status == Status.CONFIRMED) == (Status.CONFIRMED in before and proven)
    assert Subscriber.objects.get().email == email


@pytest.mark.django_db
def test_histories_are_joined_and_each_record_keeps_what_it_says() -> None:
    kept, other = two()
    news = make_list()
    make_subscription(other, news)
    record = consent.record(other, ConsentRecord.Action.CONFIRMED, ConsentRecord.Source.FORM, mailing_list=news)
    sent = Message.objects.create(
        kind="welcome", address=other.email, subscriber_id=other.pk, due_at=timezone.now(), state="sent"
    )
    waits = Message.objects.create(kind="welcome", address=other.email, subscriber_id=other.pk, due_at=timezone.now())
    merging.merge(kept, other, note="signed up twice", by="bea")
    before = record.address_hash
    record.refresh_from_db()
    assert (record.subscriber_id, record.address_hash, record.action) == (kept.pk, before, "confirmed")
    for message in (sent, waits):
        message.refresh_from_db()
    assert (sent.subscriber_id, sent.state) == (kept.pk, "sent")
    assert (waits.subscriber_id, waits.state) == (kept.pk, "dropped")  # its link would be about the other's list
    kept.refresh_from_db()
    assert kept.name == "Ada"
    logged = ConsentRecord.objects.get(staff="bea", action="changed")
    assert "ada@work.example" in logged.detail


@pytest.mark.django_db
def test_the_numbers_of_the_former_lead_to_the_kept_also_through_two_merges() -> None:
    first, second = two()
    third = make_subscriber()
    merging.merge(second, first, note="x")
    merging.merge(third, second, note="x")
    assert {find_subscriber(number) for number in (first.pk, second.pk, third.pk)} == {third}
    assert sorted(numbers_of(third)) == sorted([first.pk, second.pk, third.pk])
    erase(third, note="x", by="bea")
    assert find_subscriber(first.pk) is None
    assert not FormerSubscriber.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("whose", ["kept", "other"])
@pytest.mark.parametrize("reason", [Suppression.Reason.COMPLAINT, Suppression.Reason.STAFF])
def test_who_was_suppressed_with_either_address_stays_so(whose: str, reason: Suppression.Reason) -> None:
    kept, other = two()
    suppression.suppress({"kept": kept, "other": other}[whose].email, reason=reason)
    merging.merge(kept, other, note="x", by="bea")
    kept.refresh_from_db()
    assert kept.is_suppressed
    assert suppression.is_suppressed(kept.email)


@pytest.mark.django_db
def test_that_mail_to_the_address_given_up_bounced_says_nothing_of_the_other() -> None:
    kept, other = two()
    suppression.suppress(other.email, reason=Suppression.Reason.BOUNCE)
    merging.merge(kept, other, note="x", by="bea")
    kept.refresh_from_db()
    assert not kept.is_suppressed
    assert suppression.is_suppressed("ada@work.example")


@pytest.mark.django_db
def test_the_longer_pause_holds() -> None:
    kept, other = two()
    until = timezone.now() + timedelta(days=30)
    Subscriber.objects.filter(pk=other.pk).update(paused_until=until)
    merging.merge(kept, other, note="x")
    kept.refresh_from_db()
    assert kept.paused_until == until


@pytest.mark.django_db
def test_nobody_is_merged_into_themselves() -> None:
    kept, _other = two()
    with pytest.raises(merging.SamePerson):
        merging.merge(kept, kept, note="x")
    assert Subscriber.objects.count() == 2


@pytest.mark.django_db
def test_a_confirmation_link_in_the_other_mailbox_confirms_nothing_for_the_kept_address() -> None:
    kept, other = two()
    pending = make_subscription(other, make_list(), status=Status.PENDING)
    link = ConfirmationLink(pending.requested_at, (pending.pk,))
    merging.merge(kept, other, note="x")
    assert kept.subscriptions.get().status == Status.PENDING
    assert confirm(link).state is ConfirmationState.ERASED


@pytest.mark.django_db
def test_attributes_and_tags_are_joined_and_the_kept_persons_values_stand() -> None:
    kept, other = two()
    Subscriber.objects.filter(pk=kept.pk).update(attributes={"city": "Bonn"})
    Subscriber.objects.filter(pk=other.pk).update(attributes={"city": "Rome", "age": 4}, time_zone="Europe/Rome")
    press, donor = get_or_create_tag("Press"), get_or_create_tag("Donor")
    set_tags(kept.pk, [press])
    set_tags(other.pk, [press, donor])
    merging.merge(kept, other, note="x")
    kept.refresh_from_db()
    assert kept.attributes == {"city": "Bonn", "age": 4}
    assert kept.time_zone == "Europe/Rome"
    assert set(kept.tags.values_list("name", flat=True)) == {"Press", "Donor"}


def test_every_table_about_a_person_is_handed_over() -> None:
    """One that is added with a foreign key to a person is handed over in `merging`, or by its signal, and named here:
    what isn't goes with the person who is merged into another."""
    relations = [each for each in Subscriber._meta.get_fields(include_hidden=True) if each.auto_created]
    tables = {str(each.related_model._meta.object_name) for each in relations if each.one_to_many or each.one_to_one}  # type: ignore[union-attr]
    assert tables == {
        "AddressChange",
        "ConsentRecord",
        "FormerSubscriber",
        "PersonNote",
        "Subscription",
        "TaggedSubscriber",
    }


@pytest.mark.django_db
@pytest.mark.parametrize("status", [Status.CONFIRMED, Status.PENDING])
def test_an_address_that_confirmed_nothing_is_asked_by_mail(status: str) -> None:
    kept, other = two()
    long_ago = timezone.now() - timedelta(days=900)
    make_subscription(other, make_list(), status=status, at=long_ago)
    merging.merge(kept, other, note="signed up twice", by="bea")
    pending = kept.subscriptions.get()
    assert (pending.status, pending.confirmed_at) == (Status.PENDING, None)
    assert delete_unconfirmed() == 0  # it waits as long as any other that has just been asked for
    asked = Message.objects.get(kind="confirmation", state=Message.State.WAITING)
    assert (asked.address, asked.subscriber_id) == (kept.email, kept.pk)
    assert ConsentRecord.objects.get(action="asked").staff == "bea"
    link = ConfirmationLink(pending.requested_at, (pending.pk,))
    assert confirm(link).state is ConfirmationState.CONFIRMED


@pytest.mark.django_db
def test_what_the_kept_person_waits_for_alone_stays_as_it_is() -> None:
    kept, other = two()
    waits = make_subscription(kept, make_list(), status=Status.PENDING)
    Subscription.objects.filter(pk=waits.pk).update(remind_at=timezone.now())
    make_subscription(other, make_list())
    merging.merge(kept, other, note="x", by="bea")
    waits.refresh_from_db()
    assert waits.remind_at is not None


@pytest.mark.django_db
def test_the_link_that_the_kept_person_was_mailed_goes_on_to_work() -> None:
    kept, other = two()
    news = make_list()
    waits = make_subscription(kept, news, status=Status.PENDING)
    make_subscription(other, news, at=timezone.now() - timedelta(days=900))
    merging.merge(kept, other, note="x", by="bea")
    after = kept.subscriptions.get()
    assert (after.pk, after.requested_at, after.confirmed_at) == (waits.pk, waits.requested_at, None)
    assert not Message.objects.exists()


@pytest.mark.django_db
def test_erasing_takes_the_address_of_a_merged_person_out_of_the_admins_log(admin_user: User) -> None:
    kept, other = two()
    LogEntry.objects.create(
        user=admin_user, content_type=ContentType.objects.get_for_model(Subscriber), object_id=str(other.pk),
        object_repr=other.email, action_flag=2,
    )  # fmt: skip
    merging.merge(kept, other, note="x", by="bea")
    erase(kept, note="x", by="bea")
    assert LogEntry.objects.get().object_repr == "erased"
