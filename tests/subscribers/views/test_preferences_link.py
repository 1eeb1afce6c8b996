"""The page that sends the link to the email preferences: one answer for everybody, a message to subscribers only."""

from __future__ import annotations

from django.test import Client

from mail.models import Message
from subscribers.models import MailingList, Subscriber


def test_the_preferences_link_page_answers_everybody_alike_and_mails_only_readers(
    browser: Client, ada: Subscriber, iria_news: MailingList
) -> None:
    pages = {
        address: browser.post("/preferences/", {"email": address}).content.decode().replace(address, "…")
        for address in ("ada@example.org", "unknown@example.org")
    }
    assert len(set(pages.values())) == 1
    assert list(Message.objects.values_list("kind", "address")) == [("preferences_link", "ada@example.org")]


def test_the_preferences_link_page_says_what_is_wrong_with_an_address(browser: Client, db: None) -> None:
    response = browser.post("/preferences/", {"email": "ada@"})
    assert response.status_code == 422
    assert 'href="#id_email"' in response.content.decode()
