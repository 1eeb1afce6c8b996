"""What the person who brings an archive chose, as it is kept with the import."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from newsletters.articles.archives.archived import ArchiveOptions


@dataclass(frozen=True, slots=True)
class ArchiveChoices:
    publish: bool = True  # what was published there is published here; else everything is held as a draft
    with_pages: bool = False
    with_comments: bool = True
    make_topics: bool = False  # of categories that stand for none
    topics: tuple[int, ...] = ()  # ids; of the articles that would have none
    site: str = ""

    def packed(self) -> dict[str, Any]:
        return {**asdict(self), "topics": list(self.topics)}

    @classmethod
    def unpacked(cls, packed: dict[str, Any]) -> ArchiveChoices:
        return cls(**{**packed, "topics": tuple(packed.get("topics", ()))})

    def for_reading(self) -> ArchiveOptions:
        return ArchiveOptions(with_pages=self.with_pages, with_comments=self.with_comments, site=self.site)
