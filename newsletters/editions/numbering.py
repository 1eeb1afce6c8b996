"""The number of an edition, and its address with it: given when it begins to go out, so that the archive has no gaps.

A draft has none, and neither has what is scheduled: it may be cancelled, or another edition may go out before it. Until
then pages and test mails show the number that it would get now. Two editions that begin at the same moment read the
same number; the database lets one of them have it, and the other one starts anew (`newsletters.delivery.engine`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from lib.free_names import free_name
from newsletters.models import Edition
from newsletters.rendering.content import EditionContent


@dataclass(frozen=True, slots=True)
class EditionNumber:
    number: int | None  # a digest has none
    slug: str  # the part of its address within the archive

    def put_into(self, content: EditionContent) -> EditionContent:
        return replace(content, number=self.number or 0, path=f"/archive/{self.slug}/")


def expected_number(edition: Edition) -> EditionNumber:
    """Its own, or the one that it would get if it began now. One query, and none where `with_last_number` read it."""
    if edition.slug and (edition.number is not None or edition.digest):
        return EditionNumber(edition.number, edition.slug)
    known = edition.__dict__
    last = known["last_number"] if "last_number" in known else last_number(edition.newsletter_id)
    return _numbered(edition, (last or 0) + 1)


def number_to_give(edition: Edition) -> EditionNumber:
    """For an edition that begins: its own, or the next one, with an address that is free."""
    if edition.slug and (edition.number is not None or edition.digest):
        return EditionNumber(edition.number, edition.slug)
    wanted = _numbered(edition, last_number(edition.newsletter_id) + 1)
    return replace(wanted, slug=_free_slug(wanted.slug))


def is_taken(number: EditionNumber, edition: Edition) -> bool:
    """Has another edition got the number, or the address, meanwhile?"""
    others = Edition.objects.exclude(pk=edition.pk)
    if number.number is None:
        return others.filter(slug=number.slug).exists()
    same_number = others.filter(newsletter=edition.newsletter_id, number=number.number)
    return same_number.exists() or others.filter(slug=number.slug).exists()


def last_number(newsletter_id: int) -> int:
    """The highest that an edition of this newsletter has; 0 where none has gone out."""
    numbered = Edition.objects.filter(newsletter=newsletter_id, number__isnull=False)
    return numbered.order_by("-number").values_list("number", flat=True).first() or 0


def _numbered(edition: Edition, number: int) -> EditionNumber:
    return EditionNumber(number, f"{edition.newsletter.slug}-{number}")


def _free_slug(wanted: str) -> str:
    """With a number behind it where it is taken: by an edition of a newsletter that bore this one's address before."""
    taken = set(Edition.objects.filter(slug__startswith=wanted).values_list("slug", flat=True))
    return free_name(wanted, taken)
