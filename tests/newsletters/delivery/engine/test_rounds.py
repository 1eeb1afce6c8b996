"""The loop of every worker, which needs no broker."""

from __future__ import annotations

import pytest

from newsletters.delivery.engine import rounds
from newsletters.models import Edition, Newsletter
from tests.factories import make_edition, make_reader, queue


def test_an_edition_that_cannot_be_started_keeps_no_other_waiting(
    newsletter: Newsletter, caplog: pytest.LogCaptureFixture
) -> None:
    make_reader(newsletter.mailing_list)
    damaged, fine = (queue(make_edition(newsletter)) for _ in range(2))
    Edition.objects.filter(pk=damaged.pk).update(content_hash="0" * 64)
    assert rounds.start_due_editions() == 1
    damaged.refresh_from_db()
    fine.refresh_from_db()
    assert (damaged.status, fine.status) == (Edition.Status.QUEUED, Edition.Status.SENDING)
    assert "doesn't match its hash" in damaged.trouble
    assert f"Edition {damaged.pk} could not be started" in caplog.text
