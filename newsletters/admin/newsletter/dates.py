"""One date of a newsletter's schedule: as planned, at another time, or skipped."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from newsletters.admin.edition.edition_page import VIEW
from newsletters.admin.edition.edition_urls import edition_url
from newsletters.admin.moments import moment_in_words, yours_in_words
from newsletters.admin.roles import may, require
from newsletters.editions.schedule.changing import (
    FARTHEST,
    CantChange,
    date_to_come,
    move_date,
    restore_date,
    skip_date,
)
from newsletters.editions.schedule.moments import Moment, in_words, instant
from newsletters.models import Edition, Newsletter
from subscribers.admin.plain_text_forms import PlainTexts

CHANGE = "newsletters.change_newsletter"


class DateForm(PlainTexts, forms.Form):
    what = forms.ChoiceField(
        label=gettext_lazy("What happens on this date"),
        required=False,
        choices=[
            ("keep", gettext_lazy("As the schedule has it")),
            ("move", gettext_lazy("At another time")),
            ("skip", gettext_lazy("Skip it")),
        ],
        widget=forms.RadioSelect,
    )
    day = forms.DateField(
        label=gettext_lazy("New date"), required=False,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )  # fmt: skip
    at = forms.TimeField(
        label=gettext_lazy("Time"), required=False, widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"})
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"), required=False, max_length=120,
        help_text=gettext_lazy("For your colleagues: shown with the date, never to readers."),
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not cleaned.get("what") and "what" not in self.errors:
            self.add_error("what", _("Choose what happens on this date."))
        if cleaned.get("what") == "keep" and {"day", "at"} & set(self.changed_data):
            self.add_error(
                "what", _("You entered another date or time. Choose “At another time”, or leave them as they were.")
            )
        if cleaned.get("what") == "move":
            for name, missing in [("day", _("Enter the new date.")), ("at", _("Enter the time."))]:
                if name not in self.errors and not cleaned.get(name):
                    self.add_error(name, missing)
        return cleaned


def date_url(newsletter_id: int, day: date) -> str:
    return reverse("admin:newsletters_newsletter_date", args=[newsletter_id, day.isoformat()])


def change_date(request: HttpRequest, pk: int, day: str) -> HttpResponse:
    require(request, CHANGE, _("Change the schedule"))
    newsletter = Newsletter.objects.filter(pk=pk).first()
    try:
        chosen = date.fromisoformat(day)
    except ValueError:
        chosen = None
    if newsletter is None or chosen is None:
        raise Http404(_("This date doesn't exist."))
    calendar = _calendar_of(chosen)
    try:
        moment = date_to_come(newsletter, chosen)
    except CantChange as why:
        drafted = Edition.objects.filter(occurrence__newsletter=newsletter, occurrence__nominal__startswith=day).first()
        if drafted is not None and drafted.status == Edition.Status.DRAFT and may(request, VIEW):
            messages.info(request, _("The edition of this date is drafted. Here it can be sent, skipped or changed."))
            return HttpResponseRedirect(edition_url(drafted))
        messages.error(request, str(why))
        return HttpResponseRedirect(calendar)
    form = DateForm(request.POST if request.method == "POST" else None, initial=_as_it_is(newsletter, moment, request))
    if form.is_bound and form.is_valid():
        try:
            said = _change(newsletter, chosen, form.cleaned_data)
        except CantChange as why:
            form.add_error("day" if form.cleaned_data["what"] == "move" else None, str(why))
        else:
            admin.site.get_model_admin(Newsletter).log_change(request, newsletter, said)
            messages.success(request, said)
            moved = form.cleaned_data["what"] == "move"
            return HttpResponseRedirect(_calendar_of(form.cleaned_data["day"]) if moved else calendar)
    context = {
        **admin.site.each_context(request),
        "title": _("%(newsletter)s on %(day)s") % {
            "newsletter": newsletter, "day": in_words(moment, newsletter.zone).partition(" at ")[0],
        },
        "opts": Newsletter._meta,
        "newsletter": newsletter,
        "form": form,
        "moment": moment,
        "words": in_words(moment, newsletter.zone),
        "calendar": calendar,
        "yours": yours_in_words(moment.due_at, newsletter.zone),
    }  # fmt: skip
    status = 422 if form.errors else 200
    return TemplateResponse(request, "admin/newsletters/newsletter/date.html", context, status=status)


def _calendar_of(day: date) -> str:
    return f"{reverse('admin:newsletters_newsletter_calendar')}?month={day:%Y-%m}"


def _as_it_is(newsletter: Newsletter, moment: Moment, request: HttpRequest) -> dict[str, Any]:
    """With the day to which it was dragged, where it was."""
    local = moment.due_at.astimezone(ZoneInfo(newsletter.zone))
    first: dict[str, Any] = {"what": "keep", "day": local.date(), "at": local.time()}
    if moment.is_moved:
        first["what"] = "move"
    elif moment.skipped:
        change = newsletter.schedule_changes.filter(day=moment.nominal.date()).first()
        first |= {"what": "skip", "reason": change.reason} if change else {}
    with suppress(ValueError):  # else it was not dragged, or to nowhere: the form shows the date as it is
        first |= {"day": date.fromisoformat(request.GET.get("to", "")), "what": "move"}
    return first


def _change(newsletter: Newsletter, day: date, chosen: dict[str, Any]) -> str:
    """Do what was chosen, and say so. Raises CantChange."""
    if chosen["what"] == "skip":
        skip_date(newsletter.pk, day, reason=chosen["reason"])
        return _("%(newsletter)s skips %(day)s.") % {"newsletter": newsletter, "day": f"{day:%-d %B %Y}"}
    if chosen["what"] == "move":
        try:
            to = instant(datetime.combine(chosen["day"], chosen["at"]), ZoneInfo(newsletter.zone))
        except OverflowError:  # the first day or the last that a calendar has
            raise CantChange(_("Choose a time within the next %d days.") % FARTHEST.days) from None
        move_date(newsletter.pk, day, to)
        return _("%(newsletter)s comes on %(when)s instead of %(day)s.") % {
            "newsletter": newsletter, "when": moment_in_words(to, newsletter.zone), "day": f"{day:%-d %B %Y}",
        }  # fmt: skip
    restore_date(newsletter.pk, day)
    return _("%(newsletter)s comes as its schedule has it.") % {"newsletter": newsletter}


def as_list(newsletter: Newsletter, coming: list[Moment]) -> SafeString:
    """The next dates, each with a link to change it, which says so to those who may not; skipped ones with why."""
    rows = (
        (
            in_words(moment, newsletter.zone), yours_in_words(moment.due_at, newsletter.zone), _state(moment),
            date_url(newsletter.pk, moment.nominal.date()), _("Change"),
        )
        for moment in coming
    )  # fmt: skip
    return format_html(
        '<ul class="iria-dates">{}</ul>',
        format_html_join("", '<li>{} <small>{}</small> {} <a href="{}">{}</a></li>', rows),
    )


def _state(moment: Moment) -> SafeString | str:
    if moment.skipped:
        return format_html('<strong class="iria-skipped">{}</strong>', _("Skipped: %s") % moment.skipped)
    if moment.is_moved:
        return format_html("<em>{}</em>", _("moved from %s") % f"{moment.nominal:%-d %B}")
    return ""
