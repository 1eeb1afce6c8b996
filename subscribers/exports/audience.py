"""Whose data an export holds: the people of a list, of a segment, or all."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import QuerySet

from subscribers.exports.rows import Row, rows_of, suppressed_without_a_person
from subscribers.models import MailingList, Subscriber


def export_rows(mailing_list: MailingList | None = None, people: QuerySet[Subscriber] | None = None) -> Iterator[Row]:
    """Of everybody, also the suppressed addresses that belong to nobody, so that they stay so elsewhere."""
    wanted = Subscriber.objects.all() if people is None else people
    if mailing_list is not None:
        wanted = wanted.filter(pk__in=mailing_list.subscriptions.values("subscriber"))
    yield from rows_of(wanted)
    if mailing_list is None and people is None:
        yield from suppressed_without_a_person()
