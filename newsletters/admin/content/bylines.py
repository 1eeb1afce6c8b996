"""The by-line of an article in its form: authors in order, as rows that a page may send again and again.

A page that saves by itself doesn't know the ids of the rows that its last save made. It always sends the whole by-line,
so each row is found by its author, and who isn't in it any more is taken out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.forms import BaseInlineFormSet
from django.forms.utils import ErrorDict
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext_lazy

from lib.query_numbers import read_number
from newsletters.models import Article, ArticleAuthor

if TYPE_CHECKING:
    BylineBase = admin.TabularInline[ArticleAuthor, Article]
    FormSetBase = BaseInlineFormSet[ArticleAuthor, Article, Any]
else:
    BylineBase, FormSetBase = admin.TabularInline, BaseInlineFormSet

PREFIX = "articleauthor_set"
MOST = 100
_COLUMNS = ("author", "position", "DELETE")


class Bylines(FormSetBase):
    def show_unchecked(self) -> None:
        """Show what was typed without saying what is wrong with it: nobody has pressed a button."""
        self._errors: list[Any] = []
        self._non_form_errors = self.error_class()
        for form in self.forms:
            form._errors = ErrorDict()


class BylineInline(BylineBase):
    model = ArticleAuthor
    formset = Bylines
    fields = ["author", "position"]
    autocomplete_fields = ["author"]
    extra = 1
    verbose_name = gettext_lazy("author")
    verbose_name_plural = gettext_lazy("Authors, in order")

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """An author is chosen or added here. Changed and deleted they are on their own page: beside the cross that
        takes them out of the by-line, another that deletes them everywhere would be a trap."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None and isinstance(field.widget, RelatedFieldWidgetWrapper):
            field.widget.can_change_related = field.widget.can_delete_related = field.widget.can_view_related = False
        return field


def with_readable_authors(data: QueryDict) -> QueryDict:
    """Without what is the number of no author: it was typed by nobody, and no row of the form could show it."""
    changed = data.copy()
    for name in data:
        if name.startswith(f"{PREFIX}-") and name.endswith("-author") and read_number(data.get(name)) is None:
            changed[name] = ""
    return changed


def with_row_ids(data: QueryDict, article: Article) -> QueryDict:
    """The form as it was sent, its rows with the ids of the by-lines that are stored."""
    total = read_number(data.get(f"{PREFIX}-TOTAL_FORMS"))
    if total is None or total > MOST:
        return data
    stored = dict(ArticleAuthor.objects.filter(article=article).values_list("author_id", "pk"))
    rows = [{name: data.get(f"{PREFIX}-{n}-{name}", "") for name in _COLUMNS} for n in range(total)]
    known: list[dict[str, str]] = []
    new: list[dict[str, str]] = []
    for row in (row for row in rows if row["author"]):
        pk = stored.pop(read_number(row["author"]) or 0, None)
        (known if pk else new).append(row | {"id": str(pk or "")})
    gone = [{"author": str(author), "position": "0", "DELETE": "on", "id": str(pk)} for author, pk in stored.items()]
    known += gone
    changed = data.copy()
    for name in [name for name in changed if name.startswith(f"{PREFIX}-") and name[len(PREFIX) + 1].isdigit()]:
        del changed[name]
    changed[f"{PREFIX}-INITIAL_FORMS"], changed[f"{PREFIX}-TOTAL_FORMS"] = str(len(known)), str(len(known) + len(new))
    for n, row in enumerate([*known, *new]):
        for name, value in row.items():
            if value or name != "DELETE":
                changed[f"{PREFIX}-{n}-{name}"] = value
        changed[f"{PREFIX}-{n}-article"] = str(article.pk)
    return changed


def stored_rows(article: Article) -> list[list[str]]:
    """The by-line as the form would send it."""
    rows = list(ArticleAuthor.objects.filter(article=article).values_list("author_id", "position"))
    fields = [[f"{PREFIX}-TOTAL_FORMS", str(len(rows))]]
    for n, (author, position) in enumerate(rows):
        fields += [[f"{PREFIX}-{n}-author", str(author)], [f"{PREFIX}-{n}-position", str(position)]]
    return fields
