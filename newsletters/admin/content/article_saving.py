"""The form of an article saves by itself, with its by-line, its picture and who may publish."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext_lazy

from newsletters.admin.content import publishing
from newsletters.admin.content.bylines import Bylines, stored_rows, with_readable_authors, with_row_ids
from newsletters.admin.content.form_saving import SavesByItself
from newsletters.admin.content.picture_upload import words_wait_in_words
from newsletters.admin.content.typed_fields import shown_fields
from newsletters.admin.roles import may
from newsletters.articles.writing import save_article
from newsletters.models import Article
from subscribers.languages import localised


class SavesArticles(SavesByItself):
    """Mixed into the admin of articles, before ModelAdmin."""

    missing_in_words = gettext_lazy("This article doesn't exist.")
    deleted_in_words = gettext_lazy("This article was deleted.")

    def begin(self, title: str) -> Article:
        return save_article(Article(title=title, body=""))

    def preview_of(self, written: Article) -> str:
        return f"{localised(written.own_path)}preview/"

    def may_publish(self, request: HttpRequest) -> bool:
        return may(request, publishing.PUBLISH)

    def received(self, request: HttpRequest) -> QueryDict:
        """Someone who may not publish has no fields that say when an article becomes public; what they send in their
        place isn't kept either, for someone else to press."""
        data = with_readable_authors(super().received(request))
        if not self.may_publish(request):
            for name in ("status", "published_at_0", "published_at_1"):
                data.pop(name, None)
        return data

    def with_stored_rows(self, data: QueryDict, written: Article) -> QueryDict:
        return with_row_ids(data, written)

    def stored_rows(self, written: Article) -> list[list[str]]:
        return stored_rows(written)

    def published_by(self, data: QueryDict) -> dict[str, str]:
        return {"status": "published"} if publishing.EDITION in data else super().published_by(data)

    def waits_in_words(self, request: HttpRequest, clock: str) -> str:
        return words_wait_in_words(request, clock) if getattr(request, "iria_words_wait", False) else ""

    def get_form(self, request: HttpRequest, obj: Article | None = None, change: bool = False, **kwargs: Any) -> Any:
        form: Any = super().get_form(request, obj, change, **kwargs)
        form.may_reword_public = self.may_publish(request)
        return form

    def get_formset_kwargs(self, request: HttpRequest, obj: Article, inline: Any, prefix: str) -> dict[str, Any]:
        kwargs: dict[str, Any] = super().get_formset_kwargs(request, obj, inline, prefix)
        typed = shown_fields(request)
        if typed is not None and f"{prefix}-TOTAL_FORMS" in typed:
            kwargs["data"] = with_row_ids(typed, obj) if obj.pk else typed
        return kwargs

    def get_inline_formsets(
        self, request: HttpRequest, formsets: list[Any], inline_instances: list[Any], obj: Any = None, **kwargs: Any
    ) -> list[Any]:
        for formset in formsets if shown_fields(request) is not None else []:
            if isinstance(formset, Bylines) and formset.is_bound:
                formset.show_unchecked()
        return super().get_inline_formsets(request, formsets, inline_instances, obj, **kwargs)
