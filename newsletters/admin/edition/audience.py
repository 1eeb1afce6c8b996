"""The audience of an edition in words: how many get it, why not the others, by topic, and how long that takes.

An address of its own: a page links to it, and a script puts the answer in the place of the link, so that counting half
a million readers never holds up the composer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lib.durations import duration_in_words
from lib.optional_cache import get_cached, put_cached
from lib.query_numbers import read_number
from newsletters.admin.acting_user import acting_name, acting_user
from newsletters.admin.edition.edition_page import EditionPage
from newsletters.admin.edition.preview import excerpt
from newsletters.admin.roles import may
from newsletters.blocks.content import ArticleContent, BlockContent
from newsletters.blocks.registry import kind_of
from newsletters.delivery.audience.counting import AudienceCount, count_for_page
from newsletters.delivery.audience.duration import Duration, estimate_duration
from newsletters.delivery.ledger.reasons import Skip
from newsletters.delivery.limits import rate_limits
from newsletters.editions import editing
from newsletters.editions.preflight.variant_costs import cost_of
from newsletters.models import Edition
from newsletters.rendering.block_readers import for_mixture
from newsletters.rendering.content import EditionContent
from subscribers.models import DIGESTS, Frequency, Segment

KEPT_SECONDS = 20
MOST_SHOWN = 20  # of the different emails; there may be hundreds


def show_audience(request: HttpRequest, page: EditionPage) -> HttpResponse:
    """The panel, alone for a script that asks for it, and as a page for a person."""
    alone = request.headers.get("X-Requested-With") == "panel"
    context: dict[str, Any] = {"edition": page.edition, "audience": _panel_context(page), "loaded": True}
    if not alone:
        context["segments"] = _segment_rows(page) if page.edition.status == Edition.Status.DRAFT else []
        context["may_add_segment"] = may(request, "subscribers.add_segment")
        context |= page.context(_("Audience of %(edition)s") % {"edition": page.edition})
    name = "_audience" if alone else "audience"
    answer = TemplateResponse(request, f"admin/newsletters/edition/{name}.html", context)
    answer["Cache-Control"] = "no-store"
    return answer


INCLUDE, EXCLUDE = "include", "exclude"


def _segment_rows(page: EditionPage) -> list[dict[str, Any]]:
    """All segments with what is chosen of each, and those chosen that aren't there any more."""
    chosen = dict.fromkeys(page.draft.include_segments, INCLUDE) | dict.fromkeys(page.draft.exclude_segments, EXCLUDE)
    rows = [
        {"id": pk, "name": name, "description": description, "chosen": chosen.pop(pk, "")}
        for pk, name, description in Segment.objects.values_list("pk", "name", "description")
    ]
    gone = _("A segment that was deleted")
    return rows + [{"id": pk, "name": gone, "description": "", "chosen": how} for pk, how in chosen.items()]


def choose_segments(request: HttpRequest, page: EditionPage) -> HttpResponse:
    """Narrow the audience of a draft. Raises `Refused` and `Conflict` as every save of a draft does."""
    known = {*Segment.objects.values_list("pk", flat=True), *page.draft.include_segments, *page.draft.exclude_segments}
    chosen = {pk: request.POST.get(f"segment-{pk}", "") for pk in sorted(known)}
    draft = replace(
        page.draft,
        include_segments=tuple(pk for pk, how in chosen.items() if how == INCLUDE),
        exclude_segments=tuple(pk for pk, how in chosen.items() if how == EXCLUDE),
    )
    revision = read_number(request.POST.get("revision")) or 0
    by = acting_user(request)
    editing.save(page.edition.pk, draft, revision=revision, by=acting_name(request), user=by)
    messages.success(request, _("The audience was saved."))
    return HttpResponseRedirect(reverse("admin:newsletters_edition_audience", args=[page.edition.pk]))


def segments_in_words(content: EditionContent) -> list[str]:
    """How the list is narrowed, a sentence each; nothing where it is not."""
    said = []
    if content.include:
        said.append(_("Only readers in: %s.") % ", ".join(each.name for each in content.include))
    if content.exclude:
        said.append(_("Without readers in: %s.") % ", ".join(each.name for each in content.exclude))
    return said


def _recent_count(page: EditionPage) -> AudienceCount:
    """Counted once in a while, and when the edition was saved: on a page that an editor looks at, a reader more or less
    is no news. The page of sending counts for itself."""
    key = f"audience:{page.edition.pk}:{page.edition.revision}"
    found: AudienceCount | None = get_cached(key)
    if found is None:
        found = count_for_page(page.content)
        put_cached(key, found, KEPT_SECONDS)
    return found


def _panel_context(page: EditionPage) -> dict[str, Any]:
    found = _recent_count(page)
    return {
        "sentence": found.problem or reached_in_words(page.edition, found.reached),
        "narrowed": segments_in_words(page.content),
        "has_segments": Segment.objects.exists(),
        "is_draft": page.edition.status == Edition.Status.DRAFT,
        "duration": sending_time_in_words(estimate_duration(found.reached)) if found.reached else "",
        "digests": digests_in_words(found),
        "others": [{"count": count, "why": why} for count, why in others_in_words(found)],
        "everything": found.everything,
        "topics": found.topics if any(topic.readers for topic in found.topics) else (),
        "variants": found.variants,
        "parts": parts_in_words(page.content, found),
        "versions": variants_in_words(page, found),
        "versions_left": max(0, found.variants - MOST_SHOWN),
        "cost": _cost(page, found),
    }


def variants_in_words(page: EditionPage, found: AudienceCount) -> list[dict[str, Any]]:
    """Each of the different emails: how many get it, what of the edition is in it, and where it is previewed. None
    where everybody gets the same."""
    if found.variants < 2:
        return []
    content, said = page.content, []
    address = reverse("admin:newsletters_edition_preview_html", args=[page.edition.pk])
    for each in found.by_variant[:MOST_SHOWN]:
        narrowed = for_mixture(content, each.mixture)
        articles = narrowed.articles_for(each.topics)
        without = [segment.id for at, segment in enumerate(content.block_segments) if not each.mixture >> at & 1]
        query = QueryDict(mutable=True)
        query.setlist("topic", [str(topic) for topic in sorted(each.topics or ())])
        query.setlist("without", [str(segment) for segment in without])
        said.append({
            "count": each.readers, "words": _what_is_in_it(content, articles, each.mixture), "query": query.urlencode(),
            "url": f"{address}?{query.urlencode()}",
        })  # fmt: skip
    return said


def _what_is_in_it(content: EditionContent, articles: Sequence[ArticleContent], mixture: int) -> str:
    held = {segment.id for at, segment in enumerate(content.block_segments) if mixture >> at & 1}
    numbers = {"count": len(articles), "all": len(content.articles)}
    said = [_("%(count)d of %(all)d articles") % numbers] if content.articles else []
    some = [block for block in content.blocks if block.only]
    shown = [f"“{_named(block)}”" for block in some if block.is_for(held)]
    hidden = [f"“{_named(block)}”" for block in some if not block.is_for(held)]
    said += [_("with %s") % ", ".join(shown)] if shown else []
    said += [_("without %s") % ", ".join(hidden)] if hidden else []
    return "; ".join(said)


def _cost(page: EditionPage, found: AudienceCount) -> str:
    if found.variants < 2:
        return ""
    try:
        return cost_of(found.variants, page.mail).in_words()
    except ValueError:
        return ""  # no mail can be made of it, and preflight says why


def parts_in_words(content: EditionContent, found: AudienceCount) -> list[dict[str, Any]]:
    """How many see what is only for a segment, and what that is: “see “Members”, for readers in “Oslo””."""
    said = []
    for segment in content.block_segments:
        held = found.in_segments.get(segment.id, 0)
        for is_for_others, count, sentence in (
            (False, held, _("see %(blocks)s, for readers in “%(segment)s”")),
            (True, found.reached - held, _("see %(blocks)s, for readers who aren't in “%(segment)s”")),
        ):
            blocks = [each for each in content.blocks if each.only == segment.id and each.others is is_for_others]
            if blocks:
                named = ", ".join(f"“{_named(block)}”" for block in blocks)
                said.append({"count": count, "words": sentence % {"blocks": named, "segment": segment.name}})
    return said


def _named(block: BlockContent) -> str:
    """What an editor knows the block by."""
    words = block.article.headline if block.article else block.words or block.label or excerpt(block.html, 40)
    return words or str(kind_of(block.kind).title)


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
