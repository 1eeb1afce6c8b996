"""Render a mail: from content to subject, HTML and text, once for all readers who get the same articles.

The result has slots where readers differ; newsletters.rendering.message puts a reader's values into them.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from html import escape, unescape
from typing import Any

from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.text import Truncator
from django.utils.translation import override

from lib import colours
from mail.mjml import to_html
from mail.writing import palettes
from newsletters.blocks.content import ArticleContent, PictureContent
from newsletters.blocks.registry import is_known
from newsletters.rendering import attributes, designs, merge
from newsletters.rendering.block_context import INSERT, Inserts, ShownBlock, absolute, shown_blocks
from newsletters.rendering.content import AttributeContent, EditionContent
from newsletters.rendering.custom import filling
from newsletters.rendering.dates import long_date_of
from newsletters.rendering.sections import blocks_with, sorted_by_topic
from newsletters.rendering.slots import IN_LINK, MARK, Field, Slot, SlotTable, of_attribute
from subscribers import languages
from subscribers.links import STAY_PATH

logger = logging.getLogger(__name__)
_GROUP = 3  # blocks
_STAYS = f'href="{STAY_PATH}"'  # of a link in a text, as sanitising writes it
WORTH_CONTENTS, MOST_NAMED = 4, 5  # articles
SUMMARY_FITS = 130  # characters of a preheader
LOW_LOGO = 40  # CSS pixels: for a masthead of one line
# After a short preheader, clients would show the first words of the mail; these spaces keep them away.
_FILLER = "\u00a0\u200c" * 60


@dataclass(frozen=True, slots=True)
class RenderedMail:
    """Subject, HTML and text with markers, and what belongs into each slot."""

    subject: str
    html: str
    text: str
    slots: tuple[Slot, ...]


def render(content: EditionContent, articles: Sequence[ArticleContent] | None = None) -> RenderedMail:
    """The mail with these articles of the edition (all, unless told), in the language of the edition.

    Raises `ValueError` where no mail can be made: the newsletter's own MJML does not compile."""
    with override(content.language):
        return _render(content, content.articles if articles is None else tuple(articles))


def _render(content: EditionContent, articles: tuple[ArticleContent, ...]) -> RenderedMail:
    for block in content.blocks:
        if not is_known(block.kind):
            logger.warning("Edition %d: a block of the unknown kind %r is left out.", content.edition_id, block.kind)
    table = SlotTable()
    plain, in_link = _fillers(content, articles, table)
    inserts = Inserts(plain, in_link)
    design = designs.design(content.design)
    blocks = blocks_with(content.blocks, {article.id for article in articles})
    introduction = content.introduction
    if any(block.url == STAY_PATH for block in blocks) or any(
        _STAYS in each for each in (introduction, *(block.html for block in blocks))
    ):
        marker = table.marker(Field.STAY)
        link = f'href="{marker}"'
        introduction = introduction.replace(_STAYS, link)
        blocks = tuple(
            replace(block, url=marker if block.url == STAY_PATH else block.url, html=block.html.replace(_STAYS, link))
            for block in blocks
        )
    if design.by_topic:
        blocks = sorted_by_topic(blocks)
    shown = shown_blocks(blocks, design.name, plain, inserts)
    subject = merge.fill(content.subject, plain)
    context: dict[str, Any] = {
        "content": content,
        **languages.layout(content.language),
        "fonts": design.fonts(content.font, content.language),
        "day": palettes.day(content.colour, content.background),
        "night": palettes.night(content.colour),
        "subject": subject,
        "preheader": merge.fill(content.preheader, plain),
        "preheader_filler": _FILLER if len(content.preheader) < 90 else "",
        "date": long_date_of(content.date),
        "introduction": inserts.put(introduction) if introduction else None,
        "blocks": shown,
        "groups": _in_groups(shown),
        "contents": _contents(shown),
        "styled_kinds": list(dict.fromkeys(block.kind for block in shown if block.kind.has_styles)),
        "low_logo_width": _width_at(LOW_LOGO, content.logo) if content.logo else 0,
        "logo_url": absolute(content.logo.path) if content.logo else "",
        "footer_lines": content.footer.splitlines(),
        "address_lines": [content.newsletter, *content.postal_address.splitlines()],
        "page_links": [(each.title, absolute(each.path)) for each in content.pages],
        "subscribe_url": absolute(languages.localised("/subscribe/")),
        # A mail that isn't an edition (a welcome) is nowhere in the archive.
        "view_url": absolute(languages.localised(content.path)) if content.path else "",
        "unsubscribe_url": table.marker(Field.UNSUBSCRIBE),
        "preferences_url": table.marker(Field.PREFERENCES),
        "reason": table.marker(Field.REASON),
    }
    own = content.own_mjml if content.design == designs.OWN else ""
    mjml = _own_mjml(own, context, plain, in_link) if own else render_to_string(design.body, context)
    return RenderedMail(
        subject=subject,
        html=to_html(mjml, inserts.html),
        text=_tidied(render_to_string("emails/edition/body.txt", context)),
        slots=tuple(table.slots),
    )


def _own_mjml(source: str, context: Mapping[str, Any], plain: merge.Value, in_link: merge.Value) -> str:
    content: EditionContent = context["content"]
    logo = content.logo
    same = ("subject", "preheader", "date", "direction", "unsubscribe_url", "preferences_url", "reason")
    values = {name: context[name] for name in same} | {
        "view_url": context["view_url"] or absolute(languages.localised("/")),
        "language": content.language,
        "logo": context["logo_url"],
        "logo_alt": logo.alt if logo else "",
        "logo_width": str(logo.width) if logo else "",
        "colour": context["day"].accent,
        "on_colour": colours.text_on(context["day"].accent),
        "background": context["day"].page,
    }
    introduction = context["introduction"]
    formatted = {
        "introduction": introduction.marker if introduction else "",
        "footer": filling.lines(content.footer),
        # Every mail has to name the publisher, so what links to the imprint needs no field of its own.
        "postal_address": filling.lines("\n".join(context["address_lines"])) + _links(context["page_links"]),
    }
    common = {name: escape(value) for name, value in values.items()} | formatted
    return filling.fill(
        source, common, context["blocks"], lambda name, fallback: escape(plain(name, fallback)), in_link
    )


def _links(pages: Sequence[tuple[str, str]]) -> str:
    return "".join(format_html('<br /><a href="{}">{}</a>', url, title) for title, url in pages)


def _width_at(height: int, picture: PictureContent) -> int:
    """How wide the picture is when it is at most so high."""
    return min(picture.width, max(1, round(height * picture.width / picture.height)))


@dataclass(frozen=True, slots=True)
class Contents:
    """What a list of contents names, and how many articles it leaves out."""

    named: tuple[ShownBlock, ...]
    others: int


def _contents(shown: Sequence[ShownBlock]) -> Contents | None:
    """Of all but the lead, which is seen at once. Short mails need none, and a long list would push the lead away."""
    articles = [block for block in shown if block.article]
    if len(articles) < WORTH_CONTENTS:
        return None
    rest = articles[1:]
    named = rest if len(rest) <= MOST_NAMED + 1 else rest[:MOST_NAMED]
    return Contents(tuple(named), len(rest) - len(named))


def _in_groups(blocks: Sequence[ShownBlock]) -> list[list[ShownBlock]]:
    """A few blocks to each table: Outlook breaks one that is taller than its page (1,800 pixels), and each costs bytes.
    There is always one, for the introduction."""
    groups: list[list[ShownBlock]] = [[]]
    for block in blocks:
        if len(groups[-1]) >= _GROUP:
            groups.append([])
        groups[-1].append(block)
    return groups


def _tidied(text: str) -> str:
    """At most one blank line between two others: blocks bring their own, and some bring nothing."""
    return re.sub(r"\n{3,}", "\n\n", text).strip() + "\n"


def _fillers(
    content: EditionContent, articles: tuple[ArticleContent, ...], table: SlotTable
) -> tuple[merge.Value, merge.Value]:
    """What replaces a merge field, in texts and in addresses: the edition's own value, or the marker of a slot."""
    common = _common(content, articles)
    own = {attribute.key: attribute for attribute in content.attributes}

    def value(name: str, fallback: str) -> str:
        if name in own:
            return table.marker(of_attribute(name), attributes.instead(own[name], fallback, content.language))
        return common[name] if name in common else table.marker(Field(name), fallback)

    def in_link(name: str, fallback: str) -> str:
        if name in own:
            instead = attributes.instead(own[name], fallback, content.language)
            return table.marker(of_attribute(name, in_link=True), instead)
        return merge.quoted(common[name]) if name in common else table.marker(IN_LINK[Field(name)], fallback)

    return value, in_link


def _common(content: EditionContent, articles: tuple[ArticleContent, ...]) -> dict[str, str]:
    """The merge fields that are the same for all who get these articles."""
    headlines = [article.headline for article in articles]
    summary = articles[0].summary if articles else ""
    return common_values(content.newsletter, content.number, content.date, headlines, summary)


def common_values(
    newsletter: str, number: int, date: str, headlines: Sequence[str], summary: str = ""
) -> dict[str, str]:
    """`date` as in an EditionContent; `headlines` are those of the articles that a reader gets, in order, and `summary`
    that of the first."""
    others = " · ".join(headlines[1:3])
    return {
        "newsletter": newsletter,
        "number": str(number),
        "date": long_date_of(date),
        # Of these readers' own mail: a subject must not promise what is not in it.
        "lead": headlines[0] if headlines else "",
        "lead_summary": Truncator(" ".join(summary.split())).chars(SUMMARY_FITS) or others,
        "others": others,
        "count": str(len(headlines)),
    }


def for_anybody(content: EditionContent, text: str, articles: Sequence[ArticleContent] | None = None) -> str:
    """A text of the edition for no reader in particular who gets these articles (all, unless told): the fallback where
    a reader's own value would stand."""
    value = _for_anybody(content, content.articles if articles is None else tuple(articles))
    return merge.fill(text, lambda name, fallback: value(name, fallback) or "")


def parts_for_anybody(content: EditionContent, text: str) -> list[merge.TextPart]:
    """As `for_anybody`, in pieces that say which are values of merge fields."""
    return merge.parts(text, _for_anybody(content, content.articles))


def html_for_anybody(content: EditionContent, html: str) -> str:
    """The same for HTML, in which fallbacks were typed as HTML and the edition's own values are plain text."""
    value = _for_anybody(content, content.articles)
    return merge.fill_html(
        html,
        lambda name, fallback: escape(value(name, unescape(fallback)) or ""),
        lambda name, fallback: merge.quoted(value(name, fallback) or ""),
    )


def _for_anybody(content: EditionContent, articles: tuple[ArticleContent, ...]) -> Callable[[str, str], str | None]:
    return value_for_anybody(_common(content, articles), content.attributes, content.language)


def value_for_anybody(
    common: Mapping[str, str], own: Iterable[AttributeContent], language: str
) -> Callable[[str, str], str | None]:
    """What stands for a field, by its name and fallback, where there is no reader: never a person's own value. None
    for what is no field."""
    by_key = {attribute.key: attribute for attribute in own}

    def value(name: str, fallback: str) -> str | None:
        if name in by_key:
            return attributes.instead(by_key[name], fallback, language)
        return common.get(name, fallback if merge.is_field(name) else None)

    return value


def check_no_marker(*texts: str) -> None:
    """Raise ValueError when a text of staff contains what we use as a marker."""
    for mark in (MARK, INSERT):
        if any(mark in text for text in texts):
            raise ValueError(f"A text contains “{mark}”, which Iria reserves.")


__all__ = ["RenderedMail", "absolute", "check_no_marker", "for_anybody", "html_for_anybody", "render"]
