"""Ask a second person, approve, return: each by one compare-and-set, so that of two who decide one does.

Anyone who worked on an edition or asked for the approval does not approve it. A decision is about the content that its
maker saw: when the edition says something else by then, nothing is decided.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from lib.names import called
from mail.outbox.posting import post
from newsletters.editions import approval_state, snapshot
from newsletters.editions.approval_messages import APPROVAL_REJECTED, APPROVAL_REQUESTED, ApprovalContext
from newsletters.editions.fingerprint import fingerprint
from newsletters.editions.loading import LoadedEdition
from newsletters.editions.transitions import Conflict, Refused
from newsletters.models import Approval, Edition, EditionRevision

logger = logging.getLogger(__name__)
State = Approval.State
STALE = timedelta(days=1)  # what nobody could be told of for so long is seen on the page


@dataclass(frozen=True, slots=True)
class Composers:
    """By their numbers; of what was saved before Iria kept those, or by a program, there are names only."""

    ids: frozenset[int]
    names: frozenset[str]

    def __contains__(self, person: User) -> bool:
        return person.pk in self.ids or called(person) in self.names


class OwnWork(Refused):
    """A second person is somebody else."""


def ask(edition: Edition, *, by: User) -> Approval:
    """Ask for an approval of what the edition says now. Asked for twice it is one request. Raises `Refused`."""
    with transaction.atomic():
        # One after another, so that the second who asks finds the first one's request.
        locked = Edition.objects.select_for_update().get(pk=edition.pk)
        if locked.status != Edition.Status.DRAFT:
            raise Refused(_("Only a draft can be approved."))
        content = snapshot.of_edition(edition)
        now = fingerprint(content)
        open_ = Approval.objects.filter(edition=edition, state=State.ASKED)
        if (asked := open_.filter(fingerprint=now).first()) is not None:
            return asked
        open_.update(state=State.OVERTAKEN, decided_at=timezone.now())
        logger.info("Edition %s: user %s requests approval of %s", edition.pk, by.pk, now)
        return Approval.objects.create(
            edition=edition, fingerprint=now, content=content.to_json(), asked_by=by, asked_by_name=called(by)
        )


def approve(edition: Edition, approval_id: int, *, by: User) -> Approval:
    """Stand behind it. Raises `OwnWork`, `Conflict` when it says something else by now or was decided, `Refused`."""
    _must_be_another(edition, by)
    return _decide(edition, approval_id, State.APPROVED, by, "")


def give_back(edition: Edition, approval_id: int, *, by: User, note: str) -> Approval:
    """Return it to its editor, with what is to be mended; it is mailed to who asked. Raises as `approve`
    does; anybody who may approve may."""
    _must_be_another(edition, by)
    note = note.strip()
    if not note:
        raise Refused(_("Say what needs to change, so the editor knows."))
    with transaction.atomic():
        rejected = _decide(edition, approval_id, State.RETURNED, by, note[:1000])
        asked_by = rejected.asked_by
        if asked_by is not None and asked_by.is_active and asked_by.email:
            post(APPROVAL_REJECTED, asked_by.email, ApprovalContext(rejected.pk, asked_by.pk))
    return rejected


def _must_be_another(edition: Edition, by: User) -> None:
    if by in composers(edition):
        raise OwnWork(_("You worked on this edition, so someone else has to approve it."))


def _decide(edition: Edition, approval_id: int, state: str, by: User, note: str) -> Approval:
    if edition.status != Edition.Status.DRAFT:
        raise Refused(_("Only a draft can be approved."))
    asked = Approval.objects.filter(pk=approval_id, edition=edition).first()
    if asked is None:
        raise Refused(_("We couldn't find this approval request."))
    now = approval_state.read_approval_state(LoadedEdition(edition))
    if asked.fingerprint != now.fingerprint:
        raise Conflict(
            _("Nothing was decided. The edition has changed since approval was requested: %s.") % ", ".join(now.changes)
        )
    decided = Approval.objects.filter(pk=approval_id, state=State.ASKED).update(
        state=state, decided_by=by, decided_by_name=called(by), decided_at=timezone.now(), note=note
    )
    asked.refresh_from_db()
    if not decided:
        raise Conflict(
            _("%(who)s has already decided: %(state)s.")
            % {"who": asked.decided_by_name, "state": asked.get_state_display()}
        )
    logger.info("Edition %s: %s by user %s, as %s", edition.pk, state, by.pk, asked.fingerprint)
    return asked


def composers(edition: Edition) -> Composers:
    """Who may not decide about it: who made it, and who saved it or asked since it was last approved.

    Only an approval begins anew: what was returned, or overtaken by another request, nobody has stood behind yet.
    """
    requests = Approval.objects.filter(edition=edition)
    saves = EditionRevision.objects.filter(edition=edition)
    approved = requests.filter(state=State.APPROVED).order_by("-decided_at").values("decided_at")[:1]
    since = Coalesce(Subquery(approved), Value(datetime.min.replace(tzinfo=UTC)))
    saved = saves.filter(saved_at__gt=since).order_by().values_list("saved_by_user_id", "saved_by")
    asked = requests.filter(asked_at__gt=since).order_by().values_list("asked_by_id", "asked_by_name")
    found = {(edition.created_by_id, ""), *saved.union(asked)}
    return Composers(
        frozenset(id_ for id_, _name in found if id_), frozenset(name for id_, name in found if name and not id_)
    )


# --- A message to who may decide -------------------------------------------------------------------------------------
def untold() -> list[int]:
    """Requests of which nobody has been told yet, for the reconcile."""
    fresh = Approval.objects.filter(state=State.ASKED, told_at__isnull=True)
    return list(fresh.filter(asked_at__gt=timezone.now() - STALE).values_list("pk", flat=True)[:20])


def tell_approvers(approval_id: int) -> int:
    """Post a message to each who may approve and has an address. How many.

    The request is marked in the transaction that posts them: a crash leaves both or neither.
    """
    with transaction.atomic():
        claimed = Approval.objects.filter(pk=approval_id, state=State.ASKED, told_at__isnull=True)
        if not claimed.update(told_at=timezone.now()):
            return 0
        asked = Approval.objects.select_related("edition").get(pk=approval_id)
        own = composers(asked.edition)
        people = [user for user in who_may_approve() if user.email and user not in own]
        for user in people:
            post(APPROVAL_REQUESTED, user.email, ApprovalContext(approval_id, user.pk))
    return len(people)


def who_may_approve() -> QuerySet[User]:
    return User.objects.with_perm(
        "newsletters.change_approval", backend="django.contrib.auth.backends.ModelBackend"
    ).filter(is_active=True, is_staff=True)
