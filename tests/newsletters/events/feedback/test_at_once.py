"""Two processes that take bounces of one address at once count both."""

from __future__ import annotations

import threading

import pytest
from django.db import connection, transaction
from django.utils import timezone

from newsletters.events.feedback.effects import take_effect
from newsletters.events.feedback.mail_events import EventKind, MailEvent, MailTarget
from newsletters.models import Edition
from subscribers.models import Subscriber
from tests.factories import make_edition, make_list, make_newsletter, make_reader
from tests.newsletters.events.sent_mail import sent_to

AT_ONCE = 5  # as many as suppress, so that only the one who comes last may see enough


@pytest.mark.django_db(transaction=True)
def test_the_last_of_those_who_count_at_once_sees_them_all() -> None:
    ada = make_reader(make_list(), email="ada@reader.example")
    newsletter = make_newsletter(ada.subscriptions.get().mailing_list)
    editions = [make_edition(newsletter) for _ in range(AT_ONCE)]
    for edition in editions:
        sent_to(edition, ada)
    together = threading.Barrier(AT_ONCE)

    def take(edition: Edition) -> None:
        try:
            together.wait(20)
            with transaction.atomic():
                event = MailEvent(
                    EventKind.SOFT, str(edition.pk), MailTarget(edition=edition.pk, subscriber=ada.pk), timezone.now()
                )
                assert take_effect("postmark", [event]) == 1
        finally:
            connection.close()

    threads = [threading.Thread(target=take, args=[edition]) for edition in editions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert Subscriber.objects.get().is_suppressed
