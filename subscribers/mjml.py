"""MJML to the HTML of a mail: mrml (a Rust port of MJML 4) and then css-inline, so that styles survive every client.

Used for the mails to one person here and for editions above. The source is always a template of ours, filled and
escaped before; HTML that is not ours to check as MJML (a sanitised introduction) is put in between the two steps.
"""

from __future__ import annotations

from collections.abc import Mapping

import css_inline
import mrml


class BadMarkup(ValueError):
    """The MJML source cannot be parsed: a bug in a template, never a reader's or an editor's fault."""


# Without `fonts={}` mrml would import fonts from a server of others: a mail of ours asks nobody for anything.
_RENDERING = mrml.RenderOptions(fonts={})
_INLINER = css_inline.CSSInliner(keep_style_tags=True, keep_at_rules=True, load_remote_stylesheets=False)


def to_html(source: str, inserts: Mapping[str, str] | None = None) -> str:
    """Compile MJML to HTML with inlined styles; each key of `inserts` in it becomes that HTML. Raises `BadMarkup`."""
    try:
        html: str = mrml.to_html(source, render_options=_RENDERING).content
    except Exception as error:
        raise BadMarkup(f"MJML: {error}") from error
    for marker, insert in (inserts or {}).items():
        html = html.replace(marker, insert)
    return _INLINER.inline(html)
