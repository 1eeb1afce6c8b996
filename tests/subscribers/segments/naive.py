"""What a rule means, said a second time in plain Python about one person: the database's answer is compared with it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from operator import contains, eq, ge, gt, le, lt
from typing import Any

from django.utils import timezone

from subscribers.institute import institute_zone
from subscribers.models import ConsentRecord, Subscriber
from subscribers.segments.rules import Condition, Group

CAME = {"asked", "confirmed", "returned"}


def applies(part: Group | Condition, person: Subscriber, now: Any) -> bool:
    if isinstance(part, Condition):
        name = part.field.removeprefix("attribute.")
        if name != part.field:
            return _attribute(part, person.attributes.get(name), now)
        return {
            "list": _list, "topic": _topic, "tag": _tag, "joined": _joined, "source": _source, "language": _language,
            "zone": _zone, "suppressed": _suppressed, "paused": _paused,
        }[part.field](part, person, now)  # fmt: skip
    answers = [applies(each, person, now) for each in part.parts]
    return {"all": all(answers), "any": any(answers), "not": not any(answers)}[part.how]


def _attribute(part: Condition, held: Any, now: Any) -> bool:
    operator, value = part.operator, part.value
    if operator in {"empty", "not_empty"}:
        return (held is None) == (operator == "empty")
    if operator.startswith("not_") or operator == "is_not":
        positive = "is" if operator == "is_not" else operator.removeprefix("not_")
        return not _attribute(Condition(part.field, positive, value), held, now)
    if held is None:
        return False
    if operator == "in_last":
        today = timezone.localdate(now, institute_zone())
        return bool((today - timedelta(days=int(value or 0) - 1)).isoformat() <= held <= today.isoformat())
    if isinstance(held, str) and part.field != "attribute.plan":
        held, value = held.lower(), str(value).lower()
    compared: dict[str, Callable[[Any, Any], bool]] = {
        "is": eq, "contains": contains, "begins": str.startswith, "at_least": ge, "at_most": le, "before": lt,
        "after": gt,
    }  # fmt: skip
    return compared[operator](held, value)


def _list(part: Condition, person: Subscriber, now: Any) -> bool:
    held = {each.mailing_list_id: each.status for each in person.subscriptions.all()}.get(int(part.value or 0))
    return {
        "confirmed": held == "confirmed",
        "not_confirmed": held != "confirmed",
        "pending": held == "pending",
        "unsubscribed": held == "left",
        "never": held is None,
    }[part.operator]


def _topic(part: Condition, person: Subscriber, now: Any) -> bool:
    reading = [each for each in person.subscriptions.all() if each.status == "confirmed"]
    chose = any(part.value in [topic.pk for topic in each.topic_list()] for each in reading)
    everything = any(
        each.selection is None and part.value in each.mailing_list.topics.values_list("pk", flat=True)
        for each in reading
    )
    return {"follows": chose or everything, "not_follows": not (chose or everything), "chose": chose}[part.operator]


def _tag(part: Condition, person: Subscriber, now: Any) -> bool:
    tags = {tag.pk for tag in person.tags.all()}
    return {
        "is": part.value in tags, "is_not": part.value not in tags, "empty": not tags, "not_empty": bool(tags),
    }[part.operator]  # fmt: skip


def _joined(part: Condition, person: Subscriber, now: Any) -> bool:
    day = timezone.localdate(person.created_at, institute_zone())
    if part.operator in {"in_last", "not_in_last"}:
        lately = day >= timezone.localdate(now, institute_zone()) - timedelta(days=int(part.value or 0) - 1)
        return lately == (part.operator == "in_last")
    return day.isoformat() < str(part.value) if part.operator == "before" else day.isoformat() > str(part.value)


def _source(part: Condition, person: Subscriber, now: Any) -> bool:
    came = any(
        each.source == part.value and each.action in CAME for each in ConsentRecord.objects.filter(subscriber=person)
    )
    return came == (part.operator == "is")


def _text(part: Condition, held: str) -> bool:
    return {
        "is": held == part.value, "is_not": held != part.value, "empty": not held, "not_empty": bool(held),
        "begins": held.lower().startswith(str(part.value).lower()),
    }[part.operator]  # fmt: skip


def _language(part: Condition, person: Subscriber, now: Any) -> bool:
    return _text(part, person.language)


def _zone(part: Condition, person: Subscriber, now: Any) -> bool:
    return _text(part, person.time_zone)


def _suppressed(part: Condition, person: Subscriber, now: Any) -> bool:
    return person.is_suppressed == (part.operator == "yes")


def _paused(part: Condition, person: Subscriber, now: Any) -> bool:
    return bool(person.paused_until and person.paused_until > now) == (part.operator == "yes")
