"""All that happened to one person, the newest first: consent, messages, notes, and what the floors above register.

A kind reads the newest so many of its own; a page is cut from what they give together. Nobody pages through more than
`MOST_PAGES`, so what a page costs is bounded however long somebody has been here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter

from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy

from mail.models import Message
from mail.outbox.kinds import kind_in_words
from subscribers.former_people import numbers_of
from subscribers.models import ConsentRecord, Subscriber

A_PAGE = 30
MOST_PAGES = 40


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    at: datetime
    kind: str
    title: str
    detail: str = ""
    href: str = ""


@dataclass(frozen=True, slots=True)
class TimelineKind:
    """`read` gives the newest so many entries of a person; `permission` is what one must have to see them."""

    name: str
    label: str | Promise
    permission: str
    read: Callable[[Subscriber, int], list[TimelineEntry]]


@dataclass(frozen=True, slots=True)
class TimelinePage:
    entries: list[TimelineEntry]
    number: int
    has_more: bool


_kinds: dict[str, TimelineKind] = {}


def register(*kinds: TimelineKind) -> None:
    for kind in kinds:
        if _kinds.setdefault(kind.name, kind) is not kind:
            raise ValueError(f"There are two kinds of timeline entries named “{kind.name}”.")


def kinds() -> list[TimelineKind]:
    return list(_kinds.values())


def page_of_timeline(person: Subscriber, shown: list[TimelineKind], number: int) -> TimelinePage:
    number = max(1, min(number, MOST_PAGES))
    wanted = number * A_PAGE + 1
    entries = [entry for kind in shown for entry in kind.read(person, wanted)]
    entries.sort(key=attrgetter("at"), reverse=True)
    first = (number - 1) * A_PAGE
    more = len(entries) > first + A_PAGE and number < MOST_PAGES
    return TimelinePage(entries[first : first + A_PAGE], number, more)


# --- What this floor knows --------------------------------------------------------------------------------------
def _consent(person: Subscriber, most: int) -> list[TimelineEntry]:
    records = ConsentRecord.objects.filter(subscriber=person).select_related("mailing_list").order_by("-at", "-pk")
    return [
        TimelineEntry(record.at, "consent", _consent_in_words(record), _consent_detail(record))
        for record in records[:most]
    ]


def _consent_in_words(record: ConsentRecord) -> str:
    action = str(record.get_action_display())
    words = f"{action[:1].upper()}{action[1:]}"
    return f"{words}: {record.mailing_list.name}" if record.mailing_list else words


def _consent_detail(record: ConsentRecord) -> str:
    """All that proves it."""
    parts = (
        (gettext("through"), record.get_source_display()),
        (gettext("by"), record.staff),
        (gettext("detail"), record.detail),
        (gettext("source"), record.origin),
        (gettext("page"), record.page),
        (gettext("IP address"), record.ip or ""),
        (gettext("wording"), record.wording),
        (gettext("language"), record.language),
    )
    return " · ".join(f"{name}: {value}" for name, value in parts if value)


def _messages(person: Subscriber, most: int) -> list[TimelineEntry]:
    rows = Message.objects.filter(subscriber_id__in=numbers_of(person)).order_by("-created_at", "-pk")
    return [
        TimelineEntry(
            row.created_at,
            "messages",
            f"{kind_in_words(row.kind)[:1].upper()}{kind_in_words(row.kind)[1:]}: {row.get_state_display()}",
            row.reply,
        )
        for row in rows[:most]
    ]


def _notes(person: Subscriber, most: int) -> list[TimelineEntry]:
    return [TimelineEntry(row.at, "notes", row.by, row.text) for row in person.notes.all()[:most]]


CONSENT = TimelineKind("consent", gettext_lazy("Consent"), "subscribers.view_consentrecord", _consent)
MESSAGES = TimelineKind("messages", gettext_lazy("Messages"), "mail.view_message", _messages)
NOTES = TimelineKind("notes", gettext_lazy("Notes"), "subscribers.view_subscriber", _notes)
