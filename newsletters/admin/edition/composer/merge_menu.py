"""The menu of what can be put into a text for each reader."""

from __future__ import annotations

from dataclasses import dataclass

from newsletters.rendering import merge


@dataclass(frozen=True, slots=True)
class MergeField:
    written: str  # as it stands in the text, with a fallback where it needs one
    meaning: str


def entries() -> list[MergeField]:
    personal = [MergeField(f"{{{{ {name}|reader }}}}", meaning) for name, meaning in merge.PERSONAL.items()]
    return personal + [MergeField(f"{{{{ {name} }}}}", meaning) for name, meaning in merge.COMMON.items()]
