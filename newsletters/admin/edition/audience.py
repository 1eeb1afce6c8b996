"""The audience of an edition in words: how many get it, why not the others, by topic, and how long that takes.

An address of its own: a page links to it, and a script puts the answer in the place of the link, so that counting half
a million readers never holds up the composer.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lib.durations import duration_in_words
from lib.optional_cache import get_cached, put_cached
from newsletters.admin.edition.edition_page import EditionPage
from newsletters.delivery.audience.counting import AudienceCount, count_audience
from newsletters.delivery.audience.duration import Duration, estimate_duration
from newsletters.delivery.ledger.reasons import Skip
from newsletters.delivery.limits import rate_limits
from newsletters.models import Edition
from subscribers.models import DIGESTS, Frequency

KEPT_SECONDS = 20


def show_audience(request: HttpRequest, page: EditionPage) -> HttpResponse:
    """The panel, alone for a script that asks for it, and as a page for a person."""
    alone = request.headers.get("X-Requested-With") == "panel"
    context: dict[str, Any] = {"edition": page.edition, "audience": _panel_context(page), "loaded": True}
    if not alone:
        context |= page.context(_("Audience of %(edition)s") % {"edition": page.edition})
    name = "_audience" if alone else "audience"
    answer = TemplateResponse(request, f"admin/newsletters/edition/{name}.html", context)
    answer["Cache-Control"] = "no-store"
    return answer


def _recent_count(page: EditionPage) -> AudienceCount:
    """Counted once in a while, and when the edition was saved: on a page that an editor looks at, a reader more or less
    is no news. The page of sending counts for itself."""
    key = f"audience:{page.edition.pk}:{page.edition.revision}"
    found: AudienceCount | None = get_cached(key)
    if found is None:
        found = count_audience(page.content)
        put_cached(key, found, KEPT_SECONDS)
    return found


def _panel_context(page: EditionPage) -> dict[str, Any]:
    found = _recent_count(page)
    return {
        "sentence": reached_in_words(page.edition, found.reached),
        "duration": sending_time_in_words(estimate_duration(found.reached)) if found.reached else "",
        "digests": digests_in_words(found),
        "others": [{"count": count, "why": why} for count, why in others_in_words(found)],
        "everything": found.everything,
        "topics": found.topics if any(topic.readers for topic in found.topics) else (),
        "variants": found.variants,
    }


def reached_in_words(edition: Edition, count: int) -> str:
    words = {"count": f"{count:,}", "list": edition.newsletter.mailing_list.name}
    if not count:
        return _("Right now it would reach no readers of %(list)s.") % words
    return ngettext(
        "Right now it would reach %(count)s reader of %(list)s.",
        "Right now it would reach %(count)s readers of %(list)s.", count
    ) % words  # fmt: skip


def others_in_words(found: AudienceCount) -> list[tuple[int, str]]:
    """How many of the list get nothing, and why; the most first."""
    others = sorted(found.excluded.items(), key=lambda each: -each[1])
    return [(readers, reason.words) for reason, readers in others if reason != Skip.DIGEST]


def digests_in_words(found: AudienceCount) -> str:
    """“5 more get it in their weekly digest, 2 in their daily digest.” Empty where nobody does."""
    words = {
        Frequency.DAILY: _("%s in their daily digest"),
        Frequency.WEEKLY: _("%s in their weekly digest"),
        Frequency.MONTHLY: _("%s in their monthly digest"),
    }
    parts = [words[Frequency(each)] % f"{found.digests[each]:,}" for each in DIGESTS if found.digests.get(each)]
    return _("Others get its articles later: %s.") % ", ".join(parts) if parts else ""


def sending_time_in_words(duration: Duration | None) -> str:
    if duration is None:
        return ""
    time = duration_in_words(duration.seconds, about=True)
    if duration.throttled is None:
        return _("At the speed of the last edition, that takes %s.") % time
    if duration.throttled == rate_limits.EVERYBODY:
        return _("At the rate limit for all mail, that takes %s.") % time
    return _("At the rate limit for %(domain)s, that takes %(time)s.") % {"domain": duration.throttled, "time": time}
