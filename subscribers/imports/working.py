"""Whose turn it is: what a worker does for an import in its present state, and which imports nobody works on."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta

from django.db import InterfaceError, OperationalError
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from lib.signs_of_life import Say, SignOfLife
from subscribers.imports import running, undoing
from subscribers.imports.files.tables import UnreadableFile
from subscribers.models import Import

logger = logging.getLogger(__name__)

CLAIMED = timedelta(seconds=60)  # since its last sign of life a worker has an import to itself
State = Import.State
AT_WORK = (State.CHECKING, State.RUNNING, State.UNDOING)


def _unclaimed() -> Q:
    return Q(claimed_at=None) | Q(claimed_at__lt=timezone.now() - CLAIMED)


def waiting() -> list[int]:
    """The imports that have work, and nobody who does it."""
    return list(Import.objects.filter(_unclaimed(), state__in=AT_WORK).order_by("pk").values_list("pk", flat=True))


def work_on(import_id: int, *, until: Callable[[], bool]) -> bool:
    """Do what is to be done, as far as `until` lets it. True when there is more."""
    if not Import.objects.filter(_unclaimed(), pk=import_id, state__in=AT_WORK).update(claimed_at=timezone.now()):
        return False
    of = Import.objects.get(pk=import_id)
    alive = SignOfLife(of)
    try:
        match of.state:
            case State.CHECKING:
                _check(of, alive)
                more = False
            case State.RUNNING:
                more = running.run(of.pk, until=until, say=alive)
            case _:
                more = undoing.undo(of.pk, until=until)
    except (OperationalError, InterfaceError):  # the database is away: the next worker tries again
        raise
    except Exception as problem:
        logger.exception("Import %s was interrupted", of.pk)
        running.count_failure(of, problem)
        more = False  # `waiting` names it again
    finally:
        Import.objects.filter(pk=import_id).update(claimed_at=None)
    return more


def _check(of: Import, alive: Say) -> None:
    try:
        running.check(of, alive)
    except UnreadableFile as problem:
        running.fail(of, str(problem))
    except (OperationalError, InterfaceError):  # the database is away: the next worker tries again
        raise
    except Exception:
        # Of the file, then: it would end every worker after this one in the same way.
        logger.exception("Import %s can't be checked", of.pk)
        running.fail(of, _("%(name)s can't be read. Save it as CSV and import that.") % {"name": of.name})
