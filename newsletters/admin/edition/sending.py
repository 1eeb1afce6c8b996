"""The buttons that move an edition: send, schedule, undo send, pause, resume, cancel.

Sending takes two steps: the page says in a sentence what will happen, to how many readers and when, and its button
repeats it. The press itself is one compare-and-set in editions.transitions; a second press is told who was first.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from lib.durations import duration_in_words
from lib.nudging import nudge
from lib.query_numbers import read_number
from newsletters import tasks
from newsletters.admin.acting_user import acting_name
from newsletters.admin.edition import approving
from newsletters.admin.edition.audience import (
    digests_in_words,
    others_in_words,
    segments_in_words,
    sending_time_in_words,
)
from newsletters.admin.edition.drafted import warn_if_changed
from newsletters.admin.edition.edition_page import EditionPage
from newsletters.admin.edition.edition_urls import edition_url
from newsletters.admin.edition.history import log_to_history
from newsletters.admin.edition.preflight import ask_for_inspection_unless_known, preflight_panel
from newsletters.admin.moments import from_now_in_words, moment_in_words
from newsletters.delivery.audience.duration import estimate_duration
from newsletters.delivery.ledger.totals import count_outcomes
from newsletters.editions import transitions
from newsletters.editions.preflight.audience import REPEATS
from newsletters.editions.schedule.coming import next_dates
from newsletters.editions.schedule.moments import instant
from newsletters.models import Edition, Newsletter
from subscribers.admin.reauthentication import unless_recent


def readers_in_words(edition: Edition, count: int) -> str:
    return ngettext("%(count)s reader of %(list)s", "%(count)s readers of %(list)s", count) % {
        "count": f"{count:,}",
        "list": edition.newsletter.mailing_list.name,
    }


# --- Send ---------------------------------------------------------------------------------------------------------
class WallTimeField(forms.DateTimeField):
    """A wall time in whatever zone its form is about. Read in the zone of the page, a time that clocks skip there would
    be refused although it exists where it is meant."""

    def to_python(self, value: Any) -> datetime | None:
        with timezone.override(UTC):
            return super().to_python(value)


class WhenForm(forms.Form):
    """A wall time in the newsletter's zone."""

    at = WallTimeField(
        label=gettext_lazy("Date and time"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S"],
        widget=forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"}),
        error_messages={
            "required": gettext_lazy("Choose a date and time."),
            "invalid": gettext_lazy("Write the date and time like 2026-12-31 07:00."),
        },
    )

    def __init__(self, *args: Any, zone: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.zone = zone

    def clean_at(self) -> datetime:
        typed: datetime = self.cleaned_data["at"]
        due_at = instant(typed.replace(tzinfo=None), ZoneInfo(self.zone))
        if due_at <= timezone.now():
            raise forms.ValidationError(
                _("%(moment)s has passed. Choose a later time, or send now.")
                % {"moment": moment_in_words(due_at, self.zone)}
            )
        return due_at


def send(request: HttpRequest, page: EditionPage) -> HttpResponseBase:
    edition = page.edition
    if edition.status != Edition.Status.DRAFT and request.method != "POST":
        messages.error(request, started_in_words(edition))
        return HttpResponseRedirect(edition_url(edition))
    zone = edition.newsletter.zone
    when: datetime | None = None
    form = WhenForm(zone=zone, initial={"at": _suggested(edition)})
    if request.method == "POST":  # for an edition that is no draft any more, the stage says who was first
        scheduled = request.POST.get("when") == "at"
        if scheduled:
            form = WhenForm(request.POST, zone=zone)
            if form.is_valid():
                when = form.cleaned_data["at"]
        if not scheduled or (when and "confirmed" in request.POST):
            try:
                return _queue(request, page, when)
            except transitions.RepeatsNotConfirmed:
                return _send_page(request, page, form, when, unconfirmed=True)
    ask_for_inspection_unless_known(page)
    warn_if_changed(request, page)
    if when and request.POST.get("fingerprint", page.fingerprint) != page.fingerprint:
        messages.warning(
            request, _("This edition has changed since you opened this page. Check it again before you send it.")
        )
        when = None
    return _send_page(request, page, form, when)


def undo_window_in_words(newsletter: Newsletter) -> str:
    """Exact up to two minutes, and rounded to minutes beyond; empty where there is none."""
    seconds = newsletter.undo_send_seconds
    if not seconds:
        return ""
    if seconds > 120:
        return duration_in_words(seconds)
    return ngettext("%(n)d second", "%(n)d seconds", seconds) % {"n": seconds}


def started_in_words(edition: Edition) -> str:
    """For who opens the page of sending too late: who was first, and when."""
    if not edition.queued_at:
        return _("%(edition)s is “%(status)s”, so you can't send it.") % {
            "edition": edition, "status": edition.get_status_display(),
        }  # fmt: skip
    return _("%(who)s already sent %(edition)s: %(when)s.") % {
        "who": edition.queued_by or _("Somebody"),
        "edition": edition,
        "when": moment_in_words(edition.queued_at, edition.newsletter.zone),
    }


def _queue(request: HttpRequest, page: EditionPage, when: datetime | None) -> HttpResponseBase:
    edition = page.edition
    if (question := unless_recent(request)) is not None:
        return question
    revision = read_number(request.POST.get("revision")) or 0
    seen = edition.status == Edition.Status.DRAFT and edition.revision == revision
    if seen and not page.audience.reached and not page.audience.is_too_slow:
        raise transitions.Refused(
            _("Nobody would get it: right now, no reader of the list would get any of its articles.")
        )
    window = timedelta(seconds=edition.newsletter.undo_send_seconds)
    queued = transitions.queue(
        edition.pk, revision=revision, by=acting_name(request), send_at=when, window=window,
        fingerprint=request.POST.get("fingerprint"), repeats=request.POST.get("repeats", ""),
    )  # fmt: skip
    if when is not None:
        words = moment_in_words(when, queued.newsletter.zone)
        log_to_history(request, queued, _("Scheduled for %(when)s.") % {"when": words})
        messages.success(request, _("%(edition)s goes out on %(when)s.") % {"edition": queued, "when": words})
        return HttpResponseRedirect(edition_url(edition))
    log_to_history(request, queued, _("Sent."))
    nudge(tasks.start_edition, queued.pk)
    if queued.held_until is None:
        messages.success(request, _("%(edition)s is being sent.") % {"edition": queued})
    else:
        words = _("%(edition)s goes out in %(time)s. You can still undo it.")
        messages.success(request, words % {"edition": queued, "time": undo_window_in_words(edition.newsletter)})
    return HttpResponseRedirect(edition_url(edition))


def _suggested(edition: Edition) -> datetime:
    """The date for which the schedule drafted it, the newsletter's next date, or tomorrow morning."""
    now = timezone.now()
    if edition.occurrence is not None and edition.occurrence.due_at > now:
        return edition.occurrence.due_at.astimezone(ZoneInfo(edition.newsletter.zone)).replace(tzinfo=None)
    if coming := next_dates(edition.newsletter, 1):
        return coming[0].due_at.astimezone(ZoneInfo(edition.newsletter.zone)).replace(tzinfo=None)
    tomorrow = now.astimezone(ZoneInfo(edition.newsletter.zone)).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time(7))


def _send_page(
    request: HttpRequest, page: EditionPage, form: WhenForm, when: datetime | None, *, unconfirmed: bool = False
) -> HttpResponse:
    edition, readers = page.edition, page.audience
    findings = preflight_panel(page, without=(REPEATS,))
    context = {
        **page.context(_("Send %(newsletter)s") % {"newsletter": edition.newsletter.name}),
        "fingerprint": page.fingerprint,
        "inbox_row": page.inbox_row,
        "number": page.content.number,
        "findings": findings,
        "blocked": any(finding.blocking for finding in findings),
        "approval": approving.approval_context(request, page),
        "not_approved": page.standing.why_not,
        "repeats": page.repeats,
        "repeats_problem": _repeats_problem(request) if unconfirmed else "",
        "reaches": readers.reached > 0 or readers.is_too_slow,
        "uncounted": readers.problem if readers.is_too_slow else "",
        "narrowed": segments_in_words(page.content),
        "others": others_in_words(readers),
        "digests": digests_in_words(readers),
        "duration": sending_time_in_words(estimate_duration(readers.reached)) if readers.reached else "",
        "window": undo_window_in_words(edition.newsletter),
        "readers": _("its readers") if readers.is_too_slow else readers_in_words(edition, readers.reached),
        "form": form,
        "when": when,
        "when_in_words": moment_in_words(when, edition.newsletter.zone) if when else "",
        "in_words": from_now_in_words(when) if when else "",
        "zone": edition.newsletter.zone,
        "zone_now": moment_in_words(timezone.now(), edition.newsletter.zone),
    }
    status = 422 if unconfirmed or (form.is_bound and form.errors) else 200
    return TemplateResponse(request, "admin/newsletters/edition/send.html", context, status=status)


def _repeats_problem(request: HttpRequest) -> str:
    if request.POST.get("repeats"):  # confirmed, but not this
        return _("What these readers have had has changed since you opened this page. Check it and confirm it again.")
    return _("Nothing was sent. Confirm that these readers get the articles again, or take the articles out.")


# --- Afterwards ---------------------------------------------------------------------------------------------------
def release(request: HttpRequest, page: EditionPage) -> HttpResponse:
    """Out with it, without waiting for the end of the window."""
    edition = page.edition
    transitions.release(edition.pk, by=acting_name(request))
    log_to_history(request, edition, _("Sent now, without the undo window."))
    nudge(tasks.start_edition, edition.pk)
    messages.success(request, _("%(edition)s is being sent.") % {"edition": edition})
    return HttpResponseRedirect(edition_url(edition))


def undo_send(request: HttpRequest, page: EditionPage) -> HttpResponse:
    edition = page.edition
    transitions.undo_send(edition.pk, by=acting_name(request))
    log_to_history(request, edition, _("Undid the send."))
    messages.success(request, _("%(edition)s is a draft again. Nobody got it.") % {"edition": edition})
    return HttpResponseRedirect(edition_url(edition))


def pause(request: HttpRequest, page: EditionPage) -> HttpResponse:
    edition = page.edition
    transitions.pause(edition.pk, by=acting_name(request))
    log_to_history(request, edition, _("Paused."))
    messages.success(request, _("%(edition)s is paused.") % {"edition": edition})
    return HttpResponseRedirect(edition_url(edition))


def resume(request: HttpRequest, page: EditionPage) -> HttpResponse:
    edition = page.edition
    transitions.resume(edition.pk, by=acting_name(request))
    log_to_history(request, edition, _("Resumed."))
    nudge(tasks.send_slice)
    messages.success(request, _("%(edition)s is being sent again.") % {"edition": edition})
    return HttpResponseRedirect(edition_url(edition))


def cancel(request: HttpRequest, page: EditionPage) -> HttpResponse:
    """For good, so it is asked once more."""
    edition = page.edition
    if request.method == "POST":
        transitions.cancel(edition.pk, by=acting_name(request))
        log_to_history(request, edition, _("Cancelled."))
        messages.success(request, _("%(edition)s is cancelled.") % {"edition": edition})
        return HttpResponseRedirect(edition_url(edition))
    context = {
        **page.context(_("Cancel %(edition)s?") % {"edition": edition}),
        "sums": count_outcomes(edition),
    }
    return TemplateResponse(request, "admin/newsletters/edition/cancel.html", context)
