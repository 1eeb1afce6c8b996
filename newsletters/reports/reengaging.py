"""Ask readers who went quiet whether they want to stay, and find those who don't react.

Only where readers are told apart: a newsletter that counts by reader, and has for 90 days, so that quiet means
something. Nobody is taken who wasn't quiet when the question began to go out, whatever audience its edition was given;
to whom it didn't get; who had it for fewer days than were promised; who opened or clicked anything since, pressed the
button, changed their preferences, or joined again. newsletters.reports.quiet says so, in one place for the job
and for the list of people that staff see.

Readers whose browser asks not to be tracked leave no trace when they click. So nobody is unsubscribed by itself where
that is honoured, which is the usual: staff look at the list and decide.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from lib.free_names import free_name
from lib.readable_slugs import readable_slug
from mail.outbox.posting import post
from newsletters.editions import composing, editing
from newsletters.editions.drafts import Block
from newsletters.models import CountedFolder, Edition, Newsletter, Reengagement
from newsletters.rendering.last_question import words_of_question
from newsletters.reports.list_figures import read_list_figures
from newsletters.reports.reengaging_message import QUIET_READERS, QuietReadersContext
from subscribers import languages
from subscribers.jobs import selecting, working
from subscribers.links import STAY_PATH
from subscribers.models import BulkJob, MailingList, Segment

logger = logging.getLogger(__name__)
UNSUBSCRIBE = "subscribers.change_subscription"
# After the last day, so that clicks of its end are counted wherever they came in. Longer where a machine is behind.
MARGIN = timedelta(hours=1)
FEWEST_DAYS, MOST_DAYS, USUAL_DAYS = 7, 90, 30  # shorter than who clicked is kept
Rule = dict[str, Any]


class CantAsk(ValueError):
    """The sentence says why."""


def why_not(newsletter: Newsletter) -> str:
    """Why quiet readers of this newsletter can't be asked; empty where they can."""
    if newsletter.tracking == Newsletter.Tracking.OFF:
        return _("Clicks and opens aren't counted, so nobody knows who went quiet.")
    if newsletter.tracking != Newsletter.Tracking.READER:
        return _("Clicks and opens are counted without knowing whose they are, so nobody knows who went quiet.")
    counted = read_list_figures(newsletter.mailing_list)
    if counted is None or counted.quiet is None:
        return _("It's known once clicks and opens have been counted by reader for 90 days.")
    if not counted.quiet:
        return _("Nobody has gone quiet.")
    if is_open := _open_question(newsletter.mailing_list_id):
        return (
            _("Readers of this list are being asked already: %s. Wait for its days to end, or delete its draft.")
            % is_open.edition
        )
    return ""


def why_not_by_itself() -> str:
    """Why nobody may be unsubscribed by itself; empty where it may be."""
    if settings.HONOUR_DO_NOT_TRACK:
        return _(
            "Of readers whose browser asks not to be tracked only the button counts: they look quiet even if they "
            "click every day. So nobody is unsubscribed by itself."
        )
    return ""


def ask_quiet_readers(newsletter: Newsletter, *, days: int, unsubscribes: bool, by: User) -> Reengagement:
    """A draft that asks them, for an editor to read and send. The days begin when all of it has gone out."""
    if not FEWEST_DAYS <= days <= MOST_DAYS:
        raise CantAsk(_("Give them between %(few)d and %(most)d days.") % {"few": FEWEST_DAYS, "most": MOST_DAYS})
    if unsubscribes and (reason := why_not_by_itself()):
        raise CantAsk(reason)
    if unsubscribes and not by.has_perm(UNSUBSCRIBE):
        raise CantAsk(_("You may not unsubscribe people."))
    with transaction.atomic():
        MailingList.objects.select_for_update().get(pk=newsletter.mailing_list_id)  # a second press waits here
        if reason := why_not(newsletter):
            raise CantAsk(reason)
        quiet = _quiet_segment(newsletter.mailing_list, by)
        edition = composing.compose(newsletter, by=by, articles=[])
        words = words_of_question(newsletter.name, languages.language_of(newsletter.language))
        edition.subject, edition.preheader = words.subject, words.preheader
        edition.include_segments = [quiet.pk]
        edition.save(update_fields=["subject", "preheader", "include_segments"])
        button = Block(kind="button", headline=words.button, url=STAY_PATH)
        editing.set_blocks(edition, [Block(kind="text", html=words.html), button])
        return Reengagement.objects.create(edition=edition, days=days, unsubscribes=unsubscribes, started_by=by)


def _quiet_segment(mailing_list: MailingList, by: User) -> Segment:
    """The one that is there with this rule, else a new one."""
    rule = _quiet_rule(mailing_list.pk)
    found = Segment.objects.filter(rule=rule).first()
    return found or _segment(_("Gone quiet: %s") % mailing_list.name, rule, by)


def _open_question(list_id: int) -> Reengagement | None:
    """Also a draft; not one that was cancelled."""
    rows = Reengagement.objects.filter(over_at__isnull=True, edition__newsletter__mailing_list=list_id)
    return rows.exclude(edition__status=Edition.Status.CANCELLED).select_related("edition__newsletter").first()


def _quiet_rule(list_id: int) -> Rule:
    return {"all": [{"field": "quiet", "is": "on", "value": list_id}]}


def _silent_rule(edition_id: int) -> Rule:
    """Quiet when they were asked, on the list that it went to; had their days; and haven't reacted."""
    return {"all": [{"field": "edition_read", "is": "no_answer", "value": edition_id}]}


def _segment(name: str, rule: Rule, by: User | None) -> Segment:
    name = free_name(name[:110], set(Segment.objects.values_list("name", flat=True)))
    slug = free_name(readable_slug(name, most=70) or "segment", set(Segment.objects.values_list("slug", flat=True)))
    return Segment.objects.create(name=name, slug=slug, rule=rule, created_by=by)


# --- When the days are over -----------------------------------------------------------------------------------------
def due_at(asked: Reengagement) -> datetime | None:
    """None before all of the edition has gone out, and again if it is sent on."""
    edition = asked.edition
    if edition.status != Edition.Status.SENT or edition.finished_at is None:
        return None
    return edition.finished_at + timedelta(days=asked.days) + MARGIN


def withdraw(pk: int, newsletter: Newsletter) -> bool:
    """Nobody is unsubscribed by itself, unless that has begun. False: it has, or there is nothing to withdraw."""
    rows = Reengagement.objects.filter(pk=pk, edition__newsletter=newsletter, unsubscribes=True)
    return bool(rows.filter(over_at__isnull=True, found__isnull=True).update(unsubscribes=False))


def finish_due(now: datetime | None = None) -> int:
    """A worker's part, as often as it likes: begin what is due, and tell who started it what came of it. How many were
    told. One whose edition never goes out, or is cancelled on its way, waits and does nothing; and where the edition
    went out without telling readers apart, nobody is found: then that is what is told."""
    now = now or timezone.now()
    begun = Reengagement.objects.filter(over_at__isnull=True, edition__status=Edition.Status.SENT)
    due = [
        row.pk
        for row in begun.select_related("edition").order_by("pk")
        if (at := due_at(row)) and at <= now and not _waits_for_clicks(row, at - MARGIN)
    ]
    told = 0
    for pk in due:
        try:
            told += _finish(pk, now)
        except Exception:  # the others go on; this one is tried again at the next round
            logger.exception("Re-engagement %s could not be finished", pk)
    return told


def _waits_for_clicks(asked: Reengagement, ends: datetime) -> bool:
    """Has a machine not counted yet what readers clicked until then? Who reacted there would be taken for silent."""
    machines = list(CountedFolder.objects.behind(ends).values_list("name", flat=True)[:5])
    if machines:
        logger.warning(
            "Re-engagement %s waits: the clicks of %s aren't counted until %s; after two days without a sign of it the "
            "machine is taken for gone", asked.pk, ", ".join(machines), ends.isoformat(timespec="minutes"),
        )  # fmt: skip
    return bool(machines)


@transaction.atomic
def _finish(pk: int, now: datetime) -> bool:
    rows = Reengagement.objects.select_related("edition__newsletter", "job", "started_by")
    asked = rows.select_for_update(of=("self",)).filter(pk=pk, over_at__isnull=True).first()
    if asked is None or (due_at(asked) or now + MARGIN) > now:
        return False
    return _go_on(asked, now)


def _go_on(asked: Reengagement, now: datetime) -> bool:
    if asked.found is None and asked.edition.tracking == Newsletter.Tracking.READER:
        rule = _silent_rule(asked.edition_id)
        selection = selecting.by_rule(rule)
        asked.found = selecting.people_of(selection).count()
        asked.silent = _segment(_("No reaction to %s") % asked.edition, rule, asked.started_by) if asked.found else None
        if asked.found and (by := _who_unsubscribes(asked)):
            list_id = (asked.edition.snapshot or {})["list_id"]  # to which it was sent
            note = f"didn't react to {asked.edition}, which asked whether to go on, within {asked.days} days"
            options = {"list": list_id, "note": note}
            asked.job = working.begin(BulkJob.Action.UNSUBSCRIBE, options, selection, by=by.get_username())
        asked.save(update_fields=["found", "job", "silent"])
    if asked.job is not None and asked.job.state in working.AT_WORK:
        return False
    Reengagement.objects.filter(pk=asked.pk).update(over_at=now)
    who = asked.started_by
    if who is None or not (who.is_active and who.email):
        return False
    post(QUIET_READERS, who.email, QuietReadersContext(asked.pk, who.pk))
    return True


def _who_unsubscribes(asked: Reengagement) -> User | None:
    """Who answers for it, if they still work here and may; else nobody, and the readers are only listed. So it is if
    the edition went out without the link by which they answer."""
    by = asked.started_by
    may = by is not None and by.is_active and by.has_perm(UNSUBSCRIBE)
    could_answer = STAY_PATH in json.dumps(asked.edition.snapshot)
    return by if may and could_answer and asked.unsubscribes and not why_not_by_itself() else None


def asked_of(newsletter: Newsletter) -> Sequence[Reengagement]:
    """The latest first, for the page that starts one."""
    rows = Reengagement.objects.filter(edition__newsletter=newsletter).exclude(edition__status=Edition.Status.CANCELLED)
    return list(rows.select_related("edition__newsletter", "silent", "job").order_by(F("pk").desc())[:10])
