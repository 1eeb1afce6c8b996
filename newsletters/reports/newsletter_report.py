"""What is known of a newsletter over time, as plain data: growth, the last editions, what readers follow, the list."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Count, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from newsletters.delivery.ledger.totals import count_outcomes_of
from newsletters.models import Article, CountedLink, Edition, EditionHour, EditionItem, Newsletter
from newsletters.models.links import mailed_url
from newsletters.rendering.block_context import whole
from newsletters.reports.came_back import people_by_edition
from newsletters.reports.list_figures import CountedList, read_list_figures
from newsletters.reports.measures import Coverage, Level, Measure, complaint_level, not_counted
from subscribers.growth import Week, count_growth
from subscribers.models import ConsentRecord, Topic

WEEKS = 26
LATEST = 10  # editions in the table
LOOK_BACK = timedelta(days=90)  # for articles, topics and hours
MOST_EDITIONS = 100  # of that time
BEST = 10
FEWEST_ARTICLES = 3  # that tell something of a topic
_ARTICLES = ("edition", "article__title", "article__slug", "article__original_url")  # what names one, and its path


@dataclass(frozen=True, slots=True)
class EditionInTable:
    """Shares are of the recipients, the complaints' of the accepted mails; None where nobody knows."""

    edition_id: int
    name: str
    began_at: datetime
    recipients: int
    accepted: float
    rejected: float
    clicks: float | None  # per recipient
    unsubscribed: float
    bounced: float | None
    complaints: float | None
    level: Level


@dataclass(frozen=True, slots=True)
class BestArticle:
    title: str
    edition: str
    clicks: int
    rate: float  # clicks per recipient of its edition


@dataclass(frozen=True, slots=True)
class BestTopic:
    name: str
    articles: int
    clicks: int
    rate: float  # clicks per recipient and article


@dataclass(frozen=True, slots=True)
class NewsletterReport:
    newsletter_id: int
    name: str
    list_name: str
    counted_at: datetime
    zone: str
    weeks: tuple[Week, ...]  # the oldest first; the last is not over
    editions: tuple[EditionInTable, ...]  # the latest first
    counts_clicks: bool  # in any of the editions looked at
    articles: tuple[BestArticle, ...]
    topics: tuple[BestTopic, ...]
    hours: tuple[int, ...]  # people's clicks by hour of the day in `zone`, 24 of them; empty: not counted
    quiet: Measure
    counted_list: CountedList | None  # None: not counted yet


def report_newsletter(newsletter: Newsletter, now: datetime | None = None) -> NewsletterReport:
    now = now or timezone.now()
    begun = Edition.objects.filter(newsletter=newsletter, frozen_at__isnull=False, candidates__gt=0)
    editions = list(
        begun.select_related("newsletter").defer("snapshot", "introduction").order_by("-frozen_at")[:MOST_EDITIONS]
    )
    lately = [each for each in editions if each.frozen_at and each.frozen_at >= now - LOOK_BACK]
    recipients = {each.pk: each.recipients for each in lately}  # without the chunks, of which there may be 100,000
    counted_list = read_list_figures(newsletter.mailing_list)
    followed = _Followed(lately, recipients)
    return NewsletterReport(
        newsletter_id=newsletter.pk,
        name=newsletter.name,
        list_name=newsletter.mailing_list.name,
        counted_at=now,
        zone=newsletter.zone,
        weeks=count_growth(now, newsletter.mailing_list_id, WEEKS).weeks,
        editions=_table(editions[:LATEST], newsletter.mailing_list_id),
        counts_clicks=bool(followed.links),
        articles=followed.articles(),
        topics=followed.topics(),
        hours=_hours(lately, ZoneInfo(newsletter.zone)) if followed.links else (),
        quiet=_quiet(newsletter, counted_list),
        counted_list=counted_list,
    )


def _quiet(newsletter: Newsletter, counted: CountedList | None) -> Measure:
    name = _("Gone quiet")
    if newsletter.tracking == Newsletter.Tracking.OFF:
        return not_counted("quiet", name, Coverage.OFF, _("Clicks and opens aren't counted."))
    if newsletter.tracking != Newsletter.Tracking.READER:
        return not_counted(
            "quiet", name, Coverage.NO, _("Clicks and opens are counted without knowing whose they are.")
        )
    if counted is None or counted.quiet is None:
        return not_counted("quiet", name, Coverage.NO, _not_known_yet(counted))
    confirmed = counted.health.confirmed
    share = counted.quiet / confirmed if confirmed else 0.0
    note = _(
        "Subscribed for more than 90 days, were sent an edition in that time that counts by reader, and neither "
        "clicked nor opened, as far as we can tell. People who pause or are suppressed aren't among them. A segment "
        "of them can get one last email; suppress those who stay quiet."
    )
    return Measure("quiet", name, counted.quiet, share, note=note)


def _not_known_yet(counted: CountedList | None) -> str:
    if counted is None:
        return _("A worker counts this within some minutes.")
    return _("Known once clicks and opens have been counted by reader for 90 days.")


def _table(editions: Sequence[Edition], list_id: int) -> tuple[EditionInTable, ...]:
    if not editions:
        return ()
    pks = [edition.pk for edition in editions]
    totals = {pk: each.of_recipients for pk, each in count_outcomes_of(editions).items()}
    clicks = dict(
        CountedLink.objects.filter(edition__in=pks).order_by().values_list("edition").annotate(found=Sum("people"))
    )
    left = _left_by_link(editions, list_id)
    came_back = people_by_edition(editions)
    rows = []
    for edition in editions:
        of_all, accepted = edition.recipients or 1, totals[edition.pk].accepted
        back = came_back.of_edition(edition.pk) if came_back else None
        rows.append(
            EditionInTable(
                edition_id=edition.pk,
                name=str(edition),
                began_at=edition.frozen_at or edition.created_at,
                recipients=edition.recipients,
                accepted=accepted / of_all,
                rejected=totals[edition.pk].rejected / of_all,
                clicks=clicks[edition.pk] / of_all if edition.pk in clicks else None,
                unsubscribed=left.get(edition.pk, 0) / of_all,
                bounced=back.bounced / of_all if back else None,
                complaints=back.complaints / (accepted or 1) if back else None,
                level=complaint_level(back.complaints, accepted) if back else Level.NONE,
            )
        )
    return tuple(rows)


def _left_by_link(editions: Sequence[Edition], list_id: int) -> dict[int, int]:
    """One query, over those who unsubscribed since the first of these editions began."""
    details = {f"edition {edition.pk}": edition.pk for edition in editions}
    rows = ConsentRecord.objects.filter(
        mailing_list=list_id, action=ConsentRecord.Action.UNSUBSCRIBED, detail__in=list(details),
        at__gte=min(edition.frozen_at for edition in editions if edition.frozen_at),
    )  # fmt: skip
    return {
        details[detail]: found for detail, found in rows.order_by().values_list("detail").annotate(found=Count("pk"))
    }


class _Followed:
    """What readers followed in these editions."""

    def __init__(self, editions: Sequence[Edition], recipients: Mapping[int, int]) -> None:
        self._names = {edition.pk: str(edition) for edition in editions}
        self._recipients = recipients
        rows = CountedLink.objects.filter(edition__in=self._names).annotate(mailed_url=mailed_url())
        self.links = {  # by what the mails said: a mended link still belongs to its article
            (edition, url): people for edition, url, people in rows.values_list("edition", "mailed_url", "people")
        }
        self._found = list(self._articles()) if self.links else []  # article, edition, clicks

    def _articles(self) -> Iterator[tuple[Article, int, int]]:
        items = EditionItem.objects.filter(edition__in=self._names, article__isnull=False)
        for item in items.select_related("article").only(*_ARTICLES):
            place = (item.edition_id, whole(item.article.path)) if item.article else None
            if item.article and place in self.links:
                yield item.article, item.edition_id, self.links[place]

    def _rate(self, edition: int, clicks: int) -> float:
        return clicks / self._recipients[edition] if self._recipients.get(edition) else 0.0

    def articles(self) -> tuple[BestArticle, ...]:
        """The most followed first, by clicks per recipient."""
        rows = [
            BestArticle(article.title, self._names[edition], clicks, self._rate(edition, clicks))
            for article, edition, clicks in self._found
            if clicks
        ]
        return tuple(sorted(rows, key=lambda row: (-row.rate, row.title))[:BEST])

    def topics(self) -> tuple[BestTopic, ...]:
        """The same, of topics with some articles. An article on two topics counts for both."""
        names: defaultdict[int, list[str]] = defaultdict(list)
        filed = Topic.articles.through.objects.filter(article__in={article.pk for article, _e, _c in self._found})
        for pk, name in filed.values_list("article", "topic__name"):
            names[pk].append(name)
        rates: defaultdict[str, list[float]] = defaultdict(list)
        total: Counter[str] = Counter()
        for article, edition, clicks in self._found:
            for name in names[article.pk]:
                rates[name].append(self._rate(edition, clicks))
                total[name] += clicks
        rows = [
            BestTopic(name, len(each), total[name], sum(each) / len(each))
            for name, each in rates.items()
            if len(each) >= FEWEST_ARTICLES
        ]
        return tuple(sorted(rows, key=lambda row: (-row.rate, row.name))[:BEST])


def _hours(editions: Sequence[Edition], zone: ZoneInfo) -> tuple[int, ...]:
    rows = EditionHour.objects.filter(edition__in=[each.pk for each in editions], kind=EditionHour.Kind.CLICK)
    clicks = [0] * 24
    for hour, people in rows.order_by().values_list("hour", "people"):
        clicks[hour.astimezone(zone).hour] += people
    return tuple(clicks)
