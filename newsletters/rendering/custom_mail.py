"""Is the mail that a newsletter's own MJML makes fit to be sent? Asked before the MJML is saved.

Stands above both the rendering of mails and `custom`, which knows the language of such MJML and makes no mail.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Iterator
from dataclasses import replace
from html import unescape

from django.utils.translation import gettext as _

from newsletters.rendering import merge, message
from newsletters.rendering.checking import Document, check_mail
from newsletters.rendering.checking.faults import Fault
from newsletters.rendering.content import EditionContent
from newsletters.rendering.custom.checking import source_problems
from newsletters.rendering.custom.language import Problem
from newsletters.rendering.designs import OWN
from newsletters.rendering.mail import render
from newsletters.rendering.recipients import Recipient
from subscribers.links import unsubscribe_url

_HREF = re.compile(r"\bhref\s*=\s*[\"']([^\"']*)[\"']")
_FIELD = re.compile(merge.FIELD)
_PLAIN_FIELD = re.compile(r"\{\{[^{}]*\}\}")  # the same without groups, which `split` would give as well
_QUOTED = "[A-Za-z0-9._~%-]*"  # what `merge.quoted` leaves


def problems(source: str, content: EditionContent, reader: Recipient) -> list[Problem]:
    """What must be mended before it can be used; none where it can. `content` has every kind of block."""
    return source_problems(source) or [
        Problem(0, fault.sentence) for fault in faults(source, content, reader) if fault.certain
    ]


def faults(source: str, content: EditionContent, reader: Recipient) -> list[Fault]:
    """What the checks of mails say of a mail with this design, and whether readers see what the law wants them to."""
    content = replace(content, design=OWN, own_mjml=source)
    try:
        mail = render(content)
    except ValueError as problem:
        return [Fault("rendering", _("We can't build an email from it: %s") % problem, certain=True)]
    subject, html, text = message.personal(mail, reader, content)
    return [*_unseen(Document(html), content, reader), *check_mail(subject, html, text, apart=design_links(content))]


def design_links(content: EditionContent) -> Container[str]:
    """Where the newsletter's own MJML leads by itself, as to the publisher's profiles: no text part says that."""
    return _Links(_HREF.findall(content.own_mjml) if content.design == OWN else ())


class _Links:
    """The addresses that these may become for any reader and edition. Those of our own pages are none of them."""

    def __init__(self, typed: Iterable[str]) -> None:
        patterns = (_pattern(unescape(address)) for address in dict.fromkeys(typed))
        self._patterns = [re.compile(pattern) for pattern in patterns if pattern]

    def __contains__(self, address: object) -> bool:
        return isinstance(address, str) and any(pattern.fullmatch(address) for pattern in self._patterns)


def _pattern(address: str) -> str:
    """Empty for what is one of our own fields with an address, and nothing beside it."""
    if _PLAIN_FIELD.fullmatch(address.strip()):
        return ""
    fields = [merge.parts_of(match)[0] for match in _FIELD.finditer(address)]
    first, *others = map(re.escape, _PLAIN_FIELD.split(address))
    values = (_QUOTED if merge.is_field(name) else r"\S*" for name in fields)
    return first + "".join(value + literal for value, literal in zip(values, others, strict=True))


def _unseen(document: Document, content: EditionContent, reader: Recipient) -> Iterator[Fault]:
    leave = unsubscribe_url(reader.id, content.list_id, content.edition_id)
    words = list(document.words())
    if not any(link.get("href") == leave for each in words for link in each.element.xpath("ancestor-or-self::a")):
        yield Fault("unsubscribe", _("Readers can't see a link to {{ unsubscribe_url }}."), certain=True)
    address = content.postal_address.split()
    if address and " ".join(address) not in " ".join(" ".join(each.text for each in words).split()):
        yield Fault("postal_address", _("Readers can't see {{ postal_address }}."), certain=True)
