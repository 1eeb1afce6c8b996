"""Proof of one person's consent as a file to take away, after the password was typed again."""

from __future__ import annotations

import json
import logging
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from subscribers.admin.reauthentication import unless_recent
from subscribers.models import Subscriber
from subscribers.receipts.receipt import as_json, count_records, read_receipt

# It takes an address out of the house, and shows what only some may see.
PERMISSIONS = ("subscribers.export_subscriber", "subscribers.view_subscriber", "subscribers.view_consentrecord")
URL_NAME = "subscribers_subscriber_receipts"
MOST_IN_A_PDF = 500  # records: few people have thirty, and each takes some 10 to 20 ms to draw
logger = logging.getLogger(__name__)


class ReceiptsForm(forms.Form):
    kind = forms.ChoiceField(
        label=gettext_lazy("File"), initial="pdf", widget=forms.RadioSelect,
        choices=[("pdf", gettext_lazy("PDF, to print or hand over")), ("json", gettext_lazy("JSON, for programs"))],
    )  # fmt: skip

    def __init__(self, data: Any, person: Subscriber) -> None:
        super().__init__(data)
        self._person = person

    def clean_kind(self) -> str:
        kind = str(self.cleaned_data["kind"])
        if kind == "pdf" and (count := count_records(self._person)) > MOST_IN_A_PDF:
            words = _("There are %(count)d records, and a PDF holds %(most)d. Download them as JSON instead.")
            raise ValidationError(words % {"count": count, "most": MOST_IN_A_PDF})
        return kind


def may_download(request: HttpRequest) -> bool:
    return request.user.has_perms(PERMISSIONS)


def show_receipts(request: HttpRequest, pk: int) -> HttpResponseBase:
    """GET asks for the kind of file; POST is the file."""
    # Before the person is looked up: who may not do it learns nothing about who is there.
    if not may_download(request):
        raise PermissionDenied
    person = Subscriber.objects.filter(pk=pk).first()
    if person is None:
        raise Http404
    form = ReceiptsForm(request.POST if request.method == "POST" else None, person)
    if request.method == "POST" and form.is_valid():
        return unless_recent(request) or _file(request, person, form.cleaned_data["kind"])
    context = {
        **admin.site.each_context(request),
        "title": _("Consent receipts"),
        "opts": Subscriber._meta,
        "person": person,
        "form": form,
    }
    status = 422 if form.is_bound and form.errors else 200
    return TemplateResponse(request, "subscribers/admin/receipts.html", context, status=status)


def _file(request: HttpRequest, person: Subscriber, kind: str) -> HttpResponse:
    content, content_type = _pdf(person) if kind == "pdf" else _json(person)
    by = int(request.user.pk or 0)  # nobody who isn't signed in has the right
    LogEntry.objects.create(
        user_id=by, content_type=ContentType.objects.get_for_model(Subscriber), object_id=str(person.pk),
        object_repr=str(person)[:200], action_flag=CHANGE, change_message=f"Consent receipts exported ({kind}).",
    )  # fmt: skip
    logger.info("User %s exported the consent receipts of person %s (%s)", by, person.pk, kind)
    response = HttpResponse(content, content_type=content_type)
    name = f"consent-receipts-{person.pk}-{timezone.localdate():%Y-%m-%d}.{kind}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-store"
    return response


def _json(person: Subscriber) -> tuple[bytes, str]:
    text = json.dumps(as_json(person), cls=DjangoJSONEncoder, ensure_ascii=False, indent=2)
    return f"{text}\n".encode(), "application/json; charset=utf-8"


def _pdf(person: Subscriber) -> tuple[bytes, str]:
    from subscribers.receipts.pdf import draw_receipt  # it brings 45 MB along

    return draw_receipt(read_receipt(person)), "application/pdf"
