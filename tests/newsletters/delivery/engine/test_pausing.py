"""An edition that is paused, resumed or cancelled while it is sent."""

from __future__ import annotations

import contextlib
from collections import Counter
from datetime import timedelta

import pytest
from django.utils import timezone

from mail.results import Result
from mail.transport import Outgoing
from newsletters.delivery.engine import reconciling, retrying, sending
from newsletters.editions import transitions
from newsletters.models import Edition, Newsletter
from tests.factories import make_edition, start
from tests.newsletters.delivery.conftest import Scripted, answered
from tests.newsletters.delivery.engine.sums import finish, readers, sums


def test_pause_resume_and_cancel(newsletter: Newsletter, scripted: Scripted) -> None:
    readers(newsletter, 600)
    edition = start(make_edition(newsletter))

    def pause_early(mail: Outgoing) -> Result:
        if len(scripted.sent) >= 3:
            with contextlib.suppress(transitions.Refused):  # both of the two channels may come here
                transitions.pause(edition.pk, by="Ada")
        return answered(mail, 250)

    scripted.answer = pause_early
    sending.send_slice()
    sent = len(scripted.sent)
    assert 4 <= sent < 300
    assert sums(edition) == {"candidates": 600, "accepted": sent, "waiting": 600 - sent}
    assert sending.send_slice() == 0

    transitions.resume(edition.pk, by="Ada")

    def cancel_once(mail: Outgoing) -> Result:
        with contextlib.suppress(transitions.Refused):
            transitions.cancel(edition.pk, by="Ada")
        return answered(mail, 250)

    scripted.answer = cancel_once
    sending.send_slice(seconds=5)
    reconciling.reconcile(timezone.now())
    sent = len(scripted.sent)
    assert sums(edition) == {"candidates": 600, "accepted": sent, "cancelled": 600 - sent}
    assert max(Counter(scripted.sent).values()) == 1


@pytest.mark.parametrize("first", [250, 451])
def test_cancelling_further_tries_leaves_the_edition_sent(
    newsletter: Newsletter, scripted: Scripted, first: int
) -> None:
    """It went out to everybody once, so it stays in the archive, and its articles are not sent again."""
    one, other = readers(newsletter, 2)
    edition = start(make_edition(newsletter))
    scripted.answer = lambda mail: answered(mail, first if mail.email == one.email else 451)
    sending.send_slice()
    assert sums(edition)["deferred"] >= 1
    transitions.cancel(edition.pk, by="Ada")
    # Where nobody has it, there is nothing to keep.
    assert finish(edition) == (Edition.Status.SENT if first == 250 else Edition.Status.CANCELLED)
    assert sums(edition)["cancelled"] == (1 if first == 250 else 2)
    assert other.email in scripted.sent
    assert retrying.collect_due(timezone.now() + timedelta(hours=1)) == 0
