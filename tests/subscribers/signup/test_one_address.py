"""Which mailbox a confirmation goes to: exactly the one that was typed, and no look-alike."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from subscribers import suppression
from subscribers.models import MailingList, Subscriber, Suppression
from subscribers.tokens import address_hash
from tests.factories import make_reader
from tests.migrating import migrate_back, migrate_to_newest
from tests.subscribers.conftest import Mails


@pytest.mark.parametrize(("first", "second"), [("ſam@example.org", "sam@example.org"), ("ada@faß.de", "ada@fass.de")])
def test_a_look_alike_that_signed_up_first_does_not_catch_the_mail(
    browser: Client, iria_news: MailingList, mails: Mails, first: str, second: str
) -> None:
    browser.post("/subscribe/", {"email": first})
    mails()
    browser.post("/subscribe/", {"email": second})
    assert [message.to for message in mails()] == [[second]]
    assert Subscriber.objects.count() == 2


def test_until_it_is_confirmed_the_mail_goes_to_the_spelling_just_typed(
    browser: Client, iria_news: MailingList, mails: Mails
) -> None:
    for typed in ("Sam@example.org", "sam@example.org"):
        browser.post("/subscribe/", {"email": typed})
        assert [message.to for message in mails()] == [[typed]]
    assert Subscriber.objects.get().email == "sam@example.org"


def test_afterwards_no_stranger_can_move_it(browser: Client, iria_news: MailingList, mails: Mails) -> None:
    make_reader(iria_news, email="Sam@example.org")
    browser.post("/subscribe/", {"email": "sam@example.org"})
    assert [message.to for message in mails()] == [["Sam@example.org"]]


def test_confirmation_and_edition_go_to_the_same_domain(browser: Client, iria_news: MailingList, mails: Mails) -> None:
    browser.post("/subscribe/", {"email": "ada@faß.de"})
    (confirmation,) = mails()
    ada = Subscriber.objects.get()
    assert confirmation.to == [ada.email] == ["ada@xn--fa-hia.de"]
    assert str(ada) == ada.readable_email == "ada@faß.de"


@pytest.fixture
def _newest_again() -> Iterator[None]:
    yield
    migrate_to_newest()


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_newest_again")
def test_addresses_that_were_stored_before_get_the_form_that_mails_go_to() -> None:
    old = migrate_back("subscribers", "0011_plain_words_for_labels")
    old.get_model("subscribers", "Subscriber").objects.create(email="Straße@faß.de", email_key="strasse@xn--fa-hia.de")
    old.get_model("subscribers", "Suppression").objects.create(
        email="ſam@example.org", address_hash=address_hash("sam@example.org"), reason="staff"
    )
    erased: Any = old.get_model("subscribers", "Suppression").objects
    erased.create(email="", address_hash=address_hash("ssad@example.org"), reason=Suppression.Reason.ERASED)
    migrate_to_newest()
    person = Subscriber.objects.get()
    assert (person.email, person.email_key) == ("Straße@xn--fa-hia.de", "straße@xn--fa-hia.de")
    assert suppression.is_suppressed("ſam@example.org")
    assert not suppression.is_suppressed("sam@example.org")
    assert suppression.is_suppressed("ßad@example.org")  # known by the hash of how it was folded then, and by no more
