"""How far an edition is, how fast it goes and why anything waits: in words, for the page and for its script.

What the page shows when it is opened and what the script asks for come from one place, so that they never differ. It
costs a handful of queries, whatever the size of the edition.
"""

from __future__ import annotations

import math
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lib.durations import duration_in_words
from lib.percentages import percent
from newsletters.admin.edition.edition_page import EditionPage
from newsletters.admin.moments import moment_in_words
from newsletters.delivery import progress
from newsletters.delivery.ledger.reasons import reason_in_words
from newsletters.delivery.ledger.recipient_states import OF_RECIPIENTS, SKIPPED
from newsletters.delivery.ledger.totals import count_outcomes
from newsletters.models import Edition
from newsletters.models.deliveries import Totals

MOVING = {Edition.Status.QUEUED, Edition.Status.SENDING, Edition.Status.PAUSED}


def progress_context(edition: Edition) -> dict[str, Any]:
    sums = count_outcomes(edition)
    return {
        "sums": sums,
        "of_all": sums.of_recipients,
        "figures": figures(sums),
        "skipped": sums.never_due,
        "skipped_state": SKIPPED,
        **_words(edition, sums),
        "settled": settled(sums.of_recipients),
        "moving": edition.status in MOVING,
        "watched": watched(edition, sums),
        "scheduled": waits(edition),
        "held": held(edition),
        "seconds_left": seconds_left(edition),
        "skipped_reasons": [
            {"reason": reason_in_words(reason), "count": count}
            for reason, count in sorted(sums.skipped_reasons.items())
        ],
    }


def answer_progress(request: HttpRequest, page: EditionPage) -> HttpResponse:
    """What the page's script asks for every other second while something may still change."""
    edition = page.edition
    sums = count_outcomes(edition)
    answer = JsonResponse(
        {
            "status": edition.status,
            **_words(edition, sums),
            "figures": {figure["key"]: figure["count"] for figure in figures(sums)} | {"skipped": sums.never_due},
            "settled": settled(sums.of_recipients),
            "recipients": sums.of_recipients.candidates,
            "watched": watched(edition, sums),
            "held": held(edition),
            "seconds_left": seconds_left(edition),
        }
    )
    answer["Cache-Control"] = "no-store"
    return answer


def _words(edition: Edition, sums: Totals) -> dict[str, Any]:
    """Where it stands, how fast it goes, how long that takes, and each reason why something waits."""
    speed, of_all = progress.speed(edition), sums.of_recipients
    return {
        "sentence": sentence(edition, sums),
        "rate": rate_in_words(speed),
        "left": left_in_words(of_all.waiting + of_all.handed_out + of_all.retrying, speed),
        "why": progress.reasons(edition, sums),
    }


def rate_in_words(speed: float) -> str:
    """“about 1,250 mails a second”: three digits are more than is known. Nothing where nothing is known."""
    if speed < 0.01:
        return ""
    if speed < 0.95:
        return _("about %(n)s emails per second") % {"n": f"{speed:.1g}"}
    about = round(speed, 2 - math.floor(math.log10(speed)))
    whole = round(about)
    return ngettext("about %(n)s email per second", "about %(n)s emails per second", whole) % {"n": f"{whole:,}"}


def left_in_words(count: int, speed: float) -> str:
    """“about 3 minutes left”. Deferred mail isn't in it: nobody knows what the server will say then."""
    if not count or speed < 0.01:
        return ""
    return _("%s left") % duration_in_words(count / speed, about=True)


def settled(sums: Totals) -> int:
    return sums.accepted + sums.rejected + sums.skipped + sums.cancelled + sums.in_doubt


def figures(totals: Totals) -> list[dict[str, Any]]:
    """Each state of a recipient with its number; together they are all recipients. Who was skipped stands aside."""
    of_all = totals.of_recipients
    return [
        {"key": state.key, "name": state.name, "meaning": state.meaning, "count": state.count_in(of_all)}
        for state in OF_RECIPIENTS
    ]


def sentence(edition: Edition, sums: Totals) -> str:
    """Where the edition stands, naming only what is known: accepted is not delivered."""
    status = edition.status
    if status == Edition.Status.QUEUED:
        return _queued(edition)
    if status == Edition.Status.DRAFT:
        return _("Draft. Nothing has been sent.")
    recipients = sums.of_recipients.candidates
    accepted = ngettext("%(n)s email accepted", "%(n)s emails accepted", sums.accepted) % {"n": f"{sums.accepted:,}"}
    of_all = ngettext("of %(n)s recipient", "of %(n)s recipients", recipients) % {"n": f"{recipients:,}"}
    if status == Edition.Status.SENDING:
        return _("Sending: %(accepted)s so far, %(of_all)s.") % {"accepted": accepted, "of_all": of_all}
    if status == Edition.Status.PAUSED:
        return _("Paused: %(accepted)s, %(of_all)s. %(why)s") % {
            "accepted": accepted, "of_all": of_all, "why": edition.paused_why,
        }  # fmt: skip
    if status == Edition.Status.CANCELLED:
        return _("Cancelled: %(accepted)s, %(of_all)s.") % {"accepted": accepted, "of_all": of_all}
    return _("Sent: %(accepted)s, %(of_all)s (%(share)s).") % {
        "accepted": accepted, "of_all": of_all, "share": percent(sums.accepted / recipients if recipients else 0),
    }  # fmt: skip


def watched(edition: Edition, sums: Totals) -> bool:
    """May its sums still change by themselves? Those of a cancelled edition do, until each recipient has an outcome."""
    ending = edition.status == Edition.Status.CANCELLED and settled(sums) < sums.candidates
    return edition.status in MOVING or ending


def waits(edition: Edition) -> bool:
    """Scheduled for a time that is still to come. “Send now” moves the time to now, and then it is being prepared."""
    if edition.status != Edition.Status.QUEUED or edition.send_at is None or edition.held_until is not None:
        return False
    return edition.send_at > timezone.now()


def held(edition: Edition) -> bool:
    """May it still be called back before anything begins?"""
    return edition.status == Edition.Status.QUEUED and seconds_left(edition) > 0


def seconds_left(edition: Edition) -> int:
    """Of the window in which it can be called back."""
    if edition.held_until is None:
        return 0
    return max(0, math.ceil((edition.held_until - timezone.now()).total_seconds()))


def _queued(edition: Edition) -> str:
    if waits(edition) and edition.send_at:
        return _("Scheduled for %(when)s.") % {"when": moment_in_words(edition.send_at, edition.newsletter.zone)}
    if held(edition) and edition.held_until:
        local = edition.held_until.astimezone(ZoneInfo(edition.newsletter.zone))
        words = _("Goes out at %(time)s (%(zone)s). You can still undo it.")
        return words % {"time": f"{local:%H:%M:%S}", "zone": edition.newsletter.zone}
    return _("Preparing the emails.")
