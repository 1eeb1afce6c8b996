"""UTM parameters: what is added to the links of a mail, so that the site they lead to can tell where a visit came from.

A newsletter says them once, as a template like `utm_source=iria&utm_campaign={{ newsletter }}`. They are put behind
what an address already asks for and before its fragment; nothing else of it changes, and a parameter that an address
has itself stays as it is.
"""

from __future__ import annotations

import re
from urllib.parse import quote, unquote_plus

from django.utils.translation import gettext as _

from newsletters.rendering.content import EditionContent
from newsletters.rendering.merge import FIELD

FIELDS = ("newsletter", "number", "date")
MOST = 10  # parameters
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,39}")
_FIELD = re.compile(FIELD)
_PIECES = re.compile(r"&(?![^{}]*\}\})")  # a field's own words may have one


class BadParameters(ValueError):
    """A template that can't be used; the message says what is wrong with it."""


def tidied(template: str) -> str:
    """The template as it is kept. Raises `BadParameters`."""
    template = template.strip().lstrip("?&").rstrip("&").strip()
    if not template:
        return ""
    pieces = _PIECES.split(template)
    if len(pieces) > MOST:
        raise BadParameters(_("Enter at most %d parameters.") % MOST)
    seen = set()
    for piece in pieces:
        name, sign, value = piece.partition("=")
        if not sign or not _NAME.fullmatch(name) or not value:
            raise BadParameters(
                _("“%s” isn't a parameter. Write a name, = and a value, for example utm_source=iria.") % piece[:60]
            )
        if name.lower() in seen:
            raise BadParameters(_("“%s” is there twice.") % name)
        seen.add(name.lower())
        _check_value(value)
    return "&".join(pieces)


def _check_value(value: str) -> None:
    for match in _FIELD.finditer(value):
        field = match["field"].strip()
        if field not in FIELDS or match["fallback"] is not None:
            raise BadParameters(
                _("“%(field)s” can't be used here. You can use: %(fields)s.")
                % {"field": match[0], "fields": ", ".join(f"{{{{ {each} }}}}" for each in FIELDS)}
            )
    rest = _FIELD.sub("", value)
    if "{" in rest or "}" in rest:
        raise BadParameters(_("“%s” has a brace without its pair.") % value[:60])
    if "#" in rest or "=" in rest or "?" in rest:
        raise BadParameters(_("“%s” has one of the signs # = ?, which end a parameter.") % value[:60])


def parameters_of(content: EditionContent) -> str:
    """What is added to each link of the edition, percent-encoded (RFC 3986 §2.1); empty where nothing is."""
    values = {
        "newsletter": content.newsletter,
        "number": str(content.number) if content.number else "",
        "date": content.date,
    }

    def encoded(piece: str) -> str:
        name, _sign, value = piece.partition("=")
        # What was typed percent-encoded is not encoded twice; what a field says is a text.
        pieces = _FIELD.split(value)  # text, field, fallback, text, …
        filled = "".join(
            unquote_plus(part) if at % 3 == 0 else values[part.strip()]
            for at, part in enumerate(pieces)
            if at % 3 != 2
        )  # fmt: skip
        return f"{name}={quote(filled, safe='')}"

    return "&".join(map(encoded, _PIECES.split(content.utm))) if content.utm else ""


def with_parameters(url: str, parameters: str) -> str:
    """The address with those of the parameters that it hasn't got. Not one of its own bytes changes."""
    if not parameters:
        return url
    address, hash_sign, fragment = url.partition("#")
    _page, question, query = address.partition("?")
    own = {unquote_plus(piece.partition("=")[0]).lower() for piece in query.split("&")}
    added = "&".join(piece for piece in parameters.split("&") if piece.partition("=")[0].lower() not in own)
    if not added:
        return url
    between = "?" if not question else "" if not query or query.endswith("&") else "&"
    return f"{address}{between}{added}{hash_sign}{fragment}"
