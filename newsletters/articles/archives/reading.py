"""What is in an archive, one thing after another: of a file, of a file at an address, or of a site that is asked."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from django.conf import settings

from lib.downloading import download_parts
from lib.fetching import Unreachable
from newsletters.articles.archives import keeping
from newsletters.articles.archives.archived import ArchivedThing, ArchiveOptions, UnreadableArchive
from newsletters.articles.archives.sources import LARGEST, opened
from newsletters.articles.archives.systems.registry import system_of
from newsletters.articles.archives.systems.wordpress import SYSTEM as WORDPRESS
from newsletters.articles.archives.systems.wordpress.rest import posts_of_site
from newsletters.articles.feeds.fetching import private_hosts_for
from newsletters.models import ArchiveImport

FILES = (".xml", ".zip", ".json", ".csv", ".wxr")
SECONDS = 1800.0  # for a file at an address


@contextmanager
def things_of(
    of: ArchiveImport, options: ArchiveOptions, alive: Callable[[], None]
) -> Iterator[Iterator[ArchivedThing]]:
    """They can be taken within the context; `of.system` is known then. `alive` is called again and again while servers
    are asked. Raises `UnreadableArchive`, also while they are taken."""
    path = keeping.file_of(of)
    if of.address and not is_file_address(of.address):
        of.system = WORDPRESS.key
        yield posts_of_site(
            of.address, options, private=private_hosts_for(of.address), sleep=lambda seconds: _sleep(seconds, alive)
        )
        return
    if of.address:  # anew each time: the server may have another one by now
        _download(of, alive)
    with opened(path, of.name) as source:
        system = system_of(source)
        of.system = system.key
        yield system.read(source, options)


def is_file_address(address: str) -> bool:
    """Whether it is that of a file, and not of a site."""
    try:
        return urlsplit(address).path.lower().endswith(FILES)
    except ValueError:
        return False


def _sleep(seconds: float, alive: Callable[[], None]) -> None:
    alive()
    time.sleep(seconds)


def _each(parts: Iterable[bytes], alive: Callable[[], None]) -> Iterator[bytes]:
    for part in parts:
        alive()
        yield part


def _download(of: ArchiveImport, alive: Callable[[], None]) -> None:
    parts = download_parts(
        of.address, most=LARGEST, seconds=SECONDS, agent=f"Iria archive reader (+{settings.SITE_URL})",
        private=private_hosts_for(of.address),
    )  # fmt: skip
    try:
        keeping.keep_file(of, _each(parts, alive))
    except Unreachable as problem:
        raise UnreadableArchive(f"{of.address} can't be fetched: {problem}.") from None
