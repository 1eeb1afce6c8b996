"""What a rule can ask about the person, their subscriptions, tags and consent. Everything that is in another table is
asked by EXISTS, which is never unknown and which both databases find by an index."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.db.models import Exists, Model, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from subscribers.institute import institute_zone
from subscribers.languages import offered
from subscribers.models import (
    ConsentRecord,
    MailingList,
    Subscriber,
    Subscription,
    Tag,
    TaggedSubscriber,
    Topic,
    TopicSelection,
)
from subscribers.models.lists import SubscriptionStatus as Status
from subscribers.segments.fields import (
    AFTER,
    BEFORE,
    EMPTY,
    IN_LAST,
    IS,
    IS_CHOICE,
    IS_NOT,
    IS_NOT_CHOICE,
    NOT_EMPTY,
    NOT_IN_LAST,
    Asked,
    Choices,
    Operator,
    RuleField,
    Takes,
)

CHOICE, NOTHING = Takes.CHOICE, Takes.NOTHING
_CAME = (ConsentRecord.Action.ASKED, ConsentRecord.Action.CONFIRMED, ConsentRecord.Action.RESUBSCRIBED)
_READING = gettext_lazy("Lists, topics and tags")


def own_fields() -> Iterator[RuleField]:
    yield LIST
    yield TOPIC
    yield TAG
    yield JOINED
    yield SOURCE
    yield LANGUAGE
    yield ZONE
    yield SUPPRESSED
    yield PAUSED


def _about(rows: QuerySet[Any]) -> Q:
    """There is one among these rows about the person."""
    return Q(Exists(rows.filter(subscriber=OuterRef("pk"))))


def _rows(model: type[Model], name: str) -> Choices:
    return list(model._default_manager.values_list("pk", name))


# --- Lists --------------------------------------------------------------------------------------------------------
def _on_list(asked: Asked) -> Q:
    rows = Subscription.objects.filter(mailing_list=asked.number)
    match asked.operator:
        case "confirmed":
            return _about(rows.filter(status=Status.CONFIRMED))
        case "not_confirmed":
            return ~_about(rows.filter(status=Status.CONFIRMED))
        case "pending":
            return _about(rows.filter(status=Status.PENDING))
        case "unsubscribed":
            return _about(rows.filter(status=Status.UNSUBSCRIBED))
        case _:
            return ~_about(rows)


def _lists_of(person: Subscriber) -> str:
    held = person.subscriptions.select_related("mailing_list").order_by("mailing_list__position", "mailing_list__name")
    return "; ".join(f"{each.mailing_list.name}: {each.get_status_display()}" for each in held)


LIST = RuleField(
    "list", gettext_lazy("Mailing list"),
    (
        Operator("confirmed", gettext_lazy("is subscribed to"), CHOICE),
        Operator("not_confirmed", gettext_lazy("is not subscribed to"), CHOICE),
        Operator("pending", gettext_lazy("has yet to confirm"), CHOICE),
        Operator("unsubscribed", gettext_lazy("has unsubscribed from"), CHOICE),
        Operator("never", gettext_lazy("was never on"), CHOICE),
    ),
    _on_list, _lists_of, lambda: _rows(MailingList, "name"), group=_READING,
)  # fmt: skip


# --- Topics -------------------------------------------------------------------------------------------------------
def _follows(asked: Asked) -> Q:
    """The choices with the topic and the lists that offer it are few, so the database reads them once."""
    reading = Subscription.objects.filter(status=Status.CONFIRMED)
    chosen = Q(selection__in=TopicSelection.topics.through.objects.filter(topic=asked.number).values("topicselection"))
    if asked.operator == "chose":
        return _about(reading.filter(chosen))
    # Without a choice they get everything that the list offers.
    offers = MailingList.topics.through.objects.filter(topic=asked.number).values("mailinglist")
    follows = _about(reading.filter(chosen | Q(selection__isnull=True, mailing_list__in=offers)))
    return ~follows if asked.operator == "not_follows" else follows


def _topics_of(person: Subscriber) -> str:
    reading = person.subscriptions.filter(status=Status.CONFIRMED).select_related("selection", "mailing_list")
    return "; ".join(
        f"{each.mailing_list.name}: {', '.join(topic.name for topic in each.topic_list()) or _('everything')}"
        for each in reading.prefetch_related("selection__topics")
    )


TOPIC = RuleField(
    "topic", gettext_lazy("Topic"),
    (
        Operator("follows", gettext_lazy("gets"), CHOICE),
        Operator("not_follows", gettext_lazy("does not get"), CHOICE),
        Operator("chose", gettext_lazy("has chosen"), CHOICE),
    ),
    _follows, _topics_of, lambda: _rows(Topic, "name"), group=_READING,
)  # fmt: skip


# --- Tags ---------------------------------------------------------------------------------------------------------
def _tagged(asked: Asked) -> Q:
    if asked.operator in {"empty", "not_empty"}:
        any_tag = _about(TaggedSubscriber.objects.all())
        return ~any_tag if asked.operator == "empty" else any_tag
    has = _about(TaggedSubscriber.objects.filter(tag=asked.number))
    return ~has if asked.operator == "is_not" else has


TAG = RuleField(
    "tag", gettext_lazy("Tag"), (IS_CHOICE, IS_NOT_CHOICE, EMPTY, NOT_EMPTY), _tagged,
    lambda person: ", ".join(tag.name for tag in person.tags.all()), lambda: _rows(Tag, "name"), group=_READING,
)  # fmt: skip


# --- The person ---------------------------------------------------------------------------------------------------
def _joined(asked: Asked) -> Q:
    """By days."""
    if asked.operator in {"in_last", "not_in_last"}:
        lately = Q(created_at__gte=asked.start_of(asked.first_day))
        return ~lately if asked.operator == "not_in_last" else lately
    day = date.fromisoformat(asked.text)
    if asked.operator == "before":
        return Q(created_at__lt=asked.start_of(day))
    return Q(created_at__gte=asked.end_of(day))


JOINED = RuleField(
    "joined", gettext_lazy("Joined"), (BEFORE, AFTER, IN_LAST, NOT_IN_LAST), _joined,
    lambda person: date_format(timezone.localtime(person.created_at, institute_zone()), "DATE_FORMAT"),
)  # fmt: skip


def _came_by(asked: Asked) -> Q:
    came = _about(ConsentRecord.objects.filter(source=asked.text, action__in=_CAME))
    return ~came if asked.operator == "is_not" else came


def _sources_of(person: Subscriber) -> str:
    found = person.consent_records.filter(action__in=_CAME).order_by("source").values_list("source", flat=True)
    return ", ".join(str(ConsentRecord.Source(source).label) for source in found.distinct())


SOURCE = RuleField(
    "source", gettext_lazy("Source of the consent"), (IS_CHOICE, IS_NOT_CHOICE), _came_by, _sources_of,
    lambda: [(str(value), str(label)) for value, label in ConsentRecord.Source.choices],
)  # fmt: skip


def _column(name: str, asked: Asked) -> Q:
    match asked.operator:
        case "empty":
            return Q(**{name: ""})
        case "not_empty":
            return ~Q(**{name: ""})
        case "begins":
            return Q(**{f"{name}__istartswith": asked.text})
        case "is_not":
            return ~Q(**{name: asked.text})
        case _:
            return Q(**{name: asked.text})


LANGUAGE = RuleField(
    "language", gettext_lazy("Language"), (IS_CHOICE, IS_NOT_CHOICE, EMPTY, NOT_EMPTY),
    lambda asked: _column("language", asked), lambda person: person.language,
    lambda: [(each.code, each.name) for each in offered()],
)  # fmt: skip
ZONE = RuleField(
    "zone", gettext_lazy("Time zone"),
    (IS, IS_NOT, Operator("begins", gettext_lazy("begins with")), EMPTY, NOT_EMPTY),
    lambda asked: _column("time_zone", asked), lambda person: person.time_zone,
)  # fmt: skip
_YES = pgettext_lazy("whether it is so", "yes")
_NO = pgettext_lazy("whether it is so", "no")
_YES_OR_NO = (Operator("yes", _YES, NOTHING), Operator("no", _NO, NOTHING))


def _suppressed(asked: Asked) -> Q:
    return Q(is_suppressed=asked.operator == "yes")


def _paused(asked: Asked) -> Q:
    paused = Q(paused_until__isnull=False, paused_until__gt=asked.now)
    return paused if asked.operator == "yes" else ~paused


SUPPRESSED = RuleField(
    "suppressed", gettext_lazy("Suppressed:"), _YES_OR_NO, _suppressed,
    lambda person: str(_YES if person.is_suppressed else _NO),
)  # fmt: skip
PAUSED = RuleField(
    "paused", gettext_lazy("Paused:"), _YES_OR_NO, _paused,
    lambda person: str(_YES if person.paused_until and person.paused_until > timezone.now() else _NO),
)  # fmt: skip
