"""Pictures of an archive: out of the archive itself, or from the site where they are; each once, however many articles
and archives show it."""

from __future__ import annotations

from hashlib import sha256

from django.db.models import QuerySet

from lib.fetching import Unreachable
from newsletters.articles.archives.archived import UnreadableArchive, archive_path
from newsletters.articles.archives.sources import ArchiveSource
from newsletters.articles.feeds.contents import IncomingPicture
from newsletters.articles.feeds.incoming_pictures import MOST_BYTES, PictureBringing, downloaded_picture
from newsletters.models import ArchivedPictureFile, ArchiveImport, Picture


class ArchivePictures(PictureBringing):
    """Of one article. `private` are hosts on a private network that the operator named."""

    most_in_text = 100
    seconds_of_all = 300.0

    def __init__(
        self, of: ArchiveImport, source: ArchiveSource | None, private: frozenset[str],
        known: dict[IncomingPicture, Picture | None],
    ) -> None:  # fmt: skip
        super().__init__(known)
        self._of, self._source, self._private = of, source, private

    def identity_of(self, url: str) -> str:
        """Paths within two archives may be the same and mean different files; addresses of the web mean one."""
        if not archive_path(url):
            return url
        try:
            return f"content:{sha256(self.data_of(url, 0)).hexdigest()}"
        except Unreachable:  # the fetching says so
            return url

    def rows_of(self, key: str) -> QuerySet[ArchivedPictureFile]:
        return ArchivedPictureFile.objects.filter(key=key)

    def remember(self, key: str, picture: Picture) -> None:
        ArchivedPictureFile.objects.update_or_create(key=key, defaults={"picture": picture, "made_by": self._of})

    def data_of(self, url: str, seconds: float) -> bytes:
        path = archive_path(url)
        if not path:
            return downloaded_picture(url, seconds, self._private)
        if self._source is None or path not in self._source:
            raise Unreachable(f"it isn't in the archive: {path}")
        try:
            return self._source.read(path, most=MOST_BYTES)
        except UnreadableArchive as problem:
            raise Unreachable(str(problem).rstrip(".")) from None
