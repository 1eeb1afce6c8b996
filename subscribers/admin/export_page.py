"""People as a file to take away: of a list, of a segment or everybody, streamed, after the password was typed again."""

from __future__ import annotations

import logging
from collections.abc import Iterator

from django import forms
from django.contrib import admin
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from subscribers.admin.reauthentication import unless_recent
from subscribers.exports.audience import export_rows
from subscribers.exports.files import csv_lines, json_lines
from subscribers.exports.rows import Row
from subscribers.models import MailingList, Segment, Subscriber
from subscribers.segments.compiling import people_in
from subscribers.segments.rules import BadRule, parse_rule

PERMISSION = "subscribers.export_subscriber"
URL_NAME = "subscribers_subscriber_export"
logger = logging.getLogger(__name__)
_KINDS = {"csv": (csv_lines, "text/csv"), "jsonl": (json_lines, "application/jsonl")}


class ExportForm(forms.Form):
    mailing_list = forms.ModelChoiceField(
        MailingList.objects.all(), required=False, label=gettext_lazy("Mailing list"), empty_label=gettext_lazy("all"),
        help_text=gettext_lazy("Everybody who is or was on it, whatever their status."),
    )  # fmt: skip
    segment = forms.ModelChoiceField(
        Segment.objects.all(), required=False, label=gettext_lazy("Segment"), empty_label=gettext_lazy("none"),
        help_text=gettext_lazy("Only people who are in it. With a list as well: people who are in both."),
    )  # fmt: skip
    kind = forms.ChoiceField(
        label=gettext_lazy("File"), initial="csv", widget=forms.RadioSelect,
        choices=[("csv", gettext_lazy("CSV, for a spreadsheet")), ("jsonl", gettext_lazy("JSON Lines, for programs"))],
    )  # fmt: skip

    def clean_segment(self) -> Segment | None:
        """A rule that can't be asked (its list was deleted, say) must not become everybody."""
        segment: Segment | None = self.cleaned_data["segment"]
        self.people = None
        if segment is not None:
            try:
                self.people = people_in(parse_rule(segment.rule))
            except BadRule as problem:
                raise forms.ValidationError(str(problem)) from None
        return segment


def show_export(request: HttpRequest) -> HttpResponseBase:
    if not request.user.has_perm(PERMISSION):
        raise PermissionDenied
    form = ExportForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        return unless_recent(request) or _file(request, form)
    context = {**admin.site.each_context(request), "title": _("Export people"), "opts": Subscriber._meta, "form": form}
    return TemplateResponse(
        request, "subscribers/admin/export.html", context, status=422 if form.is_bound and form.errors else 200
    )


def _file(request: HttpRequest, form: ExportForm) -> StreamingHttpResponse:
    mailing_list, segment = form.cleaned_data["mailing_list"], form.cleaned_data["segment"]
    by = int(request.user.pk or 0)  # nobody who isn't signed in has the right
    whose = " + ".join(str(each) for each in (mailing_list, segment) if each) or _("everybody")
    LogEntry.objects.create(
        user_id=by, content_type=ContentType.objects.get_for_model(Subscriber), object_id=None,
        object_repr=f"Export: {whose}"[:200], action_flag=CHANGE, change_message="Exported.",
    )  # fmt: skip
    lines, content_type = _KINDS[form.cleaned_data["kind"]]
    rows = _counted(export_rows(mailing_list, form.people), by=by, whose=whose)
    response = StreamingHttpResponse(lines(rows), content_type=f"{content_type}; charset=utf-8")
    parts = ["people", *(each.slug for each in (mailing_list, segment) if each), f"{timezone.localdate():%Y-%m-%d}"]
    name = f"{'-'.join(parts)}.{form.cleaned_data['kind']}"
    # RFC 6266: a name beyond ASCII is written as `filename*`.
    response.headers["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name) or ""
    response.headers["Cache-Control"] = "no-store"
    return response


def _counted(rows: Iterator[Row], by: int, whose: str) -> Iterator[Row]:
    """How many left the house is logged when they did, and also where the download was broken off."""
    count = 0
    try:
        for row in rows:
            count += 1
            yield row
    finally:
        logger.info("User %s exported %d people of %s", by, count, whose)
