"""MJML to the HTML of a mail: mrml (a Rust port of MJML 4) and then css-inline, so that styles survive every client.

Used for the mails to one person here and for editions above. The source is filled and escaped before; HTML that is not
ours to check as MJML (a sanitised introduction) is put in between the two steps.

As in MJML, `<mj-style inline="inline">` is written into the elements, and `<mj-style>` stays a style sheet, for what
only a sheet can say: narrow windows, dark colours. Gmail cuts a mail off at 102 KB, so nothing is written twice: the
resets that MJML begins its sheet with are for programs that read sheets, and stay there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from lib.characters import without_controls

if TYPE_CHECKING:
    import css_inline


class BadMarkup(ValueError):
    """The MJML source cannot be compiled. The message is mrml's own."""


_INLINE = re.compile(r"<mj-style\s[^>]*\binline\s*=\s*[\"']inline[\"'][^>]*>(.*?)</mj-style>", re.DOTALL)
_INDENT = re.compile(r"\n\s+")
_SHEET = "<style"
_LEFT_ALONE = '<style data-css-inline="ignore"'
# Where one comment for Outlook ends and the next begins, it is one comment.
_SEAM = re.compile(r"<!\[endif\]-->\s*<!--\[if mso \| IE\]>")
# mrml writes the title of a mail, which screen readers say, as Rust writes a string for programmers: `\u{64b}`, `\\"`.
_LABEL = re.compile(r'aria-label="((?:[^"\\]|\\.)*)"(?= aria-roledescription="email")')
_ESCAPED = re.compile(r"\\(?:u\{([0-9a-f]{1,6})\}|(.))")


# mrml hides a preview by a colour and a tiny size, too, which filters count against a mail as words that nobody sees;
# and Word needs its own way.
_PREVIEW = re.compile(r'(<div style="display:none;)font-size:1px;color:#ffffff;line-height:1px;([^"]*)(")')


def to_html(source: str, inserts: Mapping[str, str] | None = None) -> str:
    """Compile MJML to HTML with inlined styles; each key of `inserts` in it becomes that HTML. Raises `BadMarkup`."""
    import mrml  # late, as every parser: tests/iria/test_worker_imports.py

    source = without_controls(source)
    styles = "\n".join(_INLINE.findall(source))  # mrml leaves them out
    try:
        html: str = mrml.to_html(_INDENT.sub("\n", source), render_options=_rendering()).content
    except Exception as error:
        raise BadMarkup(f"MJML: {error}") from error
    html = _LABEL.sub(_plain_label, html, count=1)
    html = _PREVIEW.sub(r"\1\2mso-hide:all;\3", html, count=1)
    html = _SEAM.sub("", html).replace(_SHEET, _LEFT_ALONE)
    for marker, insert in (inserts or {}).items():
        html = html.replace(marker, insert)
    return _inliner(styles).inline(html).replace(_LEFT_ALONE, _SHEET)


def _plain_label(label: re.Match[str]) -> str:
    def meant(escaped: re.Match[str]) -> str:
        if escaped[1]:
            return chr(int(escaped[1], 16))
        return {"t": " ", "n": " ", "r": " ", "0": ""}.get(escaped[2], escaped[2])

    return f'aria-label="{_ESCAPED.sub(meant, label[1]).replace(chr(34), "&quot;")}"'


@cache
def _rendering() -> Any:
    import mrml  # late, as every parser: tests/iria/test_worker_imports.py

    # Without `fonts={}` mrml would import fonts from a server of others: a mail of ours asks nobody for anything.
    return mrml.RenderOptions(fonts={})


@lru_cache(maxsize=16)
def _inliner(styles: str) -> css_inline.CSSInliner:
    import css_inline  # late, as every parser: tests/iria/test_worker_imports.py

    return css_inline.CSSInliner(
        keep_style_tags=True, keep_at_rules=True, load_remote_stylesheets=False, extra_css=styles
    )
