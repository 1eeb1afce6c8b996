"""Sending is halted, for instance since a backup was restored: a notice on every page, and the page where a person who
has looked says that it may go on."""

from __future__ import annotations

from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from lib.nudging import nudge
from newsletters import tasks
from newsletters.admin.acting_user import acting_name
from newsletters.admin.roles import may, require
from newsletters.delivery.engine import halting
from newsletters.models import Edition, SendingGuard

SEND = "newsletters.send_edition"
URL_NAME = "newsletters_edition_sending_stopped"


def why_stopped() -> str:
    """Empty where it isn't. One query, of one row."""
    return halting.halted()


def notice(request: HttpRequest) -> str:
    """Why nothing is sent, for those who may change that; empty for others, at no cost. One query, of one row."""
    return halting.halted() if may(request, SEND) else ""


def page(request: HttpRequest) -> HttpResponse:
    require(request, SEND, _("Resume sending"))
    why = halting.halted()
    if request.method == "POST":
        if why:
            halting.confirm(acting_name(request))
            _log_resumption(request, why)
            nudge(tasks.send_slice)
            messages.success(request, _("Sending resumed."))
        else:
            messages.info(request, _("Sending wasn't stopped. Nothing was changed."))
        return HttpResponseRedirect(reverse("admin:newsletters_edition_changelist"))
    under_way = Edition.objects.filter(status__in=[Edition.Status.QUEUED, Edition.Status.SENDING])
    context = {
        **admin.site.each_context(request),
        "title": _("Sending is stopped") if why else _("Sending is allowed"),
        "opts": Edition._meta,
        "why": why,
        "sending_stopped": "",  # the page says it itself
        "under_way": under_way.select_related("newsletter").defer("snapshot", "introduction")[:20] if why else (),
    }
    return TemplateResponse(request, "admin/newsletters/edition/halting.html", context)


def _log_resumption(request: HttpRequest, why: str) -> None:
    """In the list of what was done lately: it is about no edition in particular."""
    guard, user = SendingGuard.objects.filter(pk=1).first(), request.user.pk
    if guard is not None and user is not None:
        what = _("Resumed sending. It had been stopped: %(why)s") % {"why": why}
        LogEntry.objects.log_actions(user, [guard], CHANGE, what, single_object=True)
