"""How many people a rule means, and a few of them to look at; within a time that a page can wait for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.apps import apps
from django.utils.translation import gettext_lazy

from lib.query_settings import whole_table_reads
from lib.query_time import TookTooLong, time_limit
from lib.table_statistics import correct_statistics
from subscribers.models import Subscriber
from subscribers.segments.compiling import people_in
from subscribers.segments.rules import Group

SAMPLE = 10
LONGEST_COUNT = 10.0  # seconds: a hundred searches within the texts of a million people would take minutes
TOO_SLOW = gettext_lazy(
    "Counting takes longer than %(seconds)d seconds. Use fewer conditions that look within texts (“contains”)."
)


class TooSlow(ValueError):
    """The message is a sentence for the person who made the rule."""

    def __init__(self) -> None:
        super().__init__(TOO_SLOW % {"seconds": LONGEST_COUNT})


def count(rule: Group, now: datetime | None = None) -> int:
    """Raises `TooSlow`."""
    with in_time():
        return people_in(rule, now).order_by().count()


def sample(rule: Group, now: datetime | None = None) -> list[Subscriber]:
    """The newest, who are found by the table's own index. Raises `TooSlow`."""
    with in_time():
        return list(people_in(rule, now).order_by("-pk")[:SAMPLE])


@contextmanager
def in_time() -> Iterator[None]:
    """For what a page asks of rules, also by the floors above; for reading alone. Raises `TooSlow`."""
    try:
        with asking_rules(), time_limit(LONGEST_COUNT):
            yield
    except TookTooLong as problem:
        raise TooSlow from problem


@contextmanager
def asking_rules() -> Iterator[None]:
    """For whatever a rule is part of. A rule joins the tables about people many times over: what the database believes
    of their sizes must not be far from true."""
    correct_statistics(apps.get_app_config("subscribers").get_models(include_auto_created=True))
    with whole_table_reads():
        yield
