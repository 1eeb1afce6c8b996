"""What an article's text may hold: one table, from which both the sanitiser and the rich editor are set up.

`newsletters.articles.writing` keeps these elements and attributes and no others. The widget of the rich editor hands
the same table to its script (`static/admin_iria/prose/`), which throws at its start when it has no place for an
element, and keeps the source of what it still can't show. A browser test tries everything in here.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

_BLOCKS = {"p", "h2", "h3", "h4", "blockquote", "ul", "ol", "li", "pre", "hr"}
_TABLES = {"table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td"}
_PICTURES = {"figure", "figcaption", "img"}
_INLINE = {"br", "em", "strong", "sub", "sup", "small", "code", "abbr", "q", "cite", "a"}
_ATTRIBUTES = {
    "a": {"href", "title", "id"},  # an id leads back from a footnote
    "abbr": {"title"},
    "figure": {"data-picture"},
    "img": {"src", "alt", "data-picture", "role"},  # presentation: without alternative text on purpose
    "li": {"id"},  # of a footnote
    "ol": {"start"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
}

ELEMENTS: Final = MappingProxyType(
    {
        element: tuple(sorted(_ATTRIBUTES.get(element, set())))
        for element in sorted(_BLOCKS | _TABLES | _PICTURES | _INLINE)
    }
)
# Older names of the same thing.
RENAMED: Final = MappingProxyType({"b": "strong", "i": "em"})
