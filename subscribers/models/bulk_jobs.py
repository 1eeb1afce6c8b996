"""Something that staff have done to many people: which, how far it has come, and what it takes to undo it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class BulkJob(models.Model):
    """`subscribers.jobs.working` alone changes the state."""

    class Action(models.TextChoices):
        ADD_TO_LIST = "add", _("Add to a list")
        TAG = "tag", _("Add a tag")
        UNTAG = "untag", _("Remove a tag")
        UNSUBSCRIBE = "leave", _("Unsubscribe")
        ERASE = "erase", _("Erase permanently")

    class State(models.TextChoices):
        RUNNING = "running", _("at work")
        STOPPED = "stopped", _("stopped")
        DONE = "done", _("done")
        FAILED = "failed", _("stopped by an error")
        UNDOING = "undoing", _("being undone")
        UNDONE = "undone", _("undone")

    action = models.CharField(_("what"), max_length=10, choices=Action.choices)
    options = models.JSONField(default=dict)  # as `subscribers.jobs.actions` reads them
    selection = models.JSONField(default=dict)  # as `subscribers.jobs.selecting` reads it
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.RUNNING)
    total = models.PositiveBigIntegerField(_("people"), default=0)
    last = models.PositiveBigIntegerField(default=0)  # nobody who came later is meant
    cursor = models.PositiveBigIntegerField(default=0)  # the last person who is done
    done = models.PositiveBigIntegerField(default=0)
    changed = models.PositiveBigIntegerField(_("changed"), default=0)
    left_out = models.JSONField(default=dict)  # why, and how many
    trouble = models.CharField(max_length=500, blank=True)
    claimed_at = models.DateTimeField(null=True, blank=True)
    by = models.CharField(_("by"), max_length=150)
    created_at = models.DateTimeField(_("when"), auto_now_add=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["state"], name="bulk_jobs_at_work", condition=Q(state__in=["running", "undoing"]))
        ]
        verbose_name = _("change of many people")
        verbose_name_plural = _("changes of many people")

    def __str__(self) -> str:
        return str(self.get_action_display())

    @property
    def can_be_undone(self) -> bool:
        ended = (self.State.DONE, self.State.STOPPED, self.State.FAILED)
        return self.action != self.Action.ERASE and self.state in ended and self.changed > 0


class BulkJobBatch(models.Model):
    """What one transaction of a job changed: what `actions` needs to undo it."""

    job = models.ForeignKey(BulkJob, on_delete=models.CASCADE, related_name="batches")
    changes = models.JSONField(default=list)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.job_id}: batch {self.pk}"
