"""An edition as one look at it needs it: its draft with the articles and pictures in it, what it says, its mail.

Each part is read, built or rendered when it is first asked for, and then kept, so that everybody who is handed the same
object sees the same content at no further cost. It lives as long as a request or a task: what others change meanwhile
is seen by the next one.
"""

from __future__ import annotations

from datetime import datetime
from functools import cached_property

from newsletters.editions import snapshot
from newsletters.editions.drafts import Draft
from newsletters.editions.fingerprint import fingerprint
from newsletters.editions.readers import Readership, readers_lately
from newsletters.editions.references import References, read_draft
from newsletters.editions.repeats import Repeats, find_repeats
from newsletters.models import Edition, Inspection
from newsletters.rendering.content import EditionContent
from newsletters.rendering.mail import RenderedMail, render


class LoadedEdition:
    def __init__(self, edition: Edition, *, at: datetime | None = None) -> None:
        """`at` is when it would be sent, where that is not its send time or now."""
        self.edition = edition
        self._at = at

    @cached_property
    def _saved(self) -> tuple[Draft, References]:
        return read_draft(self.edition)

    @property
    def draft(self) -> Draft:
        """What is saved now."""
        return self._saved[0]

    @property
    def references(self) -> References:
        return self._saved[1]

    @cached_property
    def content(self) -> EditionContent:
        """What was approved, once it was; until then what the draft says now."""
        if self.edition.snapshot:
            return EditionContent.from_json(self.edition.snapshot)
        return snapshot.of_draft(self.edition, self.draft, self.references, at=self._at)

    @cached_property
    def fingerprint(self) -> str:
        return fingerprint(self.content)

    @cached_property
    def repeats(self) -> Repeats:
        """Which of its articles its readers have had."""
        return find_repeats(self.content)

    @cached_property
    def readership(self) -> Readership:
        """How many would get it, by the topics they chose and the segments of its blocks; as lately counted."""
        return readers_lately(self.content)

    @cached_property
    def inspection(self) -> Inspection | None:
        """The last look at what lies outside: links, DNS, the spam filter."""
        return Inspection.objects.filter(edition=self.edition).first()

    @property
    def mail(self) -> RenderedMail:
        """The mail with all articles. Raises `ValueError` where none can be made."""
        if isinstance(self._rendered, ValueError):
            raise self._rendered
        return self._rendered

    @cached_property
    def _rendered(self) -> RenderedMail | ValueError:
        try:
            return self.render()
        except ValueError as problem:
            return problem

    def render(self) -> RenderedMail:
        return render(self.content)
