"""What a worker does for an archive in its present state."""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.db import InterfaceError, OperationalError
from django.db.models import F
from django.utils import timezone

from newsletters.articles.archives import running, undoing
from newsletters.articles.archives.archived import UnreadableArchive
from newsletters.articles.archives.waiting_archives import AT_WORK, unclaimed
from newsletters.models import ArchiveImport

logger = logging.getLogger(__name__)

State = ArchiveImport.State


def work_on(import_id: int, *, until: Callable[[], bool]) -> bool:
    """Do what is to be done, as far as `until` lets it. True when there is more."""
    waiting = ArchiveImport.objects.filter(unclaimed(), pk=import_id, state__in=AT_WORK)
    # One that is claimed and silent has ended its worker, without any error to be counted.
    left = waiting.exclude(claimed_at=None).update(claimed_at=timezone.now(), failures=F("failures") + 1)
    if not left and not waiting.update(claimed_at=timezone.now()):
        return False
    of = ArchiveImport.objects.get(pk=import_id)
    if of.failures >= running.MOST_FAILURES:
        running.give_up(of)
        return False
    try:
        match of.state:
            case State.CHECKING:
                _check(of)
                more = False
            case State.RUNNING:
                more = running.run(of.pk, until=until)
            case _:
                more = undoing.undo(of.pk, until=until)
    except (OperationalError, InterfaceError):  # the database is away: the next worker tries again
        raise
    except Exception as problem:  # counted: three of them end it, and the worker goes on with others
        logger.exception("Archive %s was interrupted", of.pk)
        running.count_failure(of, problem)
        more = False  # `waiting` names it again
    finally:
        ArchiveImport.objects.filter(pk=import_id).update(claimed_at=None)
    return more


def _check(of: ArchiveImport) -> None:
    try:
        running.check(of)
    except UnreadableArchive as problem:
        running.fail(of, str(problem))
    except (OperationalError, InterfaceError):  # the database is away: the next worker tries again
        raise
    except Exception:
        # Of the archive, then: it would end every worker after this one in the same way.
        logger.exception("Archive %s can't be checked", of.pk)
        running.fail(of, f"{of.name} can't be read. The operator finds the reason in the log of the program.")
