"""`manage.py seed`: the demo institute, and as many confirmed readers as asked for."""

from __future__ import annotations

import io

import pytest
from django.core.management import CommandError, call_command

from iria.demo.bulk_readers import NoLists, make_subscribers
from lib.addresses import address_key, normalise
from subscribers.models import ConsentRecord, MailingList, Subscriber, Subscription, Topic
from subscribers.tokens import address_hash

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture
def lists() -> list[MailingList]:
    topics = [Topic.objects.create(name=name, slug=name.lower()) for name in ("News", "US", "Energy")]
    made = [MailingList.objects.create(name=name, slug=name.lower(), position=at) for at, name in enumerate("AB")]
    for each in made:
        each.topics.set(topics)
    MailingList.objects.create(name="Staff", slug="staff", is_public=False)
    return made


def make(number: int) -> None:
    for _ in make_subscribers(number):
        pass


def test_so_many_confirmed_readers_are_made_each_with_a_list_and_a_consent_record(lists: list[MailingList]) -> None:
    make(1200)
    assert Subscriber.objects.count() == 1200
    assert not Subscriber.objects.filter(subscriptions__isnull=True).exists()
    assert not Subscription.objects.exclude(status="confirmed").exists()
    assert not Subscription.objects.filter(mailing_list__slug="staff").exists()
    assert Subscription.objects.filter(mailing_list=lists[0]).count() > 1000
    assert 200 < Subscription.objects.filter(mailing_list=lists[1]).count() < 500
    assert ConsentRecord.objects.filter(source="seed", action="confirmed").count() == Subscription.objects.count()
    with_topics = Subscription.objects.exclude(selection=None)
    assert 0.3 < with_topics.count() / Subscription.objects.count() < 0.55
    assert len(set(with_topics.values_list("selection", flat=True))) > 3


def test_they_look_to_the_rest_of_the_program_like_readers_who_signed_up(lists: list[MailingList]) -> None:
    make(30)
    for reader in Subscriber.objects.all():
        assert reader.email == normalise(reader.email)
        assert reader.email_key == address_key(reader.email)
        assert reader.email.partition("@")[2].endswith(("example.org", "example.com", "example.net"))
        record = ConsentRecord.objects.filter(subscriber=reader).first()
        assert record is not None
        assert record.address_hash == address_hash(reader.email)
        subscription = reader.subscriptions.get(mailing_list=record.mailing_list)
        assert subscription.confirmed_at is not None
        assert subscription.requested_at <= subscription.confirmed_at
    assert len({tuple(map(str.isascii, name)) for name in Subscriber.objects.values_list("name", flat=True)}) > 5


def test_a_second_run_goes_on_behind_the_first_and_people_can_still_sign_up(lists: list[MailingList]) -> None:
    make(3)
    person = Subscriber.objects.create(email="person@iria.example")
    make(2)
    assert Subscriber.objects.filter(email__startswith="reader5@").count() == 1
    assert Subscriber.objects.count() == 6
    assert Subscriber.objects.create(email="another@iria.example").pk > person.pk


def test_without_a_list_there_is_nothing_to_be_on() -> None:
    with pytest.raises(NoLists, match="no public mailing list"):
        make(1)


def test_the_command_says_what_it_did(lists: list[MailingList]) -> None:
    out = io.StringIO()
    call_command("seed", subscribers=2, stdout=out)
    assert out.getvalue().startswith("2 readers are created, in ")
    out = io.StringIO()
    call_command("seed", stdout=out)
    assert (
        out.getvalue()
        == "The database already has data, so the demo institute was not loaded and nothing was changed.\n"
    )


@pytest.mark.parametrize("number", ["0", "-3", "many", "99999999"])
def test_a_number_that_is_none_is_refused_in_words(number: str, lists: list[MailingList]) -> None:
    with pytest.raises(CommandError, match="isn't a whole number from 1 to"):
        call_command("seed", f"--subscribers={number}")
