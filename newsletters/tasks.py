"""Celery tasks: load by id, call one function of a stage, nudge what comes next.

Each may run twice, may be lost, and is made again by `reconcile`: the database holds the truth and the time.
"""

from __future__ import annotations

import logging
import time

from celery import shared_task
from django.utils import timezone

from lib.nudging import nudge
from lib.places import place_for
from newsletters.articles import comments, preparing
from newsletters.articles.archives import keeping as keeping_archives
from newsletters.articles.archives import waiting_archives
from newsletters.articles.feeds import due_feeds
from newsletters.delivery.engine import claiming, freezing, halting, rounds, sending
from newsletters.delivery.engine.stopping import stopping
from newsletters.editions import approving
from newsletters.editions.preflight import inspecting
from newsletters.events import incoming
from newsletters.events.clicks import counting, engagement, links, of_a_person
from newsletters.events.clicks.counted_folders import note_counted
from newsletters.reports import ages, list_figures, recipient_groups, reengaging
from subscribers import retention
from subscribers.imports import confirming, keeping, working
from subscribers.jobs import working as bulk_working
from subscribers.signup import reminding
from subscribers.tasks import work_on_bulk_job, work_on_import

logger = logging.getLogger(__name__)
ARCHIVE_SECONDS = 20.0  # of one archive, so that others have their turn
PREPARE_SECONDS = 30.0  # that one task prepares pictures for
EXPIRE_SECONDS = 30.0  # that one task deletes for, so that others have their turn
COUNTING, RECEIVING, FETCHING = "counting for reports", "receiving events", "fetching mail"  # what places are for
MOST_RECEIVING = 2  # tasks at once, so that those who send have their turn
MOST_SLICES = 8  # at once: more workers than this join at the next reconcile


@shared_task(expires=15)
def reconcile() -> None:
    """What is due, what was lost, what is done: every 15 seconds by beat, every second when embedded."""
    work = rounds.find_work()
    for edition_id in work.editions_to_start:
        nudge(start_edition, edition_id)
    for edition_id in inspecting.wanted():
        nudge(inspect_edition, edition_id)
    for approval_id in approving.untold():
        nudge(tell_approvers, approval_id)
    for import_id in working.waiting():
        nudge(work_on_import, import_id)
    for archive_id in waiting_archives.waiting():
        nudge(work_on_archive, archive_id)
    for job_id in bulk_working.waiting():
        nudge(work_on_bulk_job, job_id)
    _nudge_slices(work.chunks_to_send)
    if preparing.waiting(1):
        nudge(prepare_pictures)
    if counting.anything_waits():
        nudge(count_clicks)
    else:
        note_counted(until=timezone.now())
    if incoming.anything_waits():
        nudge(receive_events)
    if not halting.halted():
        reminding.remind_due()
        confirming.ask_due()


@shared_task
def start_edition(edition_id: int) -> None:
    """Freeze the audience and the variants of a queued edition, then have it sent."""
    if not halting.halted() and freezing.start(edition_id):
        _nudge_slices(claiming.claimable(timezone.now()))


@shared_task(expires=300)
def inspect_edition(edition_id: int) -> None:
    """Look at a draft's links, its sender's domain and a spam filter, for its preflight."""
    inspecting.inspect(edition_id)


@shared_task(expires=300)
def tell_approvers(approval_id: int) -> None:
    """A message to each who may approve an edition that somebody asks it for."""
    approving.tell_approvers(approval_id)


@shared_task(expires=60)
def send_slice() -> None:
    """Send for up to half a minute, and ask for the next slice when something is left."""
    if sending.send_slice() and not stopping.is_set():
        _nudge_slices(min(1, claiming.claimable(timezone.now())))


@shared_task(expires=30)
def prepare_pictures() -> None:
    """Make the files of large pictures that were uploaded, one after another; after so many seconds in a task behind
    those that wait meanwhile."""
    ends = time.monotonic() + PREPARE_SECONDS
    while (found := preparing.waiting(1)) and preparing.prepare(found[0]):
        if time.monotonic() > ends or stopping.is_set():
            nudge(prepare_pictures)
            return


@shared_task(expires=30)
def count_clicks() -> None:
    """What the web processes of this machine have written down."""
    counting.count_clicks()


@shared_task(expires=60)
def count_for_reports() -> None:
    """Once a minute: how far young editions have come; the recipients of one edition whose sending is over, by provider
    and language; and one list."""
    with place_for(COUNTING) as is_free:  # several workers would read the same ledger
        if is_free:
            ages.write_down_due(timezone.now())
            recipient_groups.count_waiting()
            list_figures.count_a_list_that_is_due()


@shared_task(expires=600)
def finish_reengagements() -> None:
    """Once an hour: where readers had their days to react to a last question, those who didn't."""
    counting.count_clicks()  # what this machine still holds, though its worker may have stood still
    reengaging.finish_due()


@shared_task(expires=60)
def receive_events() -> None:
    """Bounces, complaints and what services tell: what came in is read, and takes effect. While something waits, the
    next task goes on, behind those that wait meanwhile; each look nudges one more, up to so many at once."""
    with place_for(RECEIVING, MOST_RECEIVING) as is_free:
        goes_on = is_free and incoming.work_off() > 0 and incoming.anything_waits()
    if goes_on and not stopping.is_set():
        nudge(receive_events)


@shared_task(expires=60)
def fetch_mail() -> None:
    """Once a minute: bounces and answers that services keep for us, and those in the mailboxes of BOUNCE_MAILDIR and
    BOUNCE_IMAP. A look may take longer than a minute; another one beside it would ask for the same."""
    with place_for(FETCHING) as is_free:
        if is_free:
            incoming.fetch_mail()


@shared_task(expires=3600)
def recount_engagement() -> None:
    """Once a day: who opened and clicked lately, and what belongs to nobody any more."""
    while of_a_person.forget_nobodys() and not stopping.is_set():
        pass
    engagement.recount_all()


@shared_task(expires=10)
def poll_feeds() -> None:
    """Every ten seconds: feeds that are due, each by a task of its own, so that a slow one holds nobody up."""
    for source_id in due_feeds.due():
        nudge(poll_feed, source_id)


@shared_task(expires=30)
def poll_feed(source_id: int) -> None:
    """One look at a feed: what is new comes in."""
    from newsletters.articles.feeds import polling  # with clients for DNS and HTTP: 6 MB

    polling.poll(source_id)


@shared_task
def work_on_archive(archive_id: int) -> None:
    """Check an archive, bring it in or undo it for a while, and ask for the next slice when something is left."""
    from newsletters.articles.archives import working  # with clients for DNS and HTTP

    ends = time.monotonic() + ARCHIVE_SECONDS
    if working.work_on(archive_id, until=lambda: time.monotonic() > ends or stopping.is_set()):
        nudge(work_on_archive, archive_id)


@shared_task(expires=600)
def sweep_originals() -> None:
    """Once an hour: files of uploads that came to nothing."""
    preparing.sweep()


def _nudge_slices(chunks: int) -> None:
    for _ in range(min(chunks, MOST_SLICES)):
        nudge(send_slice)


@shared_task(expires=600)
def expire_signups() -> None:
    """Once an hour, until none is left that has waited too long; and after so many seconds in a task behind those that
    wait meanwhile, since an installation that is upgraded may have years of them."""
    keeping.forget_old_files()
    keeping_archives.forget_old_files()
    links.forget_old_files()
    ends = time.monotonic() + EXPIRE_SECONDS
    while retention.forget_some() and not stopping.is_set():
        if time.monotonic() > ends:
            nudge(expire_signups)
            return


@shared_task(expires=60)
def look_after_comments() -> None:
    """Once a minute: tell the editors what waits, forget what is kept too long."""
    comments.look_after()
