"""What stands within the text of an article without being part of it."""

from __future__ import annotations

import re

from django import template
from django.utils.safestring import SafeString, mark_safe

register = template.Library()
# Before a heading that follows a paragraph: between two thoughts, and never within a table or a quotation.
_BETWEEN_THOUGHTS = re.compile(r"(?<=</p>)\s*(?=<h2[ >])")
WORTH_IT = 400  # words: in a shorter text the form below is near enough


@register.simple_tag
def text_with(body: SafeString, aside: SafeString, words: int) -> SafeString:
    """The text with the aside before its second heading; a text that is short or has no headings stays as it is."""
    if words < WORTH_IT or not aside:
        return body
    places = [found.start() for found in _BETWEEN_THOUGHTS.finditer(body)]
    if len(places) < 2:
        return body
    at = places[1]
    return mark_safe(f"{body[:at]}\n{aside}{body[at:]}")  # noqa: S308 - both are safe, and it stands between elements
