"""What stands in the way of deleting something, by the names that staff know: the editions that hold an article, and
not the rows of a table between them."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.http import HttpRequest

MOST_NAMED = 20

if TYPE_CHECKING:
    AdminBase = admin.ModelAdmin[Any]
else:
    AdminBase = object


class NamesWhatNeedsIt(AdminBase):
    """Mixed into the pages of a model whose rows others hold on to."""

    def needed_by(self, rows: Collection[Any]) -> Collection[Any]:
        """At most `MOST_NAMED` of what holds on to these rows, each once, the newest first."""
        raise NotImplementedError

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        deleted, counts, lacking, protected = super().get_deleted_objects(objs, request)
        if protected:
            protected = list(map(str, self.needed_by(list(objs)))) or protected
        return deleted, counts, lacking, protected
