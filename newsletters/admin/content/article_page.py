"""What the page of an article shows: the article, its working copy, an earlier version, or what was refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.http import HttpRequest

from lib.query_numbers import read_number
from newsletters.admin.content import publishing
from newsletters.admin.content.article_presence import others_in_words
from newsletters.admin.content.bylines import Bylines, with_row_ids
from newsletters.admin.content.kept_moment import fields_to_show
from newsletters.admin.content.typed_fields import show_typed, shown_fields, unchecked
from newsletters.admin.roles import may
from newsletters.articles import revisions
from newsletters.models import Article

if TYPE_CHECKING:
    ArticleAdminBase = admin.ModelAdmin[Article]
else:
    ArticleAdminBase = admin.ModelAdmin


class ShowsWhatWasTyped(ArticleAdminBase):
    """Mixed into the admin of articles, before ModelAdmin."""

    def _show_stored(self, request: HttpRequest, article: Article) -> None:
        """The version that was asked for, or the working copy."""
        number = read_number(request.GET.get("version"))
        version = article.revisions.filter(number=number).first() if number else None
        shown = version or revisions.working_copy(article)
        if shown is not None:
            show_typed(request, fields_to_show(shown.fields, article), unsaved=version is not None)

    def get_form(self, request: HttpRequest, obj: Article | None = None, change: bool = False, **kwargs: Any) -> Any:
        form: Any = super().get_form(request, obj, change, **kwargs)
        form.may_reword_public = may(request, publishing.PUBLISH)
        typed = shown_fields(request)
        return form if typed is None else unchecked(form, typed)

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

    def _bar(self, request: HttpRequest, article: Article | None) -> dict[str, Any]:
        copy = revisions.working_copy(article) if article else None
        return {
            "article": article,
            "is_published": article is not None and article.status == Article.Status.PUBLISHED,
            "working_copy": copy,
            "can_undo": article is not None and revisions.to_undo(article) is not None,
            "can_redo": article is not None and revisions.to_redo(article) is not None,
            "unsaved": bool(getattr(request, "iria_unsaved", False)),
            "others": others_in_words(request, article) if article else "",
            "may_publish": may(request, publishing.PUBLISH),
        }
