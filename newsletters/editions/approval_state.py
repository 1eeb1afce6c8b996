"""Does a second person stand behind what an edition says now? Read only; `approving` is where people decide.

An approval is for one content. Whatever changes it ends it: an edit of the draft, of an article in it, of the
newsletter's sender or design. What changed is said by name.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from newsletters.editions.loading import LoadedEdition
from newsletters.models import Approval


@dataclass(frozen=True, slots=True)
class EditionApproval:
    """`last` is the last request. `changes` is what was changed since, in words; empty when nothing was."""

    needed: bool
    fingerprint: str
    last: Approval | None = None
    changes: tuple[str, ...] = ()

    @property
    def is_current(self) -> bool:
        return self.last is not None and self.last.fingerprint == self.fingerprint

    @property
    def is_approved(self) -> bool:
        return self.is_current and self.last is not None and self.last.state == Approval.State.APPROVED

    @property
    def is_asked(self) -> bool:
        return self.is_current and self.last is not None and self.last.state == Approval.State.ASKED

    @property
    def may_go_out(self) -> bool:
        return self.is_approved or not self.needed

    @property
    def why_not(self) -> str:
        """For who would send it."""
        if self.may_go_out:
            return ""
        if self.is_asked:
            return _("Someone else has to approve it first. Approval was requested, and nobody has decided yet.")
        if self.is_current:
            return _("It was rejected. Make the changes and request approval again.")
        if self.last is not None and self.last.state == Approval.State.APPROVED:
            return _("It was approved, but this has changed since: %s. It has to be approved again.") % ", ".join(
                self.changes
            )
        return _("This newsletter requires approval: someone else has to approve the edition first.")


def read_approval_state(loaded: LoadedEdition) -> EditionApproval:
    needed = loaded.edition.newsletter.needs_approval
    last = Approval.objects.filter(edition=loaded.edition).first()
    if not needed and last is None:
        return EditionApproval(False, "")
    now = loaded.fingerprint
    changed = tuple(name_changes(last.content, loaded.content.to_json())) if last and last.fingerprint != now else ()
    return EditionApproval(needed, now, last, changed)


CHANGED = {
    "edition_id": gettext_lazy("the edition"),
    "subject": gettext_lazy("the subject"),
    "preheader": gettext_lazy("the preheader"),
    "introduction": gettext_lazy("the introduction"),
    "newsletter_id": gettext_lazy("the newsletter"),
    "newsletter": gettext_lazy("the newsletter's name"),
    "from_name": gettext_lazy("the sender's name"),
    "from_email": gettext_lazy("the sender's address"),
    "reply_to": gettext_lazy("the reply-to address"),
    "list_id": gettext_lazy("the mailing list"),
    "list_slug": gettext_lazy("the mailing list's List-Id"),
    "list_name": gettext_lazy("the mailing list's name"),
    "colour": gettext_lazy("the accent colour"),
    "footer": gettext_lazy("the footer"),
    "postal_address": gettext_lazy("the postal address"),
    "lifetime_hours": gettext_lazy("the time for retries"),
    "blocks": gettext_lazy("the articles and other blocks"),
    "logo": gettext_lazy("the logo"),
    "language": gettext_lazy("the language"),
    "cadence": gettext_lazy("the schedule"),
    "weekdays": gettext_lazy("the schedule"),
    "design": gettext_lazy("the design"),
    "font": gettext_lazy("the font"),
    "background": gettext_lazy("the background colour"),
    "own_mjml": gettext_lazy("the newsletter's own template"),
    "include": gettext_lazy("the segments it goes to"),
    "exclude": gettext_lazy("the segments it doesn't go to"),
    "block_segments": gettext_lazy("which readers a block is for"),
    "pages": gettext_lazy("the links to the imprint and the privacy notice"),
    "attributes": gettext_lazy("the attributes it names"),
    "tracking": gettext_lazy("whether clicks and opens are counted"),
    "utm": gettext_lazy("what is added to its links (UTM)"),
    "digest": gettext_lazy("how often it comes"),
}
"""What an editor calls each field of `EditionContent`. What sending gives is missing: its date, number and address."""


def name_changes(before: dict[str, Any], after: dict[str, Any]) -> Iterator[str]:
    """What differs between two contents, as an editor calls it, each name once."""
    # Through JSON a tuple came back as a list.
    differing = (name for key, name in CHANGED.items() if _plain(before.get(key)) != _plain(after.get(key)))
    names = list(dict.fromkeys(map(str, differing)))
    yield from names or [_("how Iria stores it")]  # by another version of Iria


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list | tuple) else value
