"""What comes in by the public forms: one row each, written by the page and taken in by a worker a moment later.

**Nobody learns by the time of an answer what is known of an address.** A page writes the same row for everybody;
whether the person exists, is subscribed or suppressed, or has reached a limit, is found by the worker. It is also the
cheapest a page can be: one statement, whatever the sign-up needs then, and one commit for all who sign up at a time.

A row that a page has answered for is kept until its transaction has written all of it: a worker that dies leaves it to
the next. One that cannot be taken in is logged, tried again ever later, and given up after three days.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import override

from lib.group_commit import GroupCommit
from mail.outbox.posting import nudge_for_due
from subscribers import languages
from subscribers.models import FormRequest, MailingList, Topic
from subscribers.preferences import changes
from subscribers.signup.double_opt_in import SignupRequest, request_subscription
from subscribers.visitors import Visit

logger = logging.getLogger(__name__)

_requests = GroupCommit(FormRequest)  # sign-ups that come at the same time share a commit
AT_ONCE = 200  # rows; then the mails that they led to have their turn
GIVE_UP_AFTER = timedelta(days=3)
AGAIN_AFTER = timedelta(minutes=1)


def hand_in_signup(
    email: str, *, lists: Sequence[MailingList], topics: Sequence[Topic], name: str, visit: Visit
) -> None:
    """A sign-up from a public form; `email` is normalised. The language is that of the page."""
    _hand_in(
        FormRequest.Kind.SUBSCRIBE,
        email,
        visit,
        name=name[:100],
        lists=[each.pk for each in lists],
        topics=[each.pk for each in topics],
    )


def hand_in_link_request(email: str, *, visit: Visit) -> None:
    """Somebody wants the link to their email preferences."""
    _hand_in(FormRequest.Kind.PREFERENCES_LINK, email, visit)


def _hand_in(kind: FormRequest.Kind, email: str, visit: Visit, **asked: object) -> None:
    now = timezone.now()
    _requests.insert(FormRequest(
        kind=kind, email=email, language=visit.language, page=visit.page, ip=visit.ip, user_agent=visit.user_agent,
        origin=visit.origin, asked_at=now, due_at=now, **asked,
    ))  # fmt: skip
    nudge_for_due()


# --- The worker's part ------------------------------------------------------------------------------------------
def is_waiting() -> bool:
    return FormRequest.objects.filter(due_at__lte=timezone.now()).exists()


def take_in() -> int:
    """Take in what is due, the oldest first. Returns how many were done. Never raises for a single one."""
    done = 0
    for pk in (
        FormRequest.objects.filter(due_at__lte=timezone.now()).order_by("due_at", "pk").values_list("pk")[:AT_ONCE]
    ):
        try:
            done += _take_in_one(pk[0])
        except Exception:
            logger.exception("Form request %s could not be taken in", pk[0])
            _try_later(pk[0])
    return done


def _take_in_one(pk: int) -> bool:
    """One transaction. The row is locked first, so that of two workers the second finds it gone."""
    with transaction.atomic():
        row = FormRequest.objects.select_for_update().filter(pk=pk).first()
        if row is None:
            return False
        with override(languages.language_of(row.language)):
            if row.kind == FormRequest.Kind.PREFERENCES_LINK:
                changes.request_link(row.email)
            else:
                _subscribe(row)
        row.delete()
    return True


def _subscribe(row: FormRequest) -> None:
    lists = list(MailingList.objects.filter(pk__in=row.lists))
    if not lists:
        logger.info("Form request %s is for lists that are gone", row.pk)
        return
    request_subscription(
        SignupRequest(
            email=row.email,
            lists=sorted(lists, key=lambda each: row.lists.index(each.pk)),
            topics=list(Topic.objects.filter(pk__in=row.topics)) if row.topics else (),
            name=row.name,
            language=row.language,
            visit=Visit(row.page, row.ip, row.user_agent, row.language, row.origin),
            asked_at=row.asked_at,
        )
    )


def _try_later(pk: int) -> None:
    row = FormRequest.objects.filter(pk=pk).first()
    if row is None:
        return
    waited = timezone.now() - row.asked_at
    if waited > GIVE_UP_AFTER:
        logger.error("Form request %s was given up after three days", pk)
        row.delete()
        return
    row.due_at = timezone.now() + max(AGAIN_AFTER, waited)
    row.save(update_fields=["due_at"])
