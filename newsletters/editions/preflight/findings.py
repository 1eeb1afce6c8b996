"""What preflight finds, in the editor's words."""

from __future__ import annotations

from dataclasses import dataclass

# Anyone who sends without these breaks a law, or somebody's inbox, or cannot send at all: no owner may override them.
NEVER_OVERRIDDEN = frozenset({
    "unsubscribe", "sender", "control", "header", "marker", "merge_field", "merge_left", "rendering", "nobody", "empty",
    "segments", "block_segments", "site_local", "picture_preparing",
    "tracking_notice",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Finding:
    """`field` is the place that mends it: a form field of the edition, “block.7” for the eighth block, “page.7” for the
    article itself, “institute_page.privacy” for the institute's page of that kind, “newsletter.” and a field of the
    newsletter, “audience” for the page of the audience, or empty for no place of the admin's.

    `names` is the id of an article that the text names, though some readers don't get it: a button offers
    `{{ lead }}` in its place.

    `overridden` says by whom and why a finding that would block does not; `ended` the same of an override that
    no longer holds, since the edition was changed.
    """

    code: str
    blocking: bool
    message: str
    field: str
    overridden: str = ""
    ended: str = ""
    names: int = 0

    @property
    def overridable(self) -> bool:
        """May an owner say that it goes out all the same?"""
        return self.blocking and self.code not in NEVER_OVERRIDDEN
