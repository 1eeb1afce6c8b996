"""Ask readers who went quiet whether they want to stay, and find those who don't react.

Only where readers are told apart: a newsletter that counts by reader, and has for 90 days, so that quiet means
something. Nobody is taken who opened or clicked anything since, pressed the button, changed their preferences, or
joined again: the segment field “hasn't reacted since” says so, here and in the list of people
(newsletters.events.clicks).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

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
from newsletters.models import Edition, Newsletter, Reengagement
from newsletters.rendering.last_question import words_of_question
from newsletters.reports.list_figures import QUIET, read_list_figures
from newsletters.reports.reengaging_message import QUIET_READERS, QuietReadersContext
from subscribers import languages
from subscribers.jobs import selecting, working
from subscribers.links import STAY_PATH
from subscribers.models import BulkJob, MailingList, Segment

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
    return ""


def ask_quiet_readers(newsletter: Newsletter, *, days: int, unsubscribes: bool, by: User) -> Reengagement:
    """A draft that asks them, for an editor to read and send. The days begin when it begins to go out."""
    if reason := why_not(newsletter):
        raise CantAsk(reason)
    if not FEWEST_DAYS <= days <= MOST_DAYS:
        raise CantAsk(_("Give them between %(few)d and %(most)d days.") % {"few": FEWEST_DAYS, "most": MOST_DAYS})
    with transaction.atomic():
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


def _quiet_rule(list_id: int) -> Rule:
    """As `list_figures` counts them, in the words of segments: on the list, here for 90 days, sent an edition since
    they last opened or clicked one, which was 90 days ago or never. The audience leaves out who pauses or is
    suppressed."""
    days = QUIET.days
    return {
        "all": [
            {"field": "list", "is": "confirmed", "value": list_id},
            {"field": "joined", "is": "not_in_last", "value": days},
            {"field": "opened", "is": "not_in_last", "value": days},
            {"field": "clicked", "is": "not_in_last", "value": days},
            {"field": "unopened", "is": "none_of", "value": 1},
        ]
    }


def _silent_rule(list_id: int, edition_id: int) -> Rule:
    return {
        "all": [
            {"field": "list", "is": "confirmed", "value": list_id},
            {"field": "edition_read", "is": "no_reaction", "value": edition_id},
        ]
    }


def _segment(name: str, rule: Rule, by: User | None) -> Segment:
    name = free_name(name[:110], set(Segment.objects.values_list("name", flat=True)))
    slug = free_name(readable_slug(name, most=70) or "segment", set(Segment.objects.values_list("slug", flat=True)))
    return Segment.objects.create(name=name, slug=slug, rule=rule, created_by=by)


# --- When the days are over -----------------------------------------------------------------------------------------
def due_at(asked: Reengagement) -> datetime | None:
    """None before the edition has begun to go out."""
    began = asked.edition.frozen_at
    return began + timedelta(days=asked.days) if began else None


def finish_due(now: datetime | None = None) -> int:
    """A worker's part, as often as it likes: begin what is due, and tell who started it what came of it. How many were
    told. One whose edition never goes out waits and does nothing; and where the edition went out without telling
    readers apart, nobody is found: then that is what is told."""
    now = now or timezone.now()
    begun = Reengagement.objects.filter(over_at__isnull=True, edition__frozen_at__isnull=False)
    told = 0
    for pk in list(begun.order_by("pk").values_list("pk", flat=True)):
        with transaction.atomic():
            asked = begun.select_related("edition__newsletter__mailing_list", "job", "started_by")
            row = asked.select_for_update(of=("self",)).filter(pk=pk).first()
            if row is not None and (due_at(row) or now) <= now:
                told += _go_on(row, now)
    return told


def _go_on(asked: Reengagement, now: datetime) -> bool:
    mailing_list = asked.edition.newsletter.mailing_list
    if asked.found is None and asked.edition.tracking == Newsletter.Tracking.READER:
        rule = _silent_rule(mailing_list.pk, asked.edition_id)
        selection = selecting.by_rule(rule)
        asked.found = selecting.people_of(selection).count()
        asked.silent = _segment(_("No reaction to %s") % asked.edition, rule, asked.started_by) if asked.found else None
        if asked.unsubscribes and asked.found:
            note = f"didn't react to {asked.edition}, which asked whether to go on, within {asked.days} days"
            by = asked.started_by.get_username() if asked.started_by else ""
            asked.job = working.begin(
                BulkJob.Action.UNSUBSCRIBE, {"list": mailing_list.pk, "note": note}, selection, by=by
            )
        asked.save(update_fields=["found", "job", "silent"])
    if asked.job is not None and asked.job.state in working.AT_WORK:
        return False
    Reengagement.objects.filter(pk=asked.pk).update(over_at=now)
    who = asked.started_by
    if who is None or not (who.is_active and who.email):
        return False
    post(QUIET_READERS, who.email, QuietReadersContext(asked.pk, who.pk))
    return True


def asked_of(newsletter: Newsletter) -> Sequence[Reengagement]:
    """The latest first, for the page that starts one."""
    rows = Reengagement.objects.filter(edition__newsletter=newsletter).exclude(edition__status=Edition.Status.CANCELLED)
    return list(rows.select_related("edition__newsletter", "silent", "job").order_by(F("pk").desc())[:10])
