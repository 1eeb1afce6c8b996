"""What segments can ask about opens and clicks of readers: people's alone, machines never count.

Of newsletters that count by reader; of the others nobody knows who opened, so their editions are not offered.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import BigIntegerField, Case, Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Cast
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy

from newsletters.delivery.ledger.segment_fields import WAS_SENT
from newsletters.events.clicks.readers import bit_of
from newsletters.models import CountedLink, Delivery, Edition, Engagement, Newsletter, ReaderCount
from newsletters.models.deliveries import Outcome
from newsletters.reports.quiet import had_the_chance, is_quiet, lists_to_choose_from, quiet_subscriptions
from subscribers.institute import institute_zone
from subscribers.models import ConsentRecord, Subscriber, Topic
from subscribers.segments.fields import IN_LAST, NOT_IN_LAST, Asked, Choices, Operator, RuleField, Takes

GROUP = gettext_lazy("Opens and clicks")
MOST_EDITIONS = 1000  # that "the last … editions" may mean


def engagement_fields() -> Iterator[RuleField]:
    yield OPENED
    yield CLICKED
    yield UNOPENED
    yield OF_AN_EDITION
    yield GONE_QUIET
    yield CLICKED_TOPIC


def _by_people(**values: Any) -> QuerySet[ReaderCount]:
    return ReaderCount.objects.filter(rule="", **values)


def _of_person(rows: QuerySet[Any]) -> Q:
    """There is one among these rows about the person."""
    return Q(Exists(rows.filter(subscriber_id=OuterRef("pk"))))


# --- When last ----------------------------------------------------------------------------------------------------
def _was_lately(asked: Asked, column: str) -> Q:
    lately = _of_person(Engagement.objects.filter(**{f"{column}__gte": asked.start_of(asked.first_day)}))
    return ~lately if asked.operator == NOT_IN_LAST.name else lately


def _day_in_words(at: datetime | None) -> str:
    return date_format(at.astimezone(institute_zone()), "j F Y") if at else ""


def _last(person: Subscriber, column: str) -> str:
    return _day_in_words(Engagement.objects.filter(pk=person.pk).values_list(column, flat=True).first())


OPENED = RuleField(
    "opened", gettext_lazy("Last opened an email"), (IN_LAST, NOT_IN_LAST),
    lambda asked: _was_lately(asked, "opened_at"), lambda person: _last(person, "opened_at"), group=GROUP,
)  # fmt: skip
CLICKED = RuleField(
    "clicked", gettext_lazy("Last clicked a link"), (IN_LAST, NOT_IN_LAST),
    lambda asked: _was_lately(asked, "clicked_at"), lambda person: _last(person, "clicked_at"), group=GROUP,
)  # fmt: skip


# --- The last so many editions --------------------------------------------------------------------------------------
def _sent_since() -> QuerySet[Delivery]:
    """What people were sent of editions that count by reader, since the last one that they opened or clicked in. Of
    older editions than counts are kept nobody knows any more who opened them."""
    later = _by_people(subscriber_id=OuterRef("subscriber_id"), edition__frozen_at__gte=OuterRef("edition__frozen_at"))
    kept_since = timezone.now() - timedelta(days=settings.TRACKING_KEPT_DAYS)
    counted = Edition.objects.filter(tracking=Newsletter.Tracking.READER, frozen_at__gte=kept_since)
    sent = Delivery.objects.filter(outcome=Outcome.ACCEPTED, edition__in=counted.values("pk"))
    return sent.filter(~Exists(later))


def _has_not_opened(asked: Asked) -> Q:
    """Who was sent that many and reacted to none. Somebody who was sent fewer hasn't had the chance."""
    wanted = min(max(asked.number, 1), MOST_EDITIONS)
    people = _sent_since().values("subscriber_id").annotate(editions=Count("pk")).filter(editions__gte=wanted)
    return Q(pk__in=people.values("subscriber_id"))


def _sent_since_in_words(person: Subscriber) -> str:
    return str(_sent_since().filter(subscriber_id=person.pk).count() or "")


UNOPENED = RuleField(
    "unopened", gettext_lazy("Editions in a row"),
    (Operator("none_of", gettext_lazy("opened and clicked none of the last …"), Takes.NUMBER),),
    _has_not_opened, _sent_since_in_words, group=GROUP,
)  # fmt: skip


# --- One edition ----------------------------------------------------------------------------------------------------
def _did_with_edition(asked: Asked) -> Q:
    opened = _of_person(_by_people(edition=asked.number))  # who clicks has opened it, whether or not the picture came
    clicked = _of_person(_by_people(edition=asked.number, kind=ReaderCount.CLICK))
    match asked.operator:
        case "opened":
            return opened
        case "clicked":
            return clicked
        case "not_opened":
            return _was_sent(asked) & ~opened
        case "no_reaction":
            return _was_sent(asked) & ~_has_reacted_since(asked.number)
        case "no_answer":
            return had_the_chance(asked.number, asked.now) & ~_has_reacted_since(asked.number)
        case _:
            return _was_sent(asked) & ~clicked


def _has_reacted_since(edition: int) -> Q:
    """Since it began: opened or clicked in any edition, joined, or changed anything about their subscriptions."""
    began = Edition.objects.filter(pk=edition).values("frozen_at")[:1]
    read = _of_person(_by_people(last_at__gte=Subquery(began)))
    records = ConsentRecord.objects.filter(at__gte=Subquery(began), subscriber=OuterRef("pk"))
    return read | Q(Exists(records))


def _was_sent(asked: Asked) -> Q:
    return WAS_SENT.condition(Asked("is", asked.value, asked.now, asked.zone))


def _editions_opened(person: Subscriber) -> str:
    editions = _by_people(subscriber_id=person.pk).values("edition")
    newest = Edition.objects.filter(pk__in=editions).to_choose_from().order_by("-frozen_at")
    return ", ".join(map(str, newest[:3]))


def _counted_editions() -> Choices:
    counted = Edition.objects.filter(tracking=Newsletter.Tracking.READER, frozen_at__isnull=False)
    rows = counted.to_choose_from().order_by("-frozen_at")
    return [(edition.pk, f"{edition}: {edition.subject}"[:80]) for edition in rows]


OF_AN_EDITION = RuleField(
    "edition_read", gettext_lazy("One edition"),
    (
        Operator("opened", gettext_lazy("opened"), Takes.CHOICE),
        Operator("clicked", gettext_lazy("clicked in"), Takes.CHOICE),
        Operator("not_opened", gettext_lazy("was sent and didn't open"), Takes.CHOICE),
        Operator("not_clicked", gettext_lazy("was sent and didn't click in"), Takes.CHOICE),
        Operator("no_reaction", gettext_lazy("was sent and hasn't reacted since"), Takes.CHOICE),
        Operator("no_answer", gettext_lazy("asked them when quiet, and they let their days go by"), Takes.CHOICE),
    ),
    _did_with_edition, _editions_opened, _counted_editions, group=GROUP,
)  # fmt: skip


# --- Quiet on a list --------------------------------------------------------------------------------------------------
def _quiet_lists(person: Subscriber) -> str:
    now = timezone.now()
    quiet = (rows for pk, _name in lists_to_choose_from() if (rows := quiet_subscriptions(pk, now)) is not None)
    return ", ".join(
        name for rows in quiet for name in rows.filter(subscriber=person).values_list("mailing_list__name", flat=True)
    )


GONE_QUIET = RuleField(
    "quiet", gettext_lazy("Gone quiet"),
    (Operator("on", gettext_lazy("for 90 days on the list"), Takes.CHOICE),),
    lambda asked: is_quiet(asked.number, asked.now), _quiet_lists, lists_to_choose_from, group=GROUP,
)  # fmt: skip


# --- Articles on a topic --------------------------------------------------------------------------------------------
def _clicked_topic(asked: Asked) -> Q:
    clicked = _of_person(_clicks_on(asked.number))
    return ~clicked if asked.operator == "is_not" else clicked


def _clicks_on(topic: int) -> QuerySet[ReaderCount]:
    """Clicks on links to articles about it. The editions that have such links are few, and each is one mask of bits."""
    masks: dict[int, int] = {}
    links = CountedLink.objects.filter(
        article__topics=topic, number__lte=62, edition__tracking=Newsletter.Tracking.READER
    )
    for edition, number in links.values_list("edition_id", "number"):
        masks[edition] = masks.get(edition, 0) | bit_of(number)
    if not masks:
        return ReaderCount.objects.none()
    mask = Case(
        *(When(edition=edition, then=Value(bits, BigIntegerField())) for edition, bits in sorted(masks.items())),
        default=Value(0, BigIntegerField()),
        output_field=BigIntegerField(),
    )
    clicks = _by_people(kind=ReaderCount.CLICK, edition__in=list(masks))
    hit = F("links").bitand(Cast(mask, BigIntegerField()))  # type: ignore[arg-type] # django-stubs knows int alone
    return clicks.annotate(hit=hit).exclude(hit=0)


def _topics_clicked(person: Subscriber) -> str:
    articles: set[int] = set()
    links: dict[int, int] = {}
    for edition, bits in _by_people(subscriber_id=person.pk, kind=ReaderCount.CLICK).values_list("edition", "links"):
        links[edition] = links.get(edition, 0) | bits
    rows = CountedLink.objects.filter(edition__in=links, article__isnull=False, number__lte=62)
    for edition, number, article in rows.values_list("edition_id", "number", "article_id"):
        if bit_of(number) & links[edition] and article:
            articles.add(article)
    topics = Topic.objects.filter(articles__in=articles).distinct().order_by("position", "name")
    return ", ".join(topics.values_list("name", flat=True))


def _topics() -> Choices:
    return list(Topic.objects.values_list("pk", "name"))


CLICKED_TOPIC = RuleField(
    "clicked_topic", gettext_lazy("Clicked an article on"),
    (
        Operator("is", gettext_lazy("the topic"), Takes.CHOICE),
        Operator("is_not", gettext_lazy("never the topic"), Takes.CHOICE),
    ),
    _clicked_topic, _topics_clicked, _topics, group=GROUP,
)  # fmt: skip
