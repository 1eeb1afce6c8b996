"""The ticker of `manage.py up` does all that Celery beat does in production."""

from __future__ import annotations

from iria.beat_schedule import SCHEDULE
from iria.runner.ticker import EVERY, MORE_OFTEN
from mail.outbox.posting import SEND_MESSAGES


def test_whatever_beat_does_is_done_without_it_at_least_as_often() -> None:
    by_beat = {each["task"]: each["schedule"] for each in SCHEDULE.values()}
    assert set(EVERY) == set(by_beat) - {SEND_MESSAGES}
    assert EVERY["newsletters.tasks.recount_engagement"] == 86_400.0
    for name, seconds in MORE_OFTEN.items():
        assert EVERY[name] == seconds < by_beat[name]
