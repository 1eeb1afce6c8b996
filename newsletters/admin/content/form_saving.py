"""The forms of articles and of standing pages save by themselves: drafts into their row, all else as a working copy.

The form's script asks for JSON; what it sends is the same form that the buttons send, so the checks and the saving are
the same. Nothing that was typed is thrown away because it isn't valid yet, and nothing becomes public but by a button.
Without JavaScript the buttons do it all, “Save without publishing” among them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.forms import BaseForm
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse, QueryDict
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from lib.json_answers import wants_json
from newsletters.admin.acting_user import acting_name, acting_user
from newsletters.admin.content.form_page import ShowsWhatWasTyped
from newsletters.admin.content.held_upload import HeldUpload, hold_upload
from newsletters.admin.content.kept_moment import fields_to_keep, fields_to_show
from newsletters.admin.content.open_page import change_url, must_be_newest, seen_by, url_of
from newsletters.admin.content.picture_states import thumbnail
from newsletters.admin.content.typed_fields import show_typed, stored_fields, with_fields, without_controls_in
from newsletters.admin.error_summary import plain_errors_of
from newsletters.articles import revisions
from newsletters.articles.revisions import Written
from newsletters.models.revisions import Revision


def _has_words(data: Any) -> bool:
    return any(data.get(name, "").strip() for name in ("title", "summary", "body"))


class SavesByItself(ShowsWhatWasTyped):
    """Mixed into an admin, before ModelAdmin. What the kinds do differently stands first."""

    change_form_template = "admin/newsletters/saving/change_form.html"
    missing_in_words: Any
    deleted_in_words: Any

    def begin(self, title: str) -> Any:
        """Save a draft with this title, which may be empty."""
        raise NotImplementedError

    def preview_of(self, written: Any) -> str:
        """The address of what was typed, as readers will see it."""
        raise NotImplementedError

    def received(self, request: HttpRequest) -> QueryDict:
        """What was sent, as far as it can be kept and shown again."""
        return without_controls_in(request.POST)

    def with_stored_rows(self, data: QueryDict, written: Any) -> QueryDict:
        """The form, its rows with the ids of those that are stored."""
        return data

    def stored_rows(self, written: Any) -> list[list[str]]:
        """The rows as the form would send them."""
        return []

    def published_by(self, data: QueryDict) -> dict[str, str]:
        """What the form says besides when its button publishes it, so that it is checked for what readers need."""
        return {"status": "published", "_continue": "1"} if "_publish" in data else {}

    def waits_in_words(self, request: HttpRequest, clock: str) -> str:
        """Why what was saved by itself isn't all where it belongs yet; empty when it is."""
        return ""

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        written = self.get_object(request, object_id) if object_id else None
        if request.method == "POST":
            request.POST = self.received(request)  # type: ignore[assignment]
            if written is not None:
                request.POST = self.with_stored_rows(request.POST, written)  # type: ignore[assignment]
            if wants_json(request):
                return self._save_by_itself(request, written, object_id)
            if written is not None and ("_undo" in request.POST or "_redo" in request.POST):
                return self._change_newest(request, written, self._step)
            if written is not None and "_discard" in request.POST:
                return self._change_newest(request, written, self._discard)
            if written is not None and self._keeps_only(request, written):
                return self._keep_only(request, written)
            if self.may_publish(request):
                request.POST = with_fields(request.POST, self.published_by(request.POST))  # type: ignore[assignment]
            if "_show" in request.POST:  # what the browser kept: shown again, and saved when somebody says so
                show_typed(request, request.POST, unsaved=True)
        elif written is not None and self.has_change_permission(request, written):
            self._show_stored(request, written)
        context = {**(extra_context or {}), **self._bar(request, written)}
        return super().changeform_view(request, object_id, form_url, context)

    def get_form(self, request: HttpRequest, obj: Any | None = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        form.is_by_itself = _is_by_itself(request)
        return form

    # --- Saving by itself ----------------------------------------------------------------------------------------
    def _save_by_itself(self, request: HttpRequest, written: Written | None, object_id: str | None) -> JsonResponse:
        if object_id and written is None:
            raise Http404(str(self.missing_in_words))
        try:
            revisions.fields_of(request.POST)
        except revisions.TooMuch as problem:
            return JsonResponse(
                {"errors": [{"id": "id_body", "place": _("Text"), "message": str(problem)}]}, status=422
            )
        upload = HeldUpload()
        if request.FILES and self._would_be_saved(request, written):
            upload = hold_upload(request)
            request.POST = with_fields(request.POST, upload.fields)  # type: ignore[assignment]
        typed = request.POST
        try:
            return self._save_typed(request, written, upload)
        except IntegrityError:  # the same page has begun the written at this moment
            if written is not None or revisions.begun_in(self.model, seen_by(typed).window) is None:
                raise
            request.POST = typed
            return self._save_typed(request, written, upload)

    def _save_typed(self, request: HttpRequest, written: Written | None, upload: HeldUpload) -> JsonResponse:
        with transaction.atomic():
            written = written or revisions.begun_in(self.model, seen_by(request.POST).window)
            if written is None:
                if not _has_words(request.POST):
                    return JsonResponse({"said": _("Nothing to save yet"), "fields": {}})
                written = self._begin(request)
                fresh = {"opened_revision": str(written.revision), "opened_version": "0"}
                request.POST = with_fields(request.POST, fresh)  # type: ignore[assignment]
            elif not self.has_change_permission(request, written):
                raise PermissionDenied
            try:
                must_be_newest(written, request.POST)
            except revisions.NewerVersion as conflict:
                return self._second(request, written, str(conflict))
            return self._saved(request, written, upload)

    def _would_be_saved(self, request: HttpRequest, written: Written | None) -> bool:
        """Asked before a picture is made of a file; decided under the lock."""
        with transaction.atomic():
            written = written or revisions.begun_in(self.model, seen_by(request.POST).window)
            if written is None:
                return self.has_add_permission(request) and _has_words(request.POST)
            try:
                must_be_newest(written, request.POST)
            except revisions.NewerVersion:
                return False
            return self.has_change_permission(request, written)

    def _begin(self, request: HttpRequest) -> Any:
        """A draft, as soon as there is a word to keep."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        longest = self.model._meta.get_field("title").max_length
        written = self.begin(" ".join(request.POST.get("title", "").split())[:longest])
        self.log_addition(request, written, _("Created the draft."))
        return written

    def _saved(self, request: HttpRequest, written: Written, upload: HeldUpload) -> JsonResponse:
        request.POST = revisions.kept_in_review(written, request.POST)  # type: ignore[assignment]
        self._keep_what_is_there(request, written)
        last = revisions.newest(written)
        if last is not None:  # the page is the newest: it mustn't be refused for what was kept just now
            request.POST = with_fields(request.POST, {"opened_version": str(last.number)})  # type: ignore[assignment]
        is_there = last is not None and last.is_applied and last.written_revision == written.revision
        if last and is_there and not upload.is_sent and last.fields == fields_to_keep(request.POST):
            return JsonResponse(self._answer(request, written, last, upload, []))  # nothing to do, and no new version
        if upload.errors or written.Status.PUBLISHED in (written.status, request.POST.get("status")):
            errors = upload.errors
            is_applied = False
        else:
            request.POST = self.with_stored_rows(request.POST, written)  # type: ignore[assignment]
            errors = self._apply(request, written)
            is_applied = not errors and not self.waits_in_words(request, "")
        written.refresh_from_db()
        kept = self._keep(request, written, fields_to_keep(request.POST), is_applied=is_applied)
        return JsonResponse(self._answer(request, written, kept, upload, errors))

    def _apply(self, request: HttpRequest, written: Written) -> list[dict[str, str]]:
        """Save the draft as the button does; what is wrong with it, if it is."""
        request.iria_by_itself = True  # type: ignore[attr-defined]
        response = super().changeform_view(request, str(written.pk))
        if not isinstance(response, TemplateResponse):
            return []
        context = response.context_data or {}
        form: BaseForm = context["adminform"].form
        return plain_errors_of(form, context["inline_admin_formsets"])

    def _keep(self, request: HttpRequest, written: Written, fields: list[list[str]], *, is_applied: bool) -> Revision:
        return revisions.store_revision(
            written, fields, is_applied=is_applied, window=seen_by(request.POST).window, by=acting_name(request),
            user=acting_user(request),
        )  # fmt: skip

    def _answer(
        self, request: HttpRequest, written: Written, kept: Revision, upload: HeldUpload, errors: list[Any]
    ) -> dict[str, Any]:
        clock = date_format(timezone.localtime(), "H:i")
        if errors:
            said = _("Kept at %(time)s. Before it can be saved:") % {"time": clock}
        elif kept.is_applied:
            said = _("Saved at %(time)s") % {"time": clock}
        elif waits := self.waits_in_words(request, clock):
            said = waits
        else:
            said = _("Kept at %(time)s, not published yet") % {"time": clock}
        fields = {"opened_revision": str(written.revision), "opened_version": str(kept.number)}
        if upload.is_sent and (picture := request.POST.get("lead_picture")):
            fields |= {"lead_picture": picture, "lead_picture_file": ""}
        return {
            "said": said,
            "fields": fields,
            "pictures": {"lead_picture_file": thumbnail(upload.picture, 90)} if upload.picture else {},
            "problems": errors,
            "undo": revisions.to_undo(written) is not None,
            "redo": revisions.to_redo(written) is not None,
            "address": change_url(written),
            "presence": url_of(written, "presence"),
            "versions": url_of(written, "versions"),
        }

    def _second(self, request: HttpRequest, written: Written, sentence: str) -> JsonResponse:
        context = {"sentence": sentence, "last": revisions.newest(written), **self._bar(request, written)}
        html = render_to_string("admin/newsletters/saving/_conflict.html", context, request)
        return JsonResponse({"conflict": sentence, "html": html}, status=409)

    def _keep_what_is_there(self, request: HttpRequest, written: Written) -> None:
        """So that one can go back to what a program wrote, or somebody before there were versions."""
        if written.revisions.filter(written_revision=written.revision).exists() or not written.body:
            return
        stored = self._what_is_there(request, written)
        revisions.store_revision(written, stored, is_applied=True, window="", by="", user=None)

    def _what_is_there(self, request: HttpRequest, written: Written) -> list[list[str]]:
        form: Any = super().get_form(request, written, change=True)(instance=type(written).objects.get(pk=written.pk))
        return fields_to_keep(revisions.query_of([*stored_fields(form), *self.stored_rows(written)]))

    # --- Buttons -------------------------------------------------------------------------------------------------
    def _keeps_only(self, request: HttpRequest, written: Written) -> bool:
        """Whether the button leaves the written itself alone: as it says, or as who may not publish can't do more."""
        if "_keep" in request.POST or written.status != written.Status.PUBLISHED:
            return "_keep" in request.POST
        return "_preview" in request.POST or ("_show" not in request.POST and not self.may_publish(request))

    def _keep_only(self, request: HttpRequest, written: Written) -> HttpResponse:
        """Save without publishing: the readers' text stays as it is."""
        if not self.has_change_permission(request, written):
            raise PermissionDenied
        try:
            upload = hold_upload(request)
            fields = fields_to_keep(with_fields(request.POST, upload.fields))
            with transaction.atomic():
                must_be_newest(written, request.POST)
                self._keep_what_is_there(request, written)
                self._keep(request, written, fields, is_applied=False)
        except (revisions.NewerVersion, revisions.TooMuch) as problem:
            messages.error(request, str(problem))
            show_typed(request, request.POST, unsaved=True)
            return super().changeform_view(request, str(written.pk), "", self._bar(request, written))
        for error in upload.errors:
            messages.error(request, f"{error['place']}: {error['message']}")
        if "_preview" in request.POST:
            return HttpResponseRedirect(self.preview_of(written))
        messages.success(request, _("Your changes were kept. Readers see them when you publish them."))
        return HttpResponseRedirect(change_url(written))

    def _change_newest(
        self, request: HttpRequest, written: Written, change: Callable[[HttpRequest, Written], None]
    ) -> HttpResponse:
        """Make the change of a button, unless there is a newer version than the page shows; back to the page."""
        if not self.has_change_permission(request, written):
            raise PermissionDenied
        with transaction.atomic():
            try:
                must_be_newest(written, request.POST)
            except revisions.NewerVersion as problem:
                messages.error(request, str(problem))
            else:
                change(request, written)
        return HttpResponseRedirect(change_url(written))

    def _step(self, request: HttpRequest, written: Written) -> None:
        """Back to what was typed before, or forth again; never into what readers see."""
        target = (revisions.to_undo if "_undo" in request.POST else revisions.to_redo)(written)
        if target is None:
            messages.info(request, _("Nothing to undo.") if "_undo" in request.POST else _("Nothing to redo."))
            return
        window = seen_by(request.POST).window
        fields = revisions.kept_in_review(written, fields_to_show(target.fields, written))
        is_applied = False
        if written.Status.PUBLISHED not in (written.status, fields.get("status")):
            request.POST = self.with_stored_rows(fields, written)  # type: ignore[assignment]
            is_applied = not self._apply(request, written) and not self.waits_in_words(request, "")
        written.refresh_from_db()
        revisions.store_revision(
            written, target.fields, is_applied=is_applied, window=window, by=acting_name(request),
            user=acting_user(request), restored_from=target.restored_from or target.number,
        )  # fmt: skip

    def _discard(self, request: HttpRequest, written: Written) -> None:
        """Leave the working copy behind: what readers see is the newest version again."""
        if revisions.working_copy(written) is not None:
            # Not deleted: it can be undone, and no number is given twice, by which pages know what they have seen.
            revisions.store_revision(
                written, self._what_is_there(request, written), is_applied=True, window="", by=acting_name(request),
                user=acting_user(request),
            )  # fmt: skip
        messages.success(request, _("The unpublished changes were discarded."))

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        if not _is_by_itself(request):
            self._keep(request, form.instance, fields_to_keep(form.data), is_applied=True)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Every save by itself is a version; the log tells of the buttons."""
        return None if _is_by_itself(request) else super().log_change(request, obj, message)

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        return HttpResponse(status=204) if _is_by_itself(request) else super().response_change(request, obj)


def _is_by_itself(request: HttpRequest) -> bool:
    return bool(getattr(request, "iria_by_itself", False))
