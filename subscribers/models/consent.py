"""What a person agreed to, when, where and in which words. Records are only ever added."""

from __future__ import annotations

from typing import Any, NoReturn

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lib.dates import in_local_words
from subscribers.models.lists import MailingList
from subscribers.models.people import Subscriber


class ConsentChanged(RuntimeError):
    """Somebody tried to change or delete a consent record."""


class ConsentRecordQuerySet(models.QuerySet["ConsentRecord"]):
    def update(self, **values: Any) -> int:
        # Django's collector nulls the subscriber of an erased person through this very method; nothing else may pass.
        if set(values) <= {"subscriber", "subscriber_id"} and all(value is None for value in values.values()):
            return super().update(**values)
        raise ConsentChanged("A consent record is never changed: add another one.")

    def erase_traces(self) -> int:
        """Forget what could name an erased person. The only other change there is; subscribers.erasure calls it."""
        return super().update(ip=None, user_agent="", detail="", page="")

    def file_under(self, person: Subscriber) -> int:
        """Let another person own the records: of two who are one, subscribers.merging says. Nothing else changes in
        them; `address_hash` goes on saying for which address each was given."""
        return super().update(subscriber=person)

    def delete(self) -> NoReturn:
        raise ConsentChanged("A consent record is never deleted.")


class LeavingReason(models.TextChoices):
    """Why somebody unsubscribed, if they cared to say."""

    TOO_MANY = "too_many", _("Too many emails")
    NOT_RELEVANT = "not_relevant", _("Not what I want to read about")
    NEVER_ASKED = "never_asked", _("I didn’t subscribe")
    OTHER_WAY = "other_way", _("I read you elsewhere")
    OTHER = "other", _("Another reason")


class ConsentRecord(models.Model):
    class Action(models.TextChoices):
        """The stored words are those of the first version; what pages say is the label."""

        ASKED = "asked", _("asked to subscribe")
        CONFIRMED = "confirmed", _("confirmed")
        HELD = "held", _("confirmed, waiting for approval")
        DECLINED = "declined", _("declined")
        CHANGED = "changed", _("changed preferences")
        UNSUBSCRIBED = "left", _("unsubscribed")
        RESUBSCRIBED = "returned", _("resubscribed")
        SUPPRESSED = "suppressed", _("suppressed")
        RELEASED = "released", _("released")

    class Source(models.TextChoices):
        FORM = "form", _("form")
        PREFERENCES = "preferences", _("email preferences")
        ONE_CLICK = "one_click", _("one-click unsubscribe")
        STAFF = "staff", _("staff")
        IMPORT = "import", _("import")
        API = "api", _("API")
        SEED = "seed", _("demo data")

    # The record outlives the person: after erasure only the keyed hash of the address is left.
    subscriber = models.ForeignKey(
        Subscriber, on_delete=models.SET_NULL, null=True, blank=True, related_name="consent_records"
    )
    address_hash = models.CharField(max_length=64)
    # `consents_of_a_list` begins with it: an index of its own would only be written.
    mailing_list = models.ForeignKey(
        MailingList, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("mailing list"),
        db_index=False,
    )  # fmt: skip
    action = models.CharField(_("what"), max_length=12, choices=Action.choices)
    source = models.CharField(_("through"), max_length=12, choices=Source.choices)
    wording = models.TextField(_("wording"), blank=True)
    wording_version = models.CharField(_("version of the wording"), max_length=40, blank=True)
    language = models.CharField(_("language of the wording"), max_length=10, blank=True, db_default="")
    page = models.CharField(_("page"), max_length=500, blank=True)
    origin = models.CharField(_("source of the sign-up"), max_length=60, blank=True, db_default="")
    ip = models.GenericIPAddressField(_("IP address"), null=True, blank=True)
    user_agent = models.CharField(_("browser"), max_length=300, blank=True)
    detail = models.CharField(_("detail"), max_length=500, blank=True)
    leaving_reason = models.CharField(
        _("reason for unsubscribing"), max_length=12, choices=LeavingReason.choices, blank=True, db_default=""
    )
    staff = models.CharField(_("by"), max_length=150, blank=True)
    at = models.DateTimeField(_("when"), default=timezone.now, editable=False)

    objects = ConsentRecordQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        # Who subscribed to a list and who unsubscribed from it, within a time.
        indexes = [
            # Of an erased person nothing else is known; for anybody else nobody looks by hash.
            models.Index(
                fields=["address_hash"], name="consents_of_nobody", condition=models.Q(subscriber__isnull=True)
            ),
            models.Index(fields=["mailing_list", "action", "at"], name="consents_of_a_list"),
            # What staff or an import did is looked for among a great many forms.
            models.Index(fields=["source", "id"], name="consents_by_source"),
            models.Index(fields=["action", "id"], name="consents_by_action"),
            # Few say why they unsubscribe, and these are counted.
            models.Index(
                fields=["leaving_reason", "id"],
                name="consents_by_leaving_reason",
                condition=~models.Q(leaving_reason=""),
            ),
        ]
        verbose_name = _("consent record")
        verbose_name_plural = _("consent records")

    def __str__(self) -> str:
        return f"{self.get_action_display()} ({in_local_words(self.at)})"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise ConsentChanged("A consent record is never changed: add another one.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise ConsentChanged("A consent record is never deleted.")
