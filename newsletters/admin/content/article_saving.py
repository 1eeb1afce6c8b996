"""The page of an article saves by itself: drafts into the article, everything else as a working copy.

The page's script asks for JSON; what it sends is the same form that the buttons send, so the checks and the saving are
the same. Nothing that was typed is thrown away because it isn't valid yet, and nothing becomes public but by a button.
Without JavaScript the buttons do it all, “Save without publishing” among them.
"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.forms import BaseForm
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse, QueryDict
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from lib.json_answers import wants_json
from newsletters.admin.acting_user import acting_name, acting_user
from newsletters.admin.content import publishing
from newsletters.admin.content.article_page import ShowsWhatWasTyped
from newsletters.admin.content.bylines import stored_rows, with_readable_authors, with_row_ids
from newsletters.admin.content.held_upload import HeldUpload, hold_upload
from newsletters.admin.content.kept_moment import fields_to_keep, fields_to_show
from newsletters.admin.content.open_page import must_be_newest, seen_by
from newsletters.admin.content.picture_states import thumbnail
from newsletters.admin.content.picture_upload import words_wait_in_words
from newsletters.admin.content.typed_fields import show_typed, stored_fields, with_fields, without_controls_in
from newsletters.admin.error_summary import plain_errors_of
from newsletters.admin.roles import may
from newsletters.articles import revisions
from newsletters.articles.writing import save_article
from newsletters.models import Article, ArticleRevision

_WORTH_KEEPING = ("title", "summary", "body")
_TITLE_LENGTH = 200


def _has_words(data: Any) -> bool:
    return any(data.get(name, "").strip() for name in _WORTH_KEEPING)


def change_url(article: Article) -> str:
    return reverse("admin:newsletters_article_change", args=[article.pk])


class SavesByItself(ShowsWhatWasTyped):
    """Mixed into the admin of articles, before ModelAdmin."""

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        article = self.get_object(request, object_id) if object_id else None
        if request.method == "POST":
            request.POST = self._received(request)  # type: ignore[assignment]
            if article is not None:
                request.POST = with_row_ids(request.POST, article)  # type: ignore[assignment]
            if wants_json(request):
                return self._save_by_itself(request, article, object_id)
            if article is not None and ("_undo" in request.POST or "_redo" in request.POST):
                return self._step(request, article)
            if article is not None and "_discard" in request.POST:
                return self._discard(request, article)
            if article is not None and self._keeps_only(request, article):
                return self._keep_only(request, article)
            if "_publish" in request.POST or publishing.EDITION in request.POST:
                request.POST = self._as_published(request)  # type: ignore[assignment]
            if "_show" in request.POST:  # what the browser kept: shown again, and saved when somebody says so
                show_typed(request, request.POST, unsaved=True)
        elif article is not None and self.has_change_permission(request, article):
            self._show_stored(request, article)
        context = {**(extra_context or {}), **self._bar(request, article)}
        return super().changeform_view(request, object_id, form_url, context)

    def get_form(self, request: HttpRequest, obj: Article | None = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        form.is_by_itself = _is_by_itself(request)
        return form

    @staticmethod
    def _received(request: HttpRequest) -> QueryDict:
        """What was sent, as far as it can be kept and shown again. Someone who may not publish has no fields that say
        when an article becomes public; what they send in their place isn't kept either, for someone else to press."""
        data = with_readable_authors(without_controls_in(request.POST))
        if not may(request, publishing.PUBLISH):
            for name in ("status", "published_at_0", "published_at_1"):
                data.pop(name, None)
        return data

    # --- Saving by itself ----------------------------------------------------------------------------------------
    def _save_by_itself(self, request: HttpRequest, article: Article | None, object_id: str | None) -> JsonResponse:
        if object_id and article is None:
            raise Http404(_("This article doesn't exist."))
        try:
            revisions.fields_of(request.POST)
        except revisions.TooMuch as problem:
            return JsonResponse(
                {"errors": [{"id": "id_body", "place": _("Text"), "message": str(problem)}]}, status=422
            )
        upload = HeldUpload()
        if request.FILES and self._would_be_saved(request, article):
            upload = hold_upload(request)
            request.POST = with_fields(request.POST, upload.fields)  # type: ignore[assignment]
        typed = request.POST
        try:
            return self._save_typed(request, article, upload)
        except IntegrityError:  # the same page has begun the article at this moment
            if article is not None or revisions.article_of_window(seen_by(typed).window) is None:
                raise
            request.POST = typed
            return self._save_typed(request, article, upload)

    def _save_typed(self, request: HttpRequest, article: Article | None, upload: HeldUpload) -> JsonResponse:
        with transaction.atomic():
            article = article or revisions.article_of_window(seen_by(request.POST).window)
            if article is None:
                if not _has_words(request.POST):
                    return JsonResponse({"said": _("Nothing to save yet"), "fields": {}})
                article = self._begin(request)
                fresh = {"opened_revision": str(article.revision), "opened_version": "0"}
                request.POST = with_fields(request.POST, fresh)  # type: ignore[assignment]
            elif not self.has_change_permission(request, article):
                raise PermissionDenied
            try:
                must_be_newest(article, request.POST)
            except revisions.NewerVersion as conflict:
                return self._second(request, article, str(conflict))
            return self._saved(request, article, upload)

    def _would_be_saved(self, request: HttpRequest, article: Article | None) -> bool:
        """Asked before a picture is made of a file; decided under the lock."""
        with transaction.atomic():
            article = article or revisions.article_of_window(seen_by(request.POST).window)
            if article is None:
                return self.has_add_permission(request) and _has_words(request.POST)
            try:
                must_be_newest(article, request.POST)
            except revisions.NewerVersion:
                return False
            return self.has_change_permission(request, article)

    def _begin(self, request: HttpRequest) -> Article:
        """A draft, as soon as there is a word to keep."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        title = " ".join(request.POST.get("title", "").split())[:_TITLE_LENGTH]
        article = save_article(Article(title=title, body=""))
        self.log_addition(request, article, _("Created the draft."))
        return article

    def _saved(self, request: HttpRequest, article: Article, upload: HeldUpload) -> JsonResponse:
        request.POST = revisions.kept_in_review(article, request.POST)  # type: ignore[assignment]
        self._keep_what_is_there(request, article)
        last = revisions.newest(article)
        if last is not None:  # the page is the newest: it mustn't be refused for what was kept just now
            request.POST = with_fields(request.POST, {"opened_version": str(last.number)})  # type: ignore[assignment]
        is_there = last is not None and last.is_applied and last.article_revision == article.revision
        if last and is_there and not upload.is_sent and last.fields == fields_to_keep(request.POST):
            return JsonResponse(self._answer(request, article, last, upload, []))  # nothing to do, and no new version
        if upload.errors or Article.Status.PUBLISHED in (article.status, request.POST.get("status")):
            errors = upload.errors
            is_applied = False
        else:
            request.POST = with_row_ids(request.POST, article)  # type: ignore[assignment]
            errors = self._apply(request, article)
            is_applied = not errors and not _words_wait(request)
        article.refresh_from_db()
        kept = self._keep(request, article, fields_to_keep(request.POST), is_applied=is_applied)
        return JsonResponse(self._answer(request, article, kept, upload, errors))

    def _apply(self, request: HttpRequest, article: Article) -> list[dict[str, str]]:
        """Save the draft as the button does; what is wrong with it, if it is."""
        request.iria_by_itself = True  # type: ignore[attr-defined]
        response = super().changeform_view(request, str(article.pk))
        if not isinstance(response, TemplateResponse):
            return []
        context = response.context_data or {}
        form: BaseForm = context["adminform"].form
        return plain_errors_of(form, context["inline_admin_formsets"])

    def _keep(
        self, request: HttpRequest, article: Article, fields: list[list[str]], *, is_applied: bool
    ) -> ArticleRevision:
        return revisions.store_revision(
            article, fields, is_applied=is_applied, window=seen_by(request.POST).window, by=acting_name(request),
            user=acting_user(request),
        )  # fmt: skip

    def _answer(
        self, request: HttpRequest, article: Article, kept: ArticleRevision, upload: HeldUpload, errors: list[Any]
    ) -> dict[str, Any]:
        clock = date_format(timezone.localtime(), "H:i")
        if errors:
            said = _("Kept at %(time)s. Before it can be saved:") % {"time": clock}
        elif kept.is_applied:
            said = _("Saved at %(time)s") % {"time": clock}
        elif _words_wait(request):
            said = words_wait_in_words(request, clock)
        else:
            said = _("Kept at %(time)s, not published yet") % {"time": clock}
        fields = {"opened_revision": str(article.revision), "opened_version": str(kept.number)}
        if upload.is_sent and (picture := request.POST.get("lead_picture")):
            fields |= {"lead_picture": picture, "lead_picture_file": ""}
        return {
            "said": said,
            "fields": fields,
            "pictures": {"lead_picture_file": thumbnail(upload.picture, 90)} if upload.picture else {},
            "problems": errors,
            "undo": revisions.to_undo(article) is not None,
            "redo": revisions.to_redo(article) is not None,
            "address": change_url(article),
            "presence": reverse("admin:newsletters_article_presence", args=[article.pk]),
            "versions": reverse("admin:newsletters_article_versions", args=[article.pk]),
        }

    def _second(self, request: HttpRequest, article: Article, sentence: str) -> JsonResponse:
        context = {"sentence": sentence, "article": article, "last": revisions.newest(article)}
        html = render_to_string("admin/newsletters/article/_conflict.html", context, request)
        return JsonResponse({"conflict": sentence, "html": html}, status=409)

    def _keep_what_is_there(self, request: HttpRequest, article: Article) -> None:
        """So that one can go back to what a program wrote, or somebody before there were versions."""
        if article.revisions.filter(article_revision=article.revision).exists() or not article.body:
            return
        stored = self._what_is_there(request, article)
        revisions.store_revision(article, stored, is_applied=True, window="", by="", user=None)

    def _what_is_there(self, request: HttpRequest, article: Article) -> list[list[str]]:
        form: Any = super().get_form(request, article, change=True)(instance=Article.objects.get(pk=article.pk))
        return fields_to_keep(revisions.query_of([*stored_fields(form), *stored_rows(article)]))

    # --- Buttons -------------------------------------------------------------------------------------------------
    @staticmethod
    def _keeps_only(request: HttpRequest, article: Article) -> bool:
        """Whether the button leaves the article itself alone: as it says, or as who may not publish can't do more."""
        if "_keep" in request.POST or article.status != Article.Status.PUBLISHED:
            return "_keep" in request.POST
        return "_preview" in request.POST or ("_show" not in request.POST and not may(request, publishing.PUBLISH))

    def _keep_only(self, request: HttpRequest, article: Article) -> HttpResponse:
        """Save without publishing: the readers' text stays as it is."""
        if not self.has_change_permission(request, article):
            raise PermissionDenied
        try:
            upload = hold_upload(request)
            fields = fields_to_keep(with_fields(request.POST, upload.fields))
            with transaction.atomic():
                must_be_newest(article, request.POST)
                self._keep_what_is_there(request, article)
                self._keep(request, article, fields, is_applied=False)
        except (revisions.NewerVersion, revisions.TooMuch) as problem:
            messages.error(request, str(problem))
            show_typed(request, request.POST, unsaved=True)
            return super().changeform_view(request, str(article.pk), "", self._bar(request, article))
        for error in upload.errors:
            messages.error(request, f"{error['place']}: {error['message']}")
        if "_preview" in request.POST:
            return HttpResponseRedirect(f"{article.get_absolute_url()}preview/")
        messages.success(request, _("Your changes were kept. Readers see them when you publish them."))
        return HttpResponseRedirect(change_url(article))

    @staticmethod
    def _as_published(request: HttpRequest) -> QueryDict:
        """The form as if “Published” had been chosen, so that it is checked for what readers need."""
        if not may(request, publishing.PUBLISH):
            return request.POST
        wanted = {"status": Article.Status.PUBLISHED.value}
        return with_fields(request.POST, wanted if publishing.EDITION in request.POST else wanted | {"_continue": "1"})

    def _step(self, request: HttpRequest, article: Article) -> HttpResponse:
        """Back to what was typed before, or forth again; never into what readers see."""
        if not self.has_change_permission(request, article):
            raise PermissionDenied
        with transaction.atomic():
            try:
                must_be_newest(article, request.POST)
            except revisions.NewerVersion as problem:
                messages.error(request, str(problem))
                return HttpResponseRedirect(change_url(article))
            target = (revisions.to_undo if "_undo" in request.POST else revisions.to_redo)(article)
            if target is None:
                messages.info(request, _("Nothing to undo.") if "_undo" in request.POST else _("Nothing to redo."))
                return HttpResponseRedirect(change_url(article))
            window = seen_by(request.POST).window
            fields = revisions.kept_in_review(article, fields_to_show(target.fields, article))
            is_applied = False
            if Article.Status.PUBLISHED not in (article.status, fields.get("status")):
                request.POST = with_row_ids(fields, article)  # type: ignore[assignment]
                is_applied = not self._apply(request, article) and not _words_wait(request)
            article.refresh_from_db()
            revisions.store_revision(
                article, target.fields, is_applied=is_applied, window=window, by=acting_name(request),
                user=acting_user(request), restored_from=target.restored_from or target.number,
            )  # fmt: skip
        return HttpResponseRedirect(change_url(article))

    def _discard(self, request: HttpRequest, article: Article) -> HttpResponse:
        """Leave the working copy behind: what readers see is the newest version again."""
        if not self.has_change_permission(request, article):
            raise PermissionDenied
        with transaction.atomic():
            try:
                must_be_newest(article, request.POST)
            except revisions.NewerVersion as problem:
                messages.error(request, str(problem))
                return HttpResponseRedirect(change_url(article))
            if revisions.working_copy(article) is not None:
                # Not deleted: it can be undone, and no number is given twice, by which pages know what they have seen.
                revisions.store_revision(
                    article, self._what_is_there(request, article), is_applied=True, window="",
                    by=acting_name(request), user=acting_user(request),
                )  # fmt: skip
        messages.success(request, _("The unpublished changes were discarded."))
        return HttpResponseRedirect(change_url(article))

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        if not _is_by_itself(request):
            self._keep(request, form.instance, fields_to_keep(form.data), is_applied=True)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Every save by itself is a version; the log tells of the buttons."""
        return None if _is_by_itself(request) else super().log_change(request, obj, message)

    def response_change(self, request: HttpRequest, obj: Article) -> HttpResponse:
        return HttpResponse(status=204) if _is_by_itself(request) else super().response_change(request, obj)


def _is_by_itself(request: HttpRequest) -> bool:
    return bool(getattr(request, "iria_by_itself", False))


def _words_wait(request: HttpRequest) -> bool:
    """Whether the words of a picture were kept until a button is pressed."""
    return bool(getattr(request, "iria_words_wait", False))
