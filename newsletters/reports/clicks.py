"""How often the links of an edition were followed, in the order of the mail: by people, and by machines apart."""

from __future__ import annotations

from dataclasses import dataclass

from newsletters.models import CountedLink, Edition
from newsletters.models.links import mailed_url


@dataclass(frozen=True, slots=True)
class LinkClicks:
    number: int
    url: str
    people: int
    machines: int
    mailed_url: str  # as the mail said; another than `url` once the link was mended


@dataclass(frozen=True, slots=True)
class EditionClicks:
    links: tuple[LinkClicks, ...]  # in the order of the mail

    @property
    def people(self) -> int:
        return sum(link.people for link in self.links)

    @property
    def machines(self) -> int:
        return sum(link.machines for link in self.links)


def clicks_of(edition: Edition) -> EditionClicks | None:
    """None where its clicks aren't counted. One query, over the links and not over clicks."""
    rows = CountedLink.objects.filter(edition=edition).annotate(mailed_url=mailed_url()).order_by("number")
    links = tuple(LinkClicks(*row) for row in rows.values_list("number", "url", "people", "machines", "mailed_url"))
    return EditionClicks(links) if links else None
