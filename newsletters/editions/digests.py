"""What a digest says: the articles of the editions that some readers skipped, under the name and day of each edition,
in the look of the newest one. Everything in it was approved with its edition, so nobody has to approve it again."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.utils import translation
from django.utils.formats import date_format

from newsletters.blocks.content import BlockContent
from newsletters.models import Edition
from newsletters.rendering.content import EditionContent
from newsletters.rendering.digest_words import digest_heading, digest_subject


def digest_content(
    edition: Edition, sources: Iterable[Edition], article_ids: Collection[int], at: datetime
) -> EditionContent:
    """Of the digest `edition`; `sources` are the skipped editions, the newest first, and `article_ids` what somebody
    lacks."""
    contents = [EditionContent.from_json(source.snapshot or {}) for source in sources]
    newest = contents[0]
    left = set(article_ids)
    blocks: list[BlockContent] = []
    with translation.override(newest.language):
        for content in contents:
            left_here = [each for each in content.blocks if each.article and each.article.id in left]
            articles = [replace(each, only=0, others=False) for each in left_here]
            if articles:
                day = date_format(date.fromisoformat(content.date), "j F Y")
                words = digest_heading(content.newsletter, content.number, day)
                blocks += [BlockContent("heading", words=words), *articles]
                left -= {block.article.id for block in articles if block.article}
        subject = digest_subject(newest.newsletter, edition.digest)
    return replace(
        newest,
        edition_id=edition.pk,
        path=f"/archive/{edition.slug}/",
        number=0,
        date=at.astimezone(ZoneInfo(edition.newsletter.zone)).date().isoformat(),
        subject=subject,
        preheader="{{ lead }}",
        introduction="",
        blocks=tuple(blocks),
        cadence="none",
        weekdays=(),
        digest=edition.digest,
        # Whom the editions were for is settled: the ledger says who is owed what.
        include=(),
        exclude=(),
        block_segments=(),
    )
