"""The audience of an edition in words: how many get it, why not the others, by topic, and how long that takes.

An address of its own: a page links to it, and a script puts the answer in the place of the link, so that counting half
a million readers never holds up the composer.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lib.optional_cache import keep, kept
from newsletters.admin.edition.watching import time_in_words
from newsletters.delivery.audience import reach
from newsletters.delivery.audience.reach import Duration, Reach
from newsletters.delivery.ledger.reasons import Skip
from newsletters.delivery.limits import rate_limits
from newsletters.models import Edition

KEPT_SECONDS = 20


def page(request: HttpRequest, edition: Edition) -> HttpResponse:
    """The panel, alone for a script that asks for it, and as a page for a person."""
    alone = request.headers.get("X-Requested-With") == "panel"
    context: dict[str, Any] = {"edition": edition, "audience": context_of(edition), "loaded": True}
    if not alone:
        context |= {
            **admin.site.each_context(request),
            "title": _("Audience of %(edition)s") % {"edition": edition},
            "opts": Edition._meta,
        }
    name = "_audience" if alone else "audience"
    answer = TemplateResponse(request, f"admin/newsletters/edition/{name}.html", context)
    answer["Cache-Control"] = "no-store"
    return answer


def _reach(edition: Edition) -> Reach:
    """Counted once in a while, and when the edition was saved: on a page that an editor looks at, a reader more or less
    is no news. The page of sending counts for itself."""
    key = f"reach:{edition.pk}:{edition.revision}"
    found: Reach | None = kept(key)
    if found is None:
        found = reach.of(edition)
        keep(key, found, KEPT_SECONDS)
    return found


def context_of(edition: Edition) -> dict[str, Any]:
    found = _reach(edition)
    return {
        "sentence": reached_in_words(edition, found.reached),
        "duration": duration_in_words(reach.duration(found.reached)) if found.reached else "",
        "others": [{"count": count, "why": why} for count, why in others_in_words(found)],
        "everything": found.everything,
        "topics": found.topics if any(topic.readers for topic in found.topics) else (),
        "variants": found.variants,
    }


def reached_in_words(edition: Edition, count: int) -> str:
    words = {"count": f"{count:,}", "list": edition.newsletter.mailing_list.name}
    if not count:
        return _("It would reach nobody of %(list)s now.") % words
    return ngettext(
        "It would reach %(count)s reader of %(list)s now.", "It would reach %(count)s readers of %(list)s now.", count
    ) % words  # fmt: skip


def others_in_words(found: Reach) -> list[tuple[int, str]]:
    """How many of the list get nothing, and why: those first about whom something could be done."""
    words = {
        reach.PENDING: _("not confirmed yet"),
        Skip.NO_TOPIC: _("following only topics that it has no article on"),
        Skip.PAUSED: _("pausing"),
        Skip.SUPPRESSED: _("with a suppressed address"),
        Skip.LEFT: _("gone from the list"),
    }
    return [(found.others[str(reason)], text) for reason, text in words.items() if found.others.get(str(reason))]


def duration_in_words(duration: Duration | None) -> str:
    if duration is None:
        return ""
    time = time_in_words(duration.seconds)
    if duration.throttled is None:
        return _("As fast as the last edition, that takes %s.") % time
    if duration.throttled == rate_limits.EVERYBODY:
        return _("At the rate limit for all mail, that takes %s.") % time
    return _("At the rate limit for %(domain)s, that takes %(time)s.") % {"domain": duration.throttled, "time": time}
