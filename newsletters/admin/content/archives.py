"""Archives in the admin: choose a file or an address, see what would come in and under which topics, bring it in, and
take it back.

One page for each archive, which shows what its state asks for; it works by plain forms, and reloads while a worker is
at it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse

from lib.nudging import nudge
from lib.query_numbers import read_number
from newsletters.admin.content.archive_forms import ArchiveForm, CategoriesForm
from newsletters.admin.content.publishing import PUBLISH
from newsletters.admin.roles import may
from newsletters.articles.archives.choosing import ArchiveChoices
from newsletters.models import ArchiveImport, ArchiveLine
from newsletters.tasks import work_on_archive

if TYPE_CHECKING:
    ArchiveAdminBase = admin.ModelAdmin[ArchiveImport]
else:
    ArchiveAdminBase = admin.ModelAdmin

ADD, CHANGE, MAKE_TOPICS = "newsletters.add_archiveimport", "newsletters.change_archiveimport", "subscribers.add_topic"
State, Outcome = ArchiveImport.State, ArchiveLine.Outcome
AT_WORK = {State.CHECKING, State.RUNNING, State.UNDOING}
LINES = 50  # on a page
_PLANNED: dict[str, str] = {
    Outcome.NEW: "Would come in", Outcome.CHANGED: "Would change", Outcome.SAME: "Are here already",
    Outcome.EDITED: "Stay as they are here", Outcome.LEFT_OUT: "Are left out",
}  # fmt: skip
_DONE: dict[str, str] = _PLANNED | {
    Outcome.NEW: "Came in", Outcome.CHANGED: "Changed", Outcome.REMOVED: "Were removed again",
    Outcome.KEPT: "Stay, though the rest was undone",
}  # fmt: skip


@admin.register(ArchiveImport)
class ArchiveImportAdmin(ArchiveAdminBase):
    list_display = ["name", "created_at", "state", "came_in", "by"]
    list_display_links = ["name"]
    list_filter = ["state"]
    show_full_result_count = False
    actions = None

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What it says is how its articles are known again."""
        return False

    @admin.display(description="articles that came in")
    def came_in(self, of: ArchiveImport) -> str:
        return f"{of.items.count():,}"

    # --- The file or address --------------------------------------------------------------------------------------
    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = ArchiveForm(
            *((request.POST, request.FILES) if request.method == "POST" else ()), may_publish=may(request, PUBLISH),
            may_make_topics=may(request, MAKE_TOPICS),
        )  # fmt: skip
        if request.method == "POST" and form.is_valid() and (of := self._taken(request, form)) is not None:
            self.log_addition(request, of, "brought an archive")
            nudge(work_on_archive, of.pk)
            return HttpResponseRedirect(_page_of(of))
        context = {**self.admin_site.each_context(request), "form": form, "title": "Bring in an archive",
                   "opts": self.opts}  # fmt: skip
        template = "admin/newsletters/archiveimport/archive_add.html"
        return render(request, template, context, status=422 if form.errors else 200)

    def _taken(self, request: HttpRequest, form: ArchiveForm) -> ArchiveImport | None:
        """With its file in its folder; None when it can't be an archive, which the form says then."""
        from newsletters.articles.archives import keeping, running  # with clients for DNS and HTTP
        from newsletters.articles.archives.archived import UnreadableArchive
        from newsletters.articles.archives.sources import opened
        from newsletters.articles.archives.systems.registry import system_of

        upload, address = form.cleaned_data["file"], form.cleaned_data["address"]
        name = upload.name if upload else address
        of = running.begin(name, form.choices(), by=request.user.get_username(), address=address)
        try:
            if upload:
                keeping.keep_file(of, upload.chunks())
                with opened(keeping.file_of(of), name) as source:
                    system_of(source)
        except UnreadableArchive as problem:
            keeping.forget_files(of)
            of.delete()
            form.add_error("file", str(problem))
            return None
        running.start_checking(of)
        return of

    # --- The page of an archive -----------------------------------------------------------------------------------
    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        of = get_object_or_404(ArchiveImport, pk=read_number(object_id))
        if request.method == "POST":
            if not self.has_change_permission(request, of):
                raise PermissionDenied
            do: Callable[[HttpRequest, ArchiveImport], HttpResponse | None] | None = {
                "start": self._start, "stop": self._stop, "undo": self._undo, "again": self._again,
            }.get(request.POST.get("do", ""))  # fmt: skip
            answer = do(request, of) if do is not None else None
            return answer or HttpResponseRedirect(_page_of(of))
        return self._page(request, of)

    def _page(self, request: HttpRequest, of: ArchiveImport, typed: CategoriesForm | None = None) -> HttpResponse:
        """With what was `typed` and isn't valid."""
        context = self._context(request, of)
        if typed is not None:
            context["categories"] = typed
        template = "admin/newsletters/archiveimport/archive.html"
        return render(request, template, context, status=200 if typed is None else 422)

    def _context(self, request: HttpRequest, of: ArchiveImport) -> dict[str, Any]:
        from newsletters.articles.archives.systems.registry import name_of

        choices = ArchiveChoices.unpacked(of.options)
        counts = _counts(of)
        is_plan = of.started_at is None
        words = _PLANNED if is_plan else _DONE
        outcome = request.GET.get("outcome", "")
        shown = of.lines.filter(outcome=outcome) if outcome in counts else of.lines.all()
        page = Paginator(shown.select_related("article"), LINES).get_page(read_number(request.GET.get("page")) or 1)
        may_do = self.has_change_permission(request, of) and (not choices.publish or may(request, PUBLISH))
        return {
            **self.admin_site.each_context(request), "title": of.name, "archive": of, "opts": self.opts,
            "at_work": of.state in AT_WORK, "system": name_of(of.system), "is_plan": is_plan, "choices": choices,
            "counts": [(name, words.get(name, ""), count) for name, count in counts.items() if count],
            "to_do": counts[Outcome.NEW] + counts[Outcome.CHANGED], "lines": page, "outcome": outcome, "may_do": may_do,
            "categories": CategoriesForm(of) if of.state == State.CHECKED and may_do else None,
            "can_undo": not is_plan and of.state in {State.DONE, State.STOPPED, State.FAILED},
        }  # fmt: skip

    def _start(self, request: HttpRequest, of: ArchiveImport) -> HttpResponse | None:
        from newsletters.articles.archives import running

        self._must_be_allowed(request, of)
        if of.state == State.CHECKED:
            form = CategoriesForm(of, request.POST)
            if not form.is_valid():
                return self._page(request, of, form)
            form.save()
        self._attempt(request, of, running.start, "started")
        return None

    def _undo(self, request: HttpRequest, of: ArchiveImport) -> None:
        from newsletters.articles.archives import undoing

        self._must_be_allowed(request, of)
        self._attempt(request, of, undoing.start_undoing, "undone")

    def _must_be_allowed(self, request: HttpRequest, of: ArchiveImport) -> None:
        """It decides about what readers see."""
        if ArchiveChoices.unpacked(of.options).publish and not may(request, PUBLISH):
            raise PermissionDenied

    def _attempt(self, request: HttpRequest, of: ArchiveImport, do: Callable[[Any], None], what: str) -> None:
        from newsletters.articles.archives.running import ArchiveNotReady

        try:
            do(of)
        except ArchiveNotReady as problem:
            self.message_user(request, str(problem), messages.WARNING)
            return
        self.log_change(request, of, what)
        nudge(work_on_archive, of.pk)

    def _stop(self, request: HttpRequest, of: ArchiveImport) -> None:
        from newsletters.articles.archives import running

        running.stop(of)
        self.log_change(request, of, "stopped")

    def _again(self, request: HttpRequest, of: ArchiveImport) -> None:
        """Checked anew: articles or topics have changed since, or a server answers again."""
        from newsletters.articles.archives import running

        if running.start_checking(of):
            nudge(work_on_archive, of.pk)


def _counts(of: ArchiveImport) -> dict[str, int]:
    from newsletters.articles.archives import running

    return running.counts_of(of)


def _page_of(of: ArchiveImport) -> str:
    return reverse("admin:newsletters_archiveimport_change", args=[of.pk])
