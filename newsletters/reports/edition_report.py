"""Everything that is known of an edition, as plain data: what its page, the shared page, CSV, terminal and API print.

Whatever has no source says so (`Coverage`), and is never zero. It costs the same few queries however large the edition
is and however many there were.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from lib.percentages import percent
from newsletters.blocks.content import NewerContent
from newsletters.delivery.ledger.recipient_states import OUTCOMES
from newsletters.editions.subjects import subject_in_words, subject_parts_of
from newsletters.models import Edition, Newsletter
from newsletters.models.deliveries import Outcome
from newsletters.rendering.block_context import whole
from newsletters.rendering.content import EditionContent
from newsletters.reports import ages
from newsletters.reports.came_back import measure_what_came_back, people_by_domain
from newsletters.reports.clicks import EditionClicks, clicks_of
from newsletters.reports.figures import Report, report
from newsletters.reports.hours import ClickHours, HourOfEdition, Opens, click_hours, opens_of
from newsletters.reports.leaving import reasons_for_leaving
from newsletters.reports.measures import Coverage, Measure, Tally, Unit, not_counted
from newsletters.reports.programs import clicks_by_program
from newsletters.reports.recipient_groups import GroupOfRecipients, groups_of


@dataclass(frozen=True, slots=True)
class ReportedLink:
    number: int  # from 1: articles in the order of the email, then other links
    headline: str  # of the article that it leads to; empty for others
    url: str
    clicks: int  # of people
    machines: int
    share: float  # of all clicks of people
    mailed_url: str  # as the mail said; another than `url` once the link was mended


@dataclass(frozen=True, slots=True)
class EditionReport:
    edition_id: int
    name: str
    subject: str
    status: str
    began_at: datetime
    counted_at: datetime
    age: timedelta  # since it began
    looked_at: timedelta  # for how long unsubscribes and growth are put down to it
    recipients: int  # fixed when sending began
    compared: int  # earlier editions
    measures: tuple[Measure, ...]
    reasons: tuple[Tally, ...]  # for unsubscribing by its link
    counts_clicks: bool
    links: tuple[ReportedLink, ...]
    hours: tuple[HourOfEdition, ...]  # the first 48
    devices: tuple[Tally, ...]
    programs: tuple[Tally, ...]
    providers: tuple[GroupOfRecipients, ...] | None  # None: not counted yet
    languages: tuple[GroupOfRecipients, ...] | None

    def measure(self, key: str) -> Measure:
        return next(each for each in self.measures if each.key == key)


def report_edition(edition: Edition, now: datetime | None = None) -> EditionReport | None:
    """None for an edition that has not begun."""
    now = now or timezone.now()
    found = report(edition, now)
    if found is None:
        return None
    clicks = clicks_of(edition)
    hours = click_hours(edition, found.earlier, found.recipients_of, now)
    opens = opens_of(edition, found.earlier, found.recipients_of, now)
    is_off = edition.tracking == Newsletter.Tracking.OFF
    accepted, age = found.outcomes[Outcome.ACCEPTED].count, now - found.began_at
    usual = ages.usual_at(age, found.earlier, found.recipients_of)
    clickers = _of_clickers(edition, found, usual.clickers, age, is_counted=hours is not None)
    followed = [clickers, *_of_clicks(found, hours), _of_opens(found, opens, is_off=is_off)]
    came_back = measure_what_came_back(
        edition, found.earlier, found.recipients_of, accepted, age=age, usual_delivered=usual.delivered
    )
    is_known = any(each.key == "bounced" and each.coverage == Coverage.YES for each in came_back)
    groups = groups_of(edition, people_by_domain(edition) if is_known else None) or {}
    devices, programs = clicks_by_program(edition) if clicks else ((), ())
    return EditionReport(
        edition_id=edition.pk,
        name=str(edition),
        subject=subject_in_words(subject_parts_of([edition])[edition.pk]),
        status=edition.status,
        began_at=found.began_at,
        counted_at=now,
        age=age,
        looked_at=found.age,
        recipients=found.recipients,
        compared=found.compared,
        measures=(*_of_sending(found), *came_back, *followed, *_of_readers(found)),
        reasons=reasons_for_leaving(edition, edition.newsletter.mailing_list_id, found.began_at, found.ends_at),
        counts_clicks=clicks is not None,
        links=_links(edition, clicks) if clicks else (),
        hours=hours.hours if hours else (),
        devices=devices,
        programs=programs,
        providers=groups.get("provider"),
        languages=groups.get("language"),
    )


def _of_sending(found: Report) -> list[Measure]:
    """Each outcome that occurred; accepted and rejected always."""
    return [
        Measure(
            outcome.value, str(OUTCOMES[outcome].name), figure.count, figure.share, figure.usual,
            note=str(OUTCOMES[outcome].meaning),
        )
        for outcome, figure in found.outcomes.items()
        if outcome in {Outcome.ACCEPTED, Outcome.REJECTED} or figure.count
    ]  # fmt: skip


def _of_clickers(edition: Edition, found: Report, usual: float | None, age: timedelta, *, is_counted: bool) -> Measure:
    key, name = "clickers", _("Readers who clicked")
    if not is_counted:
        return not_counted(key, name, Coverage.OFF, _("Clicks weren't counted for this edition."))
    if edition.tracking != Newsletter.Tracking.READER:
        return not_counted(key, name, Coverage.NO, _("Clicks are counted without knowing whose they are."))
    note = _("People, as far as we can tell.")
    if age <= timedelta(days=settings.TRACKING_KEPT_DAYS):
        clickers: int | None = ages.count_clickers(edition.pk)
    else:
        clickers = ages.clickers_at_last(edition)
        note = _("As it was some weeks after sending. What each reader did is deleted after %(days)d days.") % {
            "days": settings.TRACKING_KEPT_DAYS
        }
    if clickers is None:
        note = _("What each reader did is deleted after %(days)d days.") % {"days": settings.TRACKING_KEPT_DAYS}
        return not_counted(key, name, Coverage.NO, note)
    return Measure(key, name, clickers, _per(clickers, found), usual, note=note)


def _of_clicks(found: Report, hours: ClickHours | None) -> list[Measure]:
    clicks = _("Clicks")
    if hours is None:
        return [not_counted("clicks", clicks, Coverage.OFF, _("Clicks weren't counted for this edition."))]
    return [
        Measure(
            "clicks", clicks, hours.total, _per(hours.total, found), hours.usual_rate, Unit.RATE,
            note=_("By people, as far as we can tell. Somebody who follows a link twice counts twice."),
        ),
        Measure(
            "machine_clicks", _("Clicks by programs"), hours.machines, _per(hours.machines, found),
            hours.usual_machine_rate, Unit.RATE,
            note=_("Programs that check emails. They are in no other number."),
        ),
    ]  # fmt: skip


def _of_opens(found: Report, opens: Opens | None, *, is_off: bool) -> Measure:
    name = _("Opens (estimate)")
    if is_off:
        return not_counted("opens", name, Coverage.OFF, _("Opens weren't counted for this edition."))
    if opens is None:
        note = _("No picture was loaded so far, or the emails hold none.")
        return not_counted("opens", name, Coverage.NO, note)
    loads = opens.people + opens.machines
    note = _("Not counted: %(machines)s loads by machines, %(share)s of all. Many programs load no pictures.") % {
        "machines": f"{opens.machines:,}", "share": percent(opens.machines / loads if loads else 0.0),
    }  # fmt: skip
    return Measure("opens", name, opens.people, _per(opens.people, found), opens.usual_rate, Unit.RATE, note=note)


def _per(number: int, found: Report) -> float:
    """Per recipient."""
    return number / found.recipients if found.recipients else 0.0


def _of_readers(found: Report) -> list[Measure]:
    came_and_went = _("%(came)s joined, %(gone)s unsubscribed") % {"came": f"{found.came:,}", "gone": f"{found.gone:,}"}
    return [
        Measure(
            "unsubscribed", _("Unsubscribed by its link"), found.left.count, found.left.share, found.left.usual
        ),
        Measure(
            "growth", _("List growth"), found.growth, usual=found.usual_growth, unit=Unit.NUMBER, note=came_and_went
        ),
    ]  # fmt: skip


def _links(edition: Edition, clicks: EditionClicks) -> tuple[ReportedLink, ...]:
    """All counted ones: first those of the articles in the order of the email, then the others. (Their numbers go by
    the mails in which they were met first: some readers get some of the articles.)"""
    headlines: dict[str, str] = {}
    with suppress(NewerContent):  # prepared by a newer version of Iria: the addresses say enough
        articles = EditionContent.from_json(edition.snapshot or {}).articles
        headlines = {whole(article.path): article.headline for article in articles}
    places = {url: place for place, url in enumerate(headlines)}
    total = clicks.people
    links = sorted(clicks.links, key=lambda link: (places.get(link.mailed_url, len(places)), link.number))
    return tuple(
        ReportedLink(
            number, headlines.get(link.mailed_url, ""), link.url, link.people, link.machines,
            link.people / total if total else 0.0, link.mailed_url,
        )
        for number, link in enumerate(links, 1)
    )  # fmt: skip
