"""Imports in the admin: choose a file, see what it is, say what is to be done, see what would happen, and do it.

One page for each import, which shows what its state asks for; it works by plain forms, and reloads while a worker is at
it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lib import csv_download
from lib.nudging import nudge
from lib.query_numbers import read_number
from subscribers.admin.big_tables import BigTable
from subscribers.admin.import_forms import ImportOptionsForm, UploadForm
from subscribers.imports import keeping, running, undoing
from subscribers.imports.counting import KEPT_OUT, KEPT_OUT_BY_FILE
from subscribers.imports.files.tables import UnreadableFile
from subscribers.imports.options import ImportOptions
from subscribers.imports.reading import open_people
from subscribers.imports.refused_rows import refused_lines
from subscribers.imports.staging import open_staged
from subscribers.models import Import
from subscribers.tasks import work_on_import

PERMISSION = "subscribers.import_subscriber"
State = Import.State
SAMPLE = 10  # rows beside the choices
LONGEST_CELL = 60  # characters that are shown of a cell
AT_WORK = {State.CHECKING, State.RUNNING, State.UNDOING}


@admin.register(Import)
class ImportAdmin(BigTable):
    list_display = ["name", "created_at", "state", "people", "by"]
    ordering = ["-pk"]

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(PERMISSION)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm(PERMISSION)

    has_add_permission = has_change_permission = has_view_permission

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description=gettext_lazy("new people"))
    def people(self, of: Import) -> str:
        return f"{of.counts['new']:,}" if of.counts else "–"

    def get_urls(self) -> list[URLPattern]:
        refused = self.admin_site.admin_view(self.refused_view)
        return [path("<int:pk>/refused/", refused, name="subscribers_import_refused"), *super().get_urls()]

    # --- The file -----------------------------------------------------------------------------------------------
    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        if not request.user.has_perm(PERMISSION):
            raise PermissionDenied
        form = UploadForm(request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid():
            upload = form.cleaned_data["file"]
            of = running.begin(upload.name, ImportOptions(lists=()), by=request.user.get_username())
            try:
                keeping.keep_file(of, upload.chunks())
                open_people(keeping.file_of(of), of.name)
            except UnreadableFile as problem:
                keeping.forget_file(of)
                of.delete()
                form.add_error("file", str(problem))
            else:
                self.log_addition(request, of, "uploaded")
                return HttpResponseRedirect(_page_of(of))
        context = {"form": form, "title": _("Import people"), "opts": self.opts}
        status = 422 if form.errors else 200
        return render(
            request, "subscribers/admin/import_upload.html", self.admin_site.each_context(request) | context,
            status=status,
        )  # fmt: skip

    # --- The page of an import ----------------------------------------------------------------------------------
    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        if not request.user.has_perm(PERMISSION):
            raise PermissionDenied
        of = get_object_or_404(Import, pk=read_number(object_id))
        if request.method == "POST":
            do: Callable[[HttpRequest, Import], HttpResponse | None] | None = {
                "check": self._check, "again": self._again, "start": self._start, "stop": self._stop,
                "undo": self._undo,
            }.get(request.POST.get("do", ""))  # fmt: skip
            answer = do(request, of) if do is not None else None
            return answer or HttpResponseRedirect(_page_of(of))
        return self._show(request, of)

    def _show(self, request: HttpRequest, of: Import, form: ImportOptionsForm | None = None) -> HttpResponse:
        context: dict[str, Any] = {
            **self.admin_site.each_context(request), "title": of.name, "import": of, "opts": self.opts,
            "at_work": of.state in AT_WORK, "report": _report(of), "can_stop": of.state == State.RUNNING,
            "can_start": of.state in {State.CHECKED, State.STOPPED}, "can_change": of.state == State.CHECKED,
            "has_file": keeping.scratch_of(of).exists() and bool(of.plan.get("refused")),
        }  # fmt: skip
        if undoing.has_ended(of):
            context |= {"can_ask_to_undo": True, "why_no_undo": undoing.why_not(of)}
        if of.state == State.UPLOADED:
            options = ImportOptions.unpacked(of.options)
            try:
                people = open_people(keeping.file_of(of), of.name, options.mapping)
            except UnreadableFile as problem:
                context["trouble"] = str(problem)
            else:
                form = form or ImportOptionsForm(people, initial=ImportOptionsForm.initial_of(options))
                context |= {"form": form, "people": people, "samples": _samples(people)}
        return render(request, "subscribers/admin/import.html", context, status=422 if form and form.errors else 200)

    def _check(self, request: HttpRequest, of: Import) -> HttpResponse | None:
        if of.state != State.UPLOADED:
            return None
        people = open_people(keeping.file_of(of), of.name)
        form = ImportOptionsForm(people, request.POST)
        if not form.is_valid():
            return self._show(request, of, form)
        options = form.options().packed()
        Import.objects.filter(pk=of.pk, state=State.UPLOADED).update(options=options, state=State.CHECKING)
        nudge(work_on_import, of.pk)
        return None

    def _start(self, request: HttpRequest, of: Import) -> None:
        self._attempt(request, of, running.start, "started")

    def _undo(self, request: HttpRequest, of: Import) -> None:
        self._attempt(request, of, undoing.start_undoing, "undone")

    def _attempt(self, request: HttpRequest, of: Import, do: Callable[[Import], None], what: str) -> None:
        try:
            do(of)
        except running.CannotStart as problem:
            self.message_user(request, str(problem), messages.WARNING)
            return
        self.log_change(request, of, what)
        nudge(work_on_import, of.pk)

    def _stop(self, request: HttpRequest, of: Import) -> None:
        running.stop(of)
        self.log_change(request, of, "stopped")

    def _again(self, request: HttpRequest, of: Import) -> None:
        """Back to the options; what was checked is checked anew."""
        Import.objects.filter(pk=of.pk, state=State.CHECKED).update(state=State.UPLOADED, plan={})

    # --- Refused rows -------------------------------------------------------------------------------------------
    def refused_view(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        if not request.user.has_perm(PERMISSION):
            raise PermissionDenied
        of = get_object_or_404(Import, pk=pk)
        try:
            people = open_people(keeping.file_of(of), of.name, ImportOptions.unpacked(of.options).mapping)
        except UnreadableFile:
            self.message_user(request, _("The file of this import is no longer kept."), messages.WARNING)
            return HttpResponseRedirect(_page_of(of))

        def rows() -> Any:
            with open_staged(keeping.scratch_of(of)) as staged:
                yield from refused_lines(staged.refusals(), people)

        self.log_change(request, of, "downloaded refused rows")
        return csv_download.attachment(rows(), f"refused-{of.pk}.csv")


def _page_of(of: Import) -> str:
    return reverse("admin:subscribers_import_change", args=[of.pk])


def _report(of: Import) -> dict[str, Any] | None:
    """The plan until something is done, then what was done."""
    counts = of.counts or of.plan
    if not counts or "new" not in counts:
        return None
    why = counts.get("kept_out_reasons", {})
    reasons = [(KEPT_OUT.get(code, code), count) for code, count in why.items()]
    return {
        **{name: counts[name] for name in ("new", "changed", "same", "kept_out", "confirmed", "unconfirmed")},
        "kept_out_reasons": reasons, "refused": of.plan.get("refused", 0), "repeated": of.plan.get("repeated", 0),
        "refused_reasons": list(of.plan.get("refused_reasons", {}).items()), "is_plan": not of.counts,
        "people": counts["new"] + counts["changed"],
        "records_leaving": any(code in KEPT_OUT_BY_FILE for code in why),  # who stays out is written down, too
    }  # fmt: skip


def _samples(people: Any) -> list[dict[str, Any]]:
    return [
        {
            "name": each.table.name, "system": each.mapping.system.name, "encoding": each.table.encoding,
            "header": each.mapping.header,
            "rows": [[cell[:LONGEST_CELL] for cell in row[: len(each.mapping.header)]] for row in rows],
        }
        for each, rows in people.sample(SAMPLE)
    ]  # fmt: skip
