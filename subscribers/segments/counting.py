"""How many people a rule means, and a few of them to look at."""

from __future__ import annotations

from datetime import datetime

from subscribers.models import Subscriber
from subscribers.segments.compiling import people_in
from subscribers.segments.rules import Group

SAMPLE = 10


def count(rule: Group, now: datetime | None = None) -> int:
    return people_in(rule, now).order_by().count()


def sample(rule: Group, now: datetime | None = None) -> list[Subscriber]:
    """The newest, who are found by the table's own index."""
    return list(people_in(rule, now).order_by("-pk")[:SAMPLE])
