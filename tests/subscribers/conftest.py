"""What the tests about people share: one list with two topics, a browser without cookies, and the mails of a moment."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.test import Client

from mail.outbox.sending import send_due
from subscribers import intake
from subscribers.models import MailingList, Topic
from tests.factories import make_list, make_topic

Mails = Callable[[], list[EmailMultiAlternatives]]


@pytest.fixture
def topics(db: None) -> list[Topic]:
    return [make_topic(name="Middle East"), make_topic(name="US")]


@pytest.fixture
def iria_news(topics: list[Topic]) -> MailingList:
    return make_list(name="IRIA News", topics=topics, from_name="IRIA News", from_email="news@iria.example")


class ReadersBrowser(Client):
    """A worker takes in what was posted before the next line of a test."""

    def post(self, *args: Any, **kwargs: Any) -> Any:
        answer = super().post(*args, **kwargs)
        intake.take_in()
        return answer


@pytest.fixture
def browser() -> Client:
    return ReadersBrowser(enforce_csrf_checks=True)


@pytest.fixture
def mails(db: None) -> Mails:
    """Send what is due and return the mails of this call."""

    def send() -> list[EmailMultiAlternatives]:
        before = len(mail.outbox)
        send_due()
        return [message for message in mail.outbox[before:] if isinstance(message, EmailMultiAlternatives)]

    return send


def links_in(message: EmailMultiAlternatives) -> list[str]:
    return re.findall(r"https?://\S+", str(message.body))


def path_of(link: str) -> str:
    return link.removeprefix("https://news.iria.example")


def hidden_fields(page: str, nth: int = 0) -> dict[str, str]:
    """The hidden fields of the nth form that posts on this page."""
    form = re.findall(r'<form[^>]*method="post".*?</form>', page, re.DOTALL)[nth]
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form))
