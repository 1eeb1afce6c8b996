"""The menu of what can be put into a text for each reader."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from newsletters.rendering import merge
from subscribers.models import Attribute


@dataclass(frozen=True, slots=True)
class MergeField:
    written: str  # as it stands in the text, with a fallback where it needs one
    meaning: str


def entries(attributes: Iterable[Attribute]) -> list[MergeField]:
    """Ours, and the publisher's attributes: those of which only the default or nothing stands for somebody without a
    value come with a fallback to change."""
    personal = [MergeField(f"{{{{ {name}|reader }}}}", meaning) for name, meaning in merge.PERSONAL.items()]
    own = [MergeField(_written(each), each.name) for each in attributes]
    common = [MergeField(f"{{{{ {name} }}}}", meaning) for name, meaning in merge.COMMON.items()]
    return personal + own + common


def _written(attribute: Attribute) -> str:
    if attribute.default is not None:
        return f"{{{{ {attribute.key} }}}}"
    fallback = _("your %s") % attribute.name.lower()
    return f"{{{{ {attribute.key}|{merge.as_fallback(fallback)} }}}}"
