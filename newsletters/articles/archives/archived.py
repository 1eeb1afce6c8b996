"""What an archive says of an article, whatever its system: the shape that every reader in `systems` gives.

Nothing in it is trusted or cleaned yet: HTML, addresses and texts are as the archive has them. A reader takes off what
only its system understands (shortcodes, cards, layout tables); bringing in sanitises, shortens and fetches.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote, unquote

_IN_ARCHIVE = "https://archive.invalid/"  # a name that is nobody's (RFC 6761 §6.4)


class UnreadableArchive(ValueError):
    """Nothing, or nothing more, can be read of it; the message is a sentence for the person who chose the file."""


def archive_address(path: str) -> str:
    """The address of a picture that is in the archive itself, for `ArchivedPicture.url` and for `src` in HTML."""
    return _IN_ARCHIVE + quote(path)


def archive_path(address: str) -> str:
    """Which file of the archive an address of `archive_address` means; empty for any other address."""
    return unquote(address.removeprefix(_IN_ARCHIVE)) if address.startswith(_IN_ARCHIVE) else ""


def key_without_id(name: str, published: datetime | None, headline: str) -> str:
    """The key of an article that has no id, but a name, such as its path, that those of other sites may have as well:
    the name with its day, or with its headline where it has no date."""
    return f"{name} {published.date().isoformat() if published else headline}"


@dataclass(frozen=True, slots=True)
class ArchivedPicture:
    """A picture: its address on the web, or that of a file in the archive. All texts are plain."""

    url: str
    alt: str = ""
    caption: str = ""
    credit: str = ""


@dataclass(frozen=True, slots=True)
class ArchivedAuthor:
    name: str
    about: str = ""  # plain text


@dataclass(frozen=True, slots=True)
class ArchivedComment:
    """A comment that readers could see there."""

    key: str  # stable in its system
    author: str
    text: str  # plain, with its line breaks
    written: datetime  # aware
    parent: str = ""  # the key of the comment that it answers


@dataclass(frozen=True, slots=True)
class ArchivedArticle:
    """An article, ready to be brought in."""

    key: str  # its id there, the same in every export: bringing in knows it again by this and by `site`
    headline: str  # plain text
    html: str  # of an `img`, `src` is absolute or an `archive_address`; captions stand in `figcaption`
    site: str = ""  # the address of the one site that the key is unique in; empty where it is unique in the world
    address: str = ""  # where it was: absolute, or a path from “/” where the archive doesn't name its site
    former_addresses: tuple[str, ...] = ()  # others that led to it
    slug: str = ""  # the last part of its address, decoded
    lead: str = ""  # a summary that somebody wrote; plain text. Empty: one is made of the first sentences
    authors: tuple[ArchivedAuthor, ...] = ()
    topics: tuple[str, ...] = ()  # names of categories, the more telling ones first
    tags: tuple[str, ...] = ()  # they stand for a topic of the same name, where there is one; none is made of them
    published: datetime | None = None  # aware; None of a draft, or where the archive doesn't say
    changed: datetime | None = None  # aware
    is_draft: bool = False
    language: str = ""  # BCP 47; empty: the archive doesn't say
    picture: ArchivedPicture | None = None  # the main one; if the text begins with it, it leaves the text
    # What the archive knows of pictures in the text beyond what the HTML says, such as credits; by `src`.
    pictures: tuple[ArchivedPicture, ...] = ()
    comments: tuple[ArchivedComment, ...] = ()
    are_comments_open: bool = True
    warnings: tuple[str, ...] = ()  # a sentence for each thing that is left out of this article, or is not as it was


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Something that doesn't come in, and why: a sentence. It has a line of its own in the report."""

    title: str
    why: str
    key: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class ArchiveNote:
    """A sentence about the archive as a whole, such as how many subscribers are in it that this doesn't import."""

    sentence: str


ArchivedThing = ArchivedArticle | LeftOut | ArchiveNote


@dataclass(frozen=True, slots=True)
class ArchiveOptions:
    """What the person who brings an archive chose."""

    with_pages: bool = False  # standing pages, as “About us”, become articles too
    with_comments: bool = True
    site: str = ""  # where the articles were, for archives that don't say; absolute, without a slash at the end
