"""Which archives have work and nobody who does it. Apart from the work itself, whose parsers a worker loads late."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from newsletters.models import ArchiveImport

CLAIMED = timedelta(minutes=6)  # since its last sign of life; the pictures of one article may take five
State = ArchiveImport.State
AT_WORK = (State.CHECKING, State.RUNNING, State.UNDOING)


def unclaimed() -> Q:
    return Q(claimed_at=None) | Q(claimed_at__lt=timezone.now() - CLAIMED)


def waiting() -> list[int]:
    found = ArchiveImport.objects.filter(unclaimed(), state__in=AT_WORK)
    return list(found.order_by("pk").values_list("pk", flat=True))
