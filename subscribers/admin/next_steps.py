"""What to do next, said with a link after something was saved: one sentence, and only where the visitor may do it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.db.models import Model
from django.http import HttpRequest, HttpResponseRedirect
from django.utils.html import format_html

if TYPE_CHECKING:
    AnyModelAdmin = admin.ModelAdmin[Any]
else:
    AnyModelAdmin = object


class OffersNextStep(AnyModelAdmin):
    """For a ModelAdmin. It is offered when somebody leaves the form, not when they go on editing or add another."""

    def next_step(self, request: HttpRequest, obj: Any) -> tuple[str, str] | None:
        """What the link says, and its address."""
        raise NotImplementedError

    def response_post_save_add(self, request: HttpRequest, obj: Model) -> HttpResponseRedirect:
        self._offer(request, obj)
        return super().response_post_save_add(request, obj)

    def response_post_save_change(self, request: HttpRequest, obj: Model) -> HttpResponseRedirect:
        self._offer(request, obj)
        return super().response_post_save_change(request, obj)

    def _offer(self, request: HttpRequest, obj: Model) -> None:
        if (step := self.next_step(request, obj)) is not None:
            words, address = step
            messages.info(request, format_html('<a href="{}">{}</a>', address, words))
