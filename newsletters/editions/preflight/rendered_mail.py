"""What can only be seen in the mail itself, rendered once for all of these checks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from newsletters.editions.preflight.edition_texts import decorative_files, item_addresses, links, place_of
from newsletters.editions.preflight.findings import Finding
from newsletters.editions.preflight.own_links import leads_somewhere
from newsletters.models import Reengagement
from newsletters.rendering.body_encoding import LONGEST_LINE
from newsletters.rendering.checking import check_mail
from newsletters.rendering.checking.addresses import is_own
from newsletters.rendering.content import EditionContent
from newsletters.rendering.custom_mail import design_links
from newsletters.rendering.mail import RenderedMail, render
from newsletters.rendering.message import build, personal
from newsletters.rendering.recipients import Recipient
from newsletters.rendering.tracked_links import LinkTable
from subscribers.links import STAY_PATH, stay_link, unsubscribe_token, unsubscribe_url

SAMPLE = Recipient(0, "reader@example.org", "", date(2026, 1, 1))  # without a name, who follows all


def check(content: EditionContent, make_mail: Callable[[EditionContent], RenderedMail] = render) -> Iterator[Finding]:
    """`make_mail` is for a caller who has rendered it already; it raises `ValueError` as `render` does."""
    try:
        mail = make_mail(content)
        subject, html, text = personal(mail, SAMPLE, content)
    except ValueError as problem:
        yield Finding("rendering", True, _("We can't build the email: %s") % problem, "")
        return
    yield from _leaving(content, html, text)
    yield from _staying(content, html)
    yield from _headers(mail, content)
    for fault in check_mail(
        subject, html, text, items=item_addresses(content), apart=design_links(content),
        decorative=decorative_files(content), sent=_sent_bytes(mail, content),
    ):  # fmt: skip
        yield Finding(fault.code, fault.certain, fault.sentence, place_of(fault.about, content) or _usual(fault.code))
    for link in links(content):
        if (link.text.startswith("/") or is_own(link.text)) and not leads_somewhere(link.text):
            message = _("The link “%(address)s” in %(name)s doesn't lead to a page on the site.")
            yield Finding("dead_own", True, message % {"address": link.text, "name": link.name}, link.field)


def _sent_bytes(mail: RenderedMail, content: EditionContent) -> int:
    """Of the HTML that goes out, with the links that count or have UTM parameters."""
    return len(personal(LinkTable.of(content).track(mail), SAMPLE, content)[1].encode())


def _usual(code: str) -> str:
    """Where what has no place of its own is mended: what is too large, in the articles; how it looks, in the design."""
    if code in {"size", "text_short", "text_missing"}:
        return "articles"
    return "newsletter.colour" if code == "contrast" else ""


def _leaving(content: EditionContent, html: str, text: str) -> Iterator[Finding]:
    address = unsubscribe_url(SAMPLE.id, content.list_id, content.edition_id)
    if address not in html or address not in text:
        message = _("The email has no unsubscribe link in its HTML or its text.")
        yield Finding("unsubscribe", True, message, "newsletter.footer")


def _staying(content: EditionContent, html: str) -> Iterator[Finding]:
    """An edition that asks quiet readers needs the link by which they answer."""
    address = stay_link(unsubscribe_token(SAMPLE.id, content.list_id, content.edition_id))
    if not content.include or address in html:
        return  # most editions are for everybody: they cost no query
    if Reengagement.objects.filter(edition=content.edition_id).exists():
        message = _("This edition asks readers whether they want to stay. Add a button that leads to %s.")
        yield Finding("stay", True, message % STAY_PATH, "articles")


def _headers(mail: RenderedMail, content: EditionContent) -> Iterator[Finding]:
    if not content.from_email:
        return  # another check says so, and without it there is no mail
    try:
        head = raw(mail, content).partition(b"\r\n\r\n")[0]
    except ValueError as problem:  # of the writer: the promise is that nothing else gets out
        yield Finding("header", True, _("An email header isn't allowed: %s") % problem, "subject")
        return
    for line in head.split(b"\r\n"):
        if len(line) > LONGEST_LINE:
            name = line.partition(b":")[0].decode("ascii", "replace")
            yield Finding("header", True, _("The header %s is too long for an email.") % name, "subject")


def raw(mail: RenderedMail, content: EditionContent) -> bytes:
    """The whole message for the sample reader, as it would go over the wire. Raises ValueError."""
    message: Any = build(mail, SAMPLE, content, date=timezone.now()).message()
    data: bytes = message.as_bytes(linesep="\r\n")
    return data
