"""Which mailbox a confirmation goes to: exactly the one that was typed, and no look-alike."""

from __future__ import annotations

import pytest
from django.test import Client

from subscribers.models import MailingList, Subscriber
from tests.factories import make_reader
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
