"""Who works on something says so now and then, so that nobody else takes it over."""

from __future__ import annotations

import time
from collections.abc import Callable

from django.db.models import Model
from django.utils import timezone

Say = Callable[[int, int], None]  # how many of how many; 0 while the number isn't known
_EVERY_SECONDS = 10.0


class SignOfLife:
    """Writes the moment into the row's `claimed_at`, also while a large file is read, and passes on how far it is."""

    def __init__(self, of: Model, then: Say | None = None) -> None:
        self._of, self._then, self._said = of, then, time.monotonic()

    def __call__(self, done: int, total: int) -> None:
        if time.monotonic() - self._said > _EVERY_SECONDS:
            self._said = time.monotonic()
            type(self._of)._default_manager.filter(pk=self._of.pk).update(claimed_at=timezone.now())
        if self._then is not None:
            self._then(done, total)
