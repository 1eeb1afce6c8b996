"""The systems that we know, in the order in which they are asked whether an archive is theirs."""

from __future__ import annotations

from newsletters.articles.archives.archived import UnreadableArchive
from newsletters.articles.archives.sources import ArchiveSource
from newsletters.articles.archives.systems import buttondown, ghost, mailchimp, markdown_files, substack, wordpress
from newsletters.articles.archives.systems.description import ArchiveSystem

# Markdown at the end: other archives hold some, too.
SYSTEMS: tuple[ArchiveSystem, ...] = (
    wordpress.SYSTEM,
    ghost.SYSTEM,
    substack.SYSTEM,
    mailchimp.SYSTEM,
    buttondown.SYSTEM,
    markdown_files.SYSTEM,
)


def system_of(source: ArchiveSource) -> ArchiveSystem:
    """Whose archive it is. Raises `UnreadableArchive`."""
    found = next((each for each in SYSTEMS if each.recognise(source)), None)
    if found is None:
        names = ", ".join(each.name for each in SYSTEMS)
        raise UnreadableArchive(f"{source.name} isn't an archive that we know. We read those of {names}.")
    return found


def name_of(key: str) -> str:
    return next((each.name for each in SYSTEMS if each.key == key), key)
