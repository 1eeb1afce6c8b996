"""Which content it was: what approvals, overrides and inspections are bound to while an edition is a draft."""

from __future__ import annotations

from dataclasses import replace

from newsletters.rendering.content import EditionContent, digest


def fingerprint(content: EditionContent) -> str:
    """SHA-256 of all that the edition says but its date, number and address, which sending gives it: no edits."""
    return digest(replace(content, date="", number=0, path=""))
