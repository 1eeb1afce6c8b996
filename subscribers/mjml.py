"""MJML to the HTML of a mail: mrml (a Rust port of MJML 4) and then css-inline, so that styles survive every client.

Used for the mails to one person here and for editions above. The source is always a template of ours, filled and
escaped before; what staff wrote stands in it as text or as sanitised HTML.
"""

from __future__ import annotations

import css_inline
import mrml


class BadMarkup(ValueError):
    """The MJML source cannot be parsed: a bug in a template, never a reader's or an editor's fault."""


_INLINER = css_inline.CSSInliner(keep_style_tags=True, keep_at_rules=True, load_remote_stylesheets=False)


def to_html(source: str) -> str:
    """Compile MJML to HTML with inlined styles. Raises `BadMarkup`."""
    try:
        html: str = mrml.to_html(source).content
    except Exception as error:
        raise BadMarkup(f"MJML: {error}") from error
    return _INLINER.inline(html)
