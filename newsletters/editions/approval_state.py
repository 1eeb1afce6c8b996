"""Does a second person stand behind what an edition says now? Read only; `approving` is where people decide.

An approval is for one content. Whatever changes it ends it: an edit of the draft, of an article in it, of the
newsletter's sender or design. What changed is said by name.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from newsletters.editions import snapshot
from newsletters.editions.fingerprint import fingerprint
from newsletters.models import Approval, Edition
from newsletters.rendering.content import EditionContent


@dataclass(frozen=True, slots=True)
class Standing:
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
            return _("A second person has to approve it first: it was asked for, and nobody has decided yet.")
        if self.is_current:
            return _("A second person returned it: mend it, and ask again.")
        if self.last is not None and self.last.state == Approval.State.APPROVED:
            return _("It was approved, and changed since: %s. A second person has to approve it again.") % ", ".join(
                self.changes
            )
        return _("This newsletter asks for a second person: somebody else has to approve the edition first.")


def of(edition: Edition, content: EditionContent | None = None) -> Standing:
    """`content` is what would be sent, where the caller has it already."""
    needed = edition.newsletter.needs_approval
    last = Approval.objects.filter(edition=edition).first()
    if not needed and last is None:
        return Standing(False, "")
    content = content or snapshot.of_edition(edition)
    now = fingerprint(content)
    changed = tuple(changes(last.content, content.to_json())) if last and last.fingerprint != now else ()
    return Standing(needed, now, last, changed)


def changes(before: dict[str, Any], after: dict[str, Any]) -> Iterator[str]:
    """What differs between two contents, as an editor calls it."""
    names = {
        "subject": _("the subject"), "preheader": _("the preheader"), "introduction": _("the introduction"),
        "blocks": _("the articles"), "articles": _("the articles"), "footer": _("the footer"),
        "from_name": _("the sender"), "from_email": _("the sender"), "reply_to": _("the sender"),
        "language": _("the language"), "list_id": _("the mailing list"), "list_slug": _("the mailing list"),
        "list_name": _("the mailing list"),
    }  # fmt: skip
    told: set[str] = set()
    for key, value in after.items():
        # Through JSON a tuple came back as a list.
        if key == "date" or _plain(before.get(key)) == _plain(value):
            continue
        name = names.get(key, _("the design"))
        if name not in told:
            told.add(name)
            yield name
    if not told:
        yield _("how Iria writes it down")  # another version of Iria


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list | tuple) else value
