"""The subject that a newsletter gives an edition which nobody has given one yet; and subjects as lists show them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db.models import Max
from django.utils import timezone

from newsletters.editions.attribute_fields import attributes_in
from newsletters.editions.snapshot import content_of
from newsletters.models import Edition, EditionItem, Newsletter
from newsletters.models.editions import ARTICLE
from newsletters.rendering import merge
from newsletters.rendering.dates import long_date
from newsletters.rendering.mail import common_values, parts_for_anybody, value_for_anybody
from subscribers import languages


def subject_of(newsletter: Newsletter, cutoff: datetime) -> str:
    """The newsletter's subject with what is known already put in; what sending gives, and what differs from reader to
    reader, stays a field."""
    values = {
        "newsletter": newsletter.name,
        "date": long_date(cutoff.astimezone(ZoneInfo(newsletter.zone)).date()),
    }

    def value(name: str, fallback: str) -> str:
        field = f"{{{{ {name}|{fallback} }}}}" if fallback else f"{{{{ {name} }}}}"
        return values.get(name, field)

    return merge.fill(newsletter.subject_template, value)[:200]


def subject_parts_of(editions: Iterable[Edition]) -> dict[int, list[merge.TextPart]]:
    """The subject of each, by its id, with its merge fields filled for no reader in particular: of what was sent by
    what it said, of a draft by what it says now. At most four queries, however many there are."""
    editions = list(editions)
    found = {edition.pk: [merge.TextPart(edition.subject)] for edition in editions}
    drafts = []
    for edition in editions:
        if "{{" not in edition.subject:
            continue
        if edition.snapshot:
            found[edition.pk] = parts_for_anybody(content_of(edition), edition.subject)
        else:
            drafts.append(edition)
    headlines = _headlines_of(drafts)
    summaries = _lead_summaries_of(drafts)
    numbers = _last_numbers(drafts)
    own = attributes_in(edition.subject for edition in drafts)
    for edition in drafts:
        today = timezone.now().astimezone(ZoneInfo(edition.newsletter.zone)).date().isoformat()
        number = edition.number or numbers.get(edition.newsletter_id, 0) + 1
        values = common_values(
            edition.newsletter.name, number, today, headlines.get(edition.pk, ()), summaries.get(edition.pk, "")
        )
        value = value_for_anybody(values, own, languages.language_of(edition.newsletter.language))
        found[edition.pk] = merge.parts(edition.subject, value)
    return found


def subject_in_words(parts: Iterable[merge.TextPart]) -> str:
    return "".join(part.text for part in parts)


def _headlines_of(editions: Sequence[Edition]) -> dict[int, list[str]]:
    """In the order of each edition; as its blocks say them."""
    if not editions:
        return {}
    items = EditionItem.objects.filter(edition__in=[edition.pk for edition in editions], kind=ARTICLE)
    found: dict[int, list[str]] = {}
    rows = items.order_by("edition", "position", "pk").values_list("edition", "headline", "article__title")
    for edition, headline, title in rows:
        found.setdefault(edition, []).append(headline or title)
    return found


def _lead_summaries_of(editions: Sequence[Edition]) -> dict[int, str]:
    """Of the first article, where a subject asks for it."""
    asked = [edition.pk for edition in editions if "lead_summary" in edition.subject]
    if not asked:
        return {}
    items = EditionItem.objects.filter(edition__in=asked, kind=ARTICLE).order_by("edition", "-position", "-pk")
    rows = items.values_list("edition", "summary", "article__summary")  # the first of each comes last, and stays
    return {edition: summary or own for edition, summary, own in rows}


def _last_numbers(editions: Sequence[Edition]) -> dict[int, int]:
    """By newsletter, where a subject asks for it."""
    asked = {edition.newsletter_id for edition in editions if "number" in edition.subject}
    if not asked:
        return {}
    numbered = Edition.objects.filter(newsletter__in=asked, number__isnull=False).order_by()
    return dict(numbered.values_list("newsletter").annotate(last=Max("number")))
