"""What is wrong with the text of a newsletter's own MJML, in sentences with their lines. It makes no mail.

Each stage is asked only when the one before found nothing, since one missing end would bring a dozen complaints: the
language, the tags, MJML itself. `newsletters.rendering.custom_mail` then makes a mail of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mail.mjml import BadMarkup, to_html
from newsletters.rendering import block_context, merge, slots
from newsletters.rendering.custom import language
from newsletters.rendering.custom.language import COLOURS, FORMATTED, BadTemplate, Problem

MOST_BYTES = 60_000
_COMPONENTS = frozenset({
    "mj-accordion", "mj-accordion-element", "mj-accordion-text", "mj-accordion-title", "mj-all", "mj-attributes",
    "mj-body", "mj-breakpoint", "mj-button", "mj-class", "mj-column", "mj-divider", "mj-group", "mj-head", "mj-hero",
    "mj-image", "mj-navbar", "mj-navbar-link", "mj-preview", "mj-raw", "mj-section", "mj-spacer", "mj-style",
    "mj-table", "mj-text", "mj-title", "mj-wrapper", "mjml",
})  # fmt: skip
_REFUSED = {
    "mj-include": gettext_lazy("mj-include isn't allowed: the email is built from this text alone."),
    "mj-font": gettext_lazy("mj-font isn't allowed: it loads a font from another server."),
    "mj-social": gettext_lazy("mj-social isn't allowed: it loads pictures from another server."),
    "mj-carousel": gettext_lazy("mj-carousel isn't allowed: few email clients show more than its first picture."),
}
_TAKEN_OUT = frozenset({"script", "link", "iframe", "form", "object", "embed", "video", "audio", "base", "svg"})
_FROM_ELSEWHERE = re.compile(r"@import|url\s*\(", re.IGNORECASE)
_VOID = {"br", "img", "hr", "meta", "input", "col", "wbr", "area"}
_POSITION = re.compile(r"at position (\d+):(\d+)")


def source_problems(source: str) -> list[Problem]:
    """What must be fixed in the text before a mail can be made of it."""
    return _of_the_whole(source) or _of_the_language(source) or _of_the_tags(source) or _of_mjml(source)


def _of_the_whole(source: str) -> list[Problem]:
    if not source.strip():
        return [Problem(0, _("Write the MJML of the email, or choose another design."))]
    if len(source.encode()) > MOST_BYTES:
        return [Problem(0, _("This is longer than %d KB. The email would be cut off.") % (MOST_BYTES // 1000))]
    if any(mark in source for mark in (slots.MARK, block_context.INSERT)):
        return [Problem(0, _("The text contains a word that Iria reserves: %s.") % slots.MARK)]
    return []


def _of_the_language(source: str) -> list[Problem]:
    try:
        nodes = language.parse(source)
    except BadTemplate as problem:
        return [Problem(problem.line, str(problem))]
    return [*language.problems(nodes), *_misplaced(source, nodes)]


def _misplaced(source: str, nodes: list[language.Node]) -> Iterator[Problem]:
    """Formatted text in an attribute, anything but colours in a style sheet, and readers' values where a link's address
    says where it leads."""
    for field in language.fields_of(nodes):
        if field.address is not None and merge.is_field(field.name) and not merge.may_follow(field.address):
            sentence = _(
                "In the address of a link, {{ %s }} can only follow the site's name or a field with an address."
            )
            yield Problem(field.line, sentence % field.name)
        before = source[: field.at]
        if before.rfind("<") > before.rfind(">") and field.name in FORMATTED:
            yield Problem(
                field.line, _("{{ %s }} is formatted text, so you can't use it in an attribute.") % field.name
            )
        if before.rfind("<mj-style") > before.rfind("</mj-style>") and field.name not in COLOURS:
            yield Problem(field.line, _("You can use only colours in a style sheet: %s.") % ", ".join(sorted(COLOURS)))


def _of_the_tags(source: str) -> list[Problem]:
    tags = _Tags()
    tags.feed(source)
    tags.close()
    unclosed = [] if tags.is_lost else [Problem(line, _("<%s> is never closed.") % tag) for tag, line in tags.open[-1:]]
    return tags.found + unclosed


class _Tags(HTMLParser):
    """mrml says that something has no end, but not where; and what it does not know it leaves out in silence."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[Problem] = []
        self.open: list[tuple[str, int]] = []
        self.has_begun = False
        self.is_lost = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_startendtag(tag, attrs)
        if tag not in _VOID:
            self.open.append((tag, self.getpos()[0]))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if not self.has_begun and tag != "mjml":
            self._say(_("The text has to start with <mjml>."))
        self.has_begun = True
        if tag in _REFUSED:
            self._say(str(_REFUSED[tag]))
        elif tag in _TAKEN_OUT:
            self._say(_("<%s> isn't allowed: email clients remove it.") % tag)
        elif tag.startswith("mj") and tag not in _COMPONENTS:
            self._say(_("MJML has no <%s>.") % tag)
        for name, value in attrs:
            if name.startswith("on"):
                self._say(_("“%s” is a script, which email clients remove.") % name)
            if value and (value.strip().lower().startswith("javascript:") or _FROM_ELSEWHERE.search(value)):
                self._say(_("“%s” isn't allowed here.") % value[:60])

    def handle_endtag(self, tag: str) -> None:
        if tag in _VOID or self.is_lost:
            return
        if self.open and self.open[-1][0] == tag:
            self.open.pop()
            return
        self.is_lost = True  # what follows from one missing end is not worth saying
        if self.open:
            unclosed, line = self.open[-1]
            sentence = _("Found </%(end)s>, but the <%(tag)s> on line %(line)d is still open.")
            self._say(sentence % {"end": tag, "tag": unclosed, "line": line})
        else:
            self._say(_("</%s> closes nothing.") % tag)

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1][0] in {"mj-style", "style"} and _FROM_ELSEWHERE.search(data):
            self._say(_("A style sheet can't load anything from other servers. Remove “@import” and “url(…)”."))

    def _say(self, sentence: str) -> None:
        if len(self.found) < 5:
            self.found.append(Problem(self.getpos()[0], sentence))


def _of_mjml(source: str) -> list[Problem]:
    try:
        to_html(source)
    except BadMarkup as problem:
        where = _POSITION.search(str(problem))
        return [Problem(language.line_at(source, int(where[1])) if where else 0, str(problem))]
    return []
