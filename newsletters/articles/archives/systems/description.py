"""What a system says of itself: how its archives are recognised, and how they are read.

`recognise` looks at the beginning of a file or at the paths of a ZIP file or folder, and at no more than a few hundred
kilobytes of what is in it. `read` streams: it holds one article at a time, and gives the same articles in the same
order for the same archive. It raises `UnreadableArchive` for what can't be read at all; one broken article is
a `LeftOut`, and the next one follows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from newsletters.articles.archives.archived import ArchivedThing, ArchiveNote, ArchiveOptions
from newsletters.articles.archives.sources import ArchiveSource

PEOPLE_STAY_OUT = ArchiveNote(
    "There are subscribers in this archive. Import them by themselves: they don't come in by this."
)


@dataclass(frozen=True, slots=True)
class ArchiveSystem:
    key: str  # kept in the database: never changed
    name: str  # as its makers write it
    recognise: Callable[[ArchiveSource], bool]
    read: Callable[[ArchiveSource, ArchiveOptions], Iterator[ArchivedThing]]
