"""A report as rows, for a CSV and the terminal, and as JSON: each number as it is, none in words alone."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from lib.percentages import percent
from newsletters.reports.measures import Coverage, Level, Measure, Tally, Unit

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    from newsletters.reports.edition_report import EditionReport
    from newsletters.reports.newsletter_report import NewsletterReport

HEAD = ("section", "key", "name", "count", "share", "usual", "state", "note")
Row = tuple[Any, ...]


def edition_rows(found: EditionReport) -> Iterator[Row]:
    """With `HEAD` before them. What isn't known has an empty count, and says why."""
    yield HEAD
    yield ("edition", "id", found.name, found.edition_id, "", "", Coverage.YES.value, found.subject)
    yield ("edition", "began_at", "Began (UTC)", _utc(found.began_at), "", "", Coverage.YES.value, "")
    yield ("edition", "counted_at", "Counted (UTC)", _utc(found.counted_at), "", "", Coverage.YES.value, "")
    yield ("edition", "recipients", "Recipients", found.recipients, "", "", Coverage.YES.value, "")
    yield ("edition", "compared", "Earlier editions compared", found.compared, "", "", Coverage.YES.value, "")
    yield from map(_measure_row, found.measures)
    for link in found.links:
        yield ("link", link.number, link.headline or link.url, link.clicks, _number(link.share), "", Coverage.YES.value,
               link.url)  # fmt: skip
    for at, hour in enumerate(found.hours):
        yield ("hour", at, _utc(hour.begins), hour.people, "", _number(hour.usual), Coverage.YES.value, "")
    for section, tallies in (("reason", found.reasons), ("device", found.devices), ("program", found.programs)):
        yield from tally_rows(section, tallies)
    for section, groups in (("provider", found.providers), ("language", found.languages)):
        if groups is None:
            yield (section, "", "", "", "", "", Coverage.NO.value, "Counted when sending is over.")
        for group in groups or ():
            note = f"{group.accepted} accepted, {group.rejected} rejected"
            if group.bounced is not None:
                note += f", {group.bounced} bounced, {group.complaints} complaints"
            yield (section, group.key, group.name, group.recipients, "", "", Coverage.YES.value, note)


def newsletter_rows(found: NewsletterReport) -> Iterator[Row]:
    """With a head before them, the same for all: what a column means depends on the section."""
    yield HEAD
    known, unknown = Coverage.YES.value, Coverage.NO.value
    yield ("newsletter", "id", found.name, found.newsletter_id, "", "", known, found.list_name)
    yield ("newsletter", "counted_at", "Counted (UTC)", _utc(found.counted_at), "", "", known, "")
    for week in found.weeks:
        note = f"{week.confirmed} joined, {week.unsubscribed} unsubscribed"
        yield ("week", f"{week.begins:%Y-%m-%d}", "Net growth", week.net, "", "", known, note)
    for each in found.editions:
        parts = {"accepted": each.accepted, "rejected": each.rejected, "clicks": each.clicks,
                 "unsubscribed": each.unsubscribed, "bounced": each.bounced, "complaints": each.complaints}  # fmt: skip
        yield ("edition", each.edition_id, each.name, each.recipients, "", "", known, _utc(each.began_at))
        for key, share in parts.items():
            yield ("edition_share", f"{each.edition_id}.{key}", each.name, "", _number(share), "",
                   unknown if share is None else known, "")  # fmt: skip
    for at, article in enumerate(found.articles, 1):
        yield ("article", at, article.title, article.clicks, _number(article.rate), "", known, article.edition)
    for at, topic in enumerate(found.topics, 1):
        yield ("topic", at, topic.name, topic.clicks, _number(topic.rate), "", known, f"{topic.articles} articles")
    for hour, clicks in enumerate(found.hours):
        yield ("hour_of_day", hour, found.zone, clicks, "", "", known, "")
    yield _measure_row(found.quiet)
    if found.counted_list is None:
        yield ("list", "", "", "", "", "", unknown, "Counted within some minutes.")
        return
    for key, count in asdict(found.counted_list.health).items():
        yield ("list", key, found.list_name, count, "", "", known, _utc(found.counted_list.counted_at))
    for source in found.counted_list.sources:
        note = f"{source.confirmed} confirmed, {source.still_there} still there"
        yield ("source", source.name, source.name or "(the form alone)", source.asked, "", "", known, note)
    for cohort in found.counted_list.cohorts:
        for months, stayed in enumerate(cohort.stayed):
            share = stayed / cohort.joined if cohort.joined else None
            yield ("cohort", f"{cohort.month}+{months}", cohort.month, stayed, _number(share), "", known,
                   f"of {cohort.joined} who joined")  # fmt: skip


def _measure_row(each: Measure) -> Row:
    note = f"{each.note} ({each.level.value})" if each.level != Level.NONE else each.note
    count = "" if each.count is None else each.count
    return ("measure", each.key, each.name, count, _number(each.share), _number(each.usual), each.coverage.value, note)


def tally_rows(section: str, tallies: Iterable[Tally]) -> Iterator[Row]:
    total = sum(each.count for each in tallies)
    for each in tallies:
        share = each.count / total if total else 0.0
        yield (section, each.key, each.name, each.count, _number(share), "", Coverage.YES.value, "")


def as_json(found: DataclassInstance) -> str:
    """The dataclass as it is: times in ISO 8601, durations in seconds, what isn't known as null."""
    return json.dumps(asdict(found), default=_plain, ensure_ascii=False, indent=2)


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    raise TypeError(f"{type(value).__name__} has no form in JSON")


def _utc(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.6g}"


def count_in_words(measure: Measure) -> str:
    """“1,204”, “off” or “not known”."""
    if measure.count is None:
        return str(measure.coverage.value)
    is_change = measure.key == "growth"
    return f"{measure.count:+,}" if is_change and measure.count else f"{measure.count:,}"


def share_in_words(measure: Measure) -> str:
    return "" if measure.share is None else _in_unit(measure.share, measure.unit)


def usual_in_words(measure: Measure) -> str:
    if measure.usual is None:
        return ""
    if measure.unit == Unit.NUMBER:
        whole = round(measure.usual)
        return f"{whole:+,}" if whole else "0"
    return _in_unit(measure.usual, measure.unit)


def _in_unit(value: float, unit: Unit) -> str:
    return f"{100 * value:,.3g} per 100" if unit == Unit.RATE else percent(value)


def rate_in_words(rate: float | None) -> str:
    """Of what one recipient may do several times."""
    return Coverage.OFF.value if rate is None else _in_unit(rate, Unit.RATE)


def share_or_unknown(share: float | None) -> str:
    return Coverage.NO.value if share is None else percent(share)
