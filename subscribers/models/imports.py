"""A file of people that somebody brought, how far its import has come, and what it takes to undo it."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _


class Import(models.Model):
    """The file itself lies in the private folder `folder`; `subscribers.imports.running` alone changes the state."""

    class State(models.TextChoices):
        UPLOADED = "uploaded", _("uploaded")
        CHECKING = "checking", _("being checked")
        CHECKED = "checked", _("checked")
        RUNNING = "running", _("importing")
        STOPPED = "stopped", _("stopped")
        DONE = "done", _("imported")
        FAILED = "failed", _("can't be read")
        UNDOING = "undoing", _("being undone")
        UNDONE = "undone", _("undone")
        PARTLY_UNDONE = "partly", _("partly undone")  # can be undone further, and nothing else

    class Consent(models.TextChoices):
        PROVEN = "proven", _("Only those whose consent the file proves get mail; the others stay unconfirmed")
        CONFIRM = "confirm", _("Those whose consent the file doesn't prove get one confirmation email")
        NONE = "none", _("Everybody stays unconfirmed and gets no mail")

    name = models.CharField(_("file"), max_length=255)
    folder = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.UPLOADED)
    options = models.JSONField(default=dict)  # as `subscribers.imports.options` writes it
    rows = models.PositiveBigIntegerField(_("rows"), default=0)  # an address once
    # The last staged row that is in; those who left come first, so there are two passes.
    passed = models.PositiveSmallIntegerField(default=0)
    cursor = models.BigIntegerField(default=0)
    done = models.PositiveBigIntegerField(default=0)
    plan = models.JSONField(default=dict)  # the counts of the dry run
    counts = models.JSONField(default=dict)  # of what was done
    trouble = models.CharField(max_length=500, blank=True)
    # Unforeseen errors one after the other, without a batch in between.
    failures = models.PositiveSmallIntegerField(default=0, db_default=0)
    wants_stop = models.BooleanField(default=False)
    # Confirmation mails were asked for up to this subscription; None: none are to be.
    confirmed_to = models.BigIntegerField(null=True, blank=True)
    asked = models.JSONField(default=dict)  # how many of them when, within the last hour
    # A worker that dies leaves its claim behind; after a while another takes over.
    claimed_at = models.DateTimeField(null=True, blank=True)
    by = models.CharField(_("by"), max_length=150, blank=True)
    created_at = models.DateTimeField(_("when"), auto_now_add=True)
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        indexes = [
            # Workers look for these every second, and there may be years of the others.
            models.Index(
                fields=["state"],
                name="imports_at_work",
                condition=models.Q(state__in=["checking", "running", "undoing"]),
            ),
            models.Index(
                fields=["confirmed_to"], name="imports_that_ask", condition=models.Q(confirmed_to__isnull=False)
            ),
        ]
        verbose_name = _("import")
        verbose_name_plural = _("imports")

    def __str__(self) -> str:
        return self.name


class ImportBatch(models.Model):
    """What one transaction of an import did, so that it can be undone: a row a batch, however many people."""

    of = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="batches")
    people = models.JSONField(default=list)  # of those it made: pairs of the first and the last id
    # Of the same people, in their order, where each stands in the file: pairs of the first and the last row.
    lines = models.JSONField(default=list, db_default=models.Value([], models.JSONField()))
    subscriptions = models.JSONField(default=list)  # pairs of ids, as of people
    before = models.JSONField(default=dict)  # what others were before
    # The lowest and the highest of those ids, by which one person's batch is found. None: it made none.
    first_person = models.BigIntegerField(null=True, blank=True)
    last_person = models.BigIntegerField(null=True, blank=True)
    first_subscription = models.BigIntegerField(null=True, blank=True)
    last_subscription = models.BigIntegerField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["last_person", "first_person"], name="batches_of_a_person"),
            models.Index(fields=["last_subscription", "first_subscription"], name="batches_of_a_subscription"),
        ]

    def __str__(self) -> str:
        return f"{self.of_id}: batch {self.pk}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.first_person, self.last_person = _ends(self.people)
        self.first_subscription, self.last_subscription = _ends(self.subscriptions)
        super().save(*args, **kwargs)

    def line_of(self, person: int) -> int | None:
        """Where somebody whom it made stands in the file; None where that isn't known."""
        place = _place_of(person, self.people)
        return None if place is None else _at_place(place, self.lines)

    def made_person(self, pk: int) -> bool:
        return _place_of(pk, self.people) is not None

    def made_subscription(self, pk: int) -> bool:
        return _place_of(pk, self.subscriptions) is not None


Pairs = list[list[int]]


def _ends(pairs: Pairs) -> tuple[int | None, int | None]:
    if not pairs:
        return None, None
    return min(first for first, _last in pairs), max(last for _first, last in pairs)


def _place_of(number: int, pairs: Pairs) -> int | None:
    """How many numbers stand before this one."""
    before = 0
    for first, last in pairs:
        if first <= number <= last:
            return before + number - first
        before += last - first + 1
    return None


def _at_place(place: int, pairs: Pairs) -> int | None:
    """The number that so many stand before."""
    for first, last in pairs:
        if place <= last - first:
            return first + place
        place -= last - first + 1
    return None
