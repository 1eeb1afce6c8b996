"""From MJML to the HTML of a mail."""

from __future__ import annotations

import re
from html import escape, unescape

import pytest

from mail.mjml import to_html

MAIL = (
    "<mjml><mj-head><mj-title>{title}</mj-title></mj-head>"
    "<mj-body><mj-section><mj-column><mj-text>x</mj-text></mj-column></mj-section></mj-body></mjml>"
)


@pytest.mark.parametrize(
    "title", ["أهلًا بك: مُراسَلة", 'A "q" & b', "Who’s <first>?", "C:\\new\\table", "cafe\u0301", "👩‍🚀 up"]
)
def test_the_title_is_said_as_it_was_written(title: str) -> None:
    html = to_html(MAIL.format(title=escape(title)))
    (label,) = re.findall(r'<div aria-label="([^"]*)" aria-roledescription="email"', html)
    assert unescape(label) == title
    (shown,) = re.findall(r"<title>(.*?)</title>", html)
    assert unescape(shown) == title


def test_a_preview_is_hidden_by_no_colour_and_no_size() -> None:
    """SpamAssassin counts both against a mail."""
    html = to_html("<mjml><mj-head><mj-preview>Also</mj-preview></mj-head><mj-body></mj-body></mjml>")
    hidden = '<div style="display:none;max-height:0px;max-width:0px;opacity:0;overflow:hidden;mso-hide:all;">Also</div>'
    assert hidden in html
