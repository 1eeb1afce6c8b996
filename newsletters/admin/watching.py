"""How far an edition is: the sums of its ledger in words, for the page and for the script that refreshes it."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from newsletters.admin.moments import moment_in_words
from newsletters.admin.reasons import reason_in_words
from newsletters.delivery import ledger
from newsletters.delivery.ledger import Sums
from newsletters.models import Edition

MOVING = {Edition.Status.QUEUED, Edition.Status.SENDING, Edition.Status.PAUSED}


def context(edition: Edition) -> dict[str, Any]:
    sums = ledger.sums(edition)
    return {
        "sums": sums,
        "figures": figures(sums),
        "sentence": sentence(edition, sums),
        "settled": settled(sums),
        "moving": edition.status in MOVING,
        "scheduled": waits(edition),
        "skipped_reasons": [
            {"reason": reason_in_words(reason), "count": count}
            for reason, count in sorted(sums.skipped_reasons.items())
        ],
    }


def progress(request: HttpRequest, edition: Edition) -> HttpResponse:
    """What the page's script asks for every other second while something may still change."""
    sums = ledger.sums(edition)
    answer = JsonResponse(
        {
            "status": edition.status,
            "sentence": sentence(edition, sums),
            "figures": {figure["key"]: figure["count"] for figure in figures(sums)},
            "settled": settled(sums),
            "candidates": sums.candidates,
            "moving": edition.status in MOVING,
        }
    )
    answer["Cache-Control"] = "no-store"
    return answer


def settled(sums: Sums) -> int:
    return sums.accepted + sums.rejected + sums.skipped + sums.cancelled + sums.in_doubt


def figures(sums: Sums) -> list[dict[str, Any]]:
    """Each state of a recipient with its number; together they are all candidates."""
    named = [
        ("waiting", _("Waiting"), _("not handed out yet")),
        ("handed_out", _("Handed out"), _("being submitted now")),
        ("accepted", _("Accepted"), _("taken by the mail server of the reader or of our relay")),
        ("deferred", _("Put off"), _("the server asked to try again later")),
        ("retrying", _("Being tried again"), ""),
        ("rejected", _("Refused"), _("the server will not take it")),
        ("skipped", _("Not sent"), _("left, paused, suppressed, or no article for their topics")),
        ("cancelled", _("Called off"), _("the edition was cancelled before their turn")),
        ("in_doubt", _("In doubt"), _("handed to a server that never said whether it took it; not sent again")),
    ]
    return [{"key": key, "name": name, "meaning": meaning, "count": getattr(sums, key)} for key, name, meaning in named]


def sentence(edition: Edition, sums: Sums) -> str:
    """Where the edition stands, naming only what is known: accepted is not delivered."""
    status = edition.status
    if status == Edition.Status.QUEUED:
        return _queued(edition)
    if status == Edition.Status.DRAFT:
        return _("A draft: nothing was sent.")
    accepted = ngettext("%(n)s mail was accepted", "%(n)s mails were accepted", sums.accepted) % {
        "n": f"{sums.accepted:,}"
    }
    of_all = ngettext("of %(n)s recipient", "of %(n)s recipients", sums.candidates) % {"n": f"{sums.candidates:,}"}
    if status == Edition.Status.SENDING:
        return _("Submitting: %(accepted)s so far, %(of_all)s.") % {"accepted": accepted, "of_all": of_all}
    if status == Edition.Status.PAUSED:
        return _("Paused: %(accepted)s, %(of_all)s. %(why)s") % {
            "accepted": accepted, "of_all": of_all, "why": edition.paused_why,
        }  # fmt: skip
    if status == Edition.Status.CANCELLED:
        return _("Cancelled: %(accepted)s, %(of_all)s.") % {"accepted": accepted, "of_all": of_all}
    return _("Sent: %(accepted)s, %(of_all)s.") % {"accepted": accepted, "of_all": of_all}


def waits(edition: Edition) -> bool:
    """Approved for a time that was then still to come, and not begun."""
    if edition.status != Edition.Status.QUEUED or not edition.send_at or not edition.queued_at:
        return False
    return edition.send_at > edition.queued_at


def _queued(edition: Edition) -> str:
    if waits(edition) and edition.send_at:
        return _("Waits to be sent on %(when)s.") % {"when": moment_in_words(edition.send_at, edition.newsletter.zone)}
    return _("Preparing: the mails are being made.")
