"""Every design with every kind of block: golden files, no fault for any check of mails, and small enough for Gmail."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from itertools import product

import pytest
from django.utils.translation import override
from lxml import html as lxml_html
from lxml.html import HtmlElement

from lib.colours import READABLE, VISIBLE, contrast, text_on
from mail.mjml import to_html
from mail.writing import palettes
from newsletters.blocks.registry import NAMES
from newsletters.rendering import designs
from newsletters.rendering import mail as mail_module
from newsletters.rendering.checking import check_mail
from newsletters.rendering.content import EditionContent
from newsletters.rendering.mail import render
from newsletters.rendering.message import personal
from newsletters.rendering.recipients import Recipient
from subscribers.languages import localised
from tests.newsletters.rendering.golden_files import is_golden
from tests.newsletters.rendering.sample import ARTICLES, CONTENTS, EVERY_BLOCK, NAMELESS, READER, blocks_of

SITE = "https://news.iria.example"
DESIGNS = designs.names()
COLOURS = ["#000000", "#ffffff", "#ffee00", "#1F3A5F", "#808080", "#ff0000", "#00a36c"]
BACKGROUNDS = ["#eef0f2", "#000000", "#ffffff", "#8a2be2", "#777777", "#faf3e0", "#ff0000"]


def mail(content: EditionContent, design: str, reader: Recipient = READER) -> tuple[str, str, str]:
    content = replace(content, design=design)
    return personal(render(content), reader, content)


def faults(content: EditionContent, design: str, reader: Recipient = READER) -> list[str]:
    with override(content.language):
        items = [SITE + localised(article.path) for article in content.articles]
    return [fault.sentence for fault in check_mail(*mail(content, design, reader), items=items)]


def with_class(tree: HtmlElement, name: str) -> list[HtmlElement]:
    """The elements of that class. A name that no element has is a test that tests nothing, and fails here."""
    found: list[HtmlElement] = tree.xpath(f"//*[contains(concat(' ', @class, ' '), ' {name} ')]")
    assert found, f"Nothing in the mail has the class {name!r}: was it renamed?"
    return found


def rows_of(html: str, content: EditionContent) -> list[HtmlElement]:
    """The cell of each block, and of the introduction."""
    rows = with_class(lxml_html.fromstring(html), "row")
    assert len(rows) == len(content.blocks) + bool(content.introduction)
    return rows


def test_the_sample_has_every_kind_of_block() -> None:
    assert {block.kind for block in EVERY_BLOCK.blocks} == set(NAMES)


def test_every_class_that_a_style_names_is_in_a_mail(monkeypatch: pytest.MonkeyPatch) -> None:
    """A class that is renamed in a template, or only in a sheet, leaves a rule that styles nothing."""
    named: set[str] = set()
    there: set[str] = set()

    def read_sheets(mjml: str, inserts: Mapping[str, str]) -> str:
        for sheet in re.findall(r"<mj-style[^>]*>(.*?)</mj-style>", mjml, re.DOTALL):
            selectors = re.sub(r"\{[^{}]*\}", "{}", sheet)  # what stands within braces is no selector
            named.update(re.findall(r"\.([a-z]+)", selectors))
        return to_html(mjml, inserts)

    monkeypatch.setattr(mail_module, "to_html", read_sheets)
    for design, content in product(DESIGNS, (EVERY_BLOCK, CONTENTS["briefing"])):
        for element in lxml_html.fromstring(mail(content, design)[1]).iter():
            there.update((element.get("class") or "").split())
    assert {"row", "noted", "quoted", "embed", "foot", "masthead"} <= named
    assert named - there == set()


def test_there_are_four_designs_and_the_usual_one_is_the_first() -> None:
    assert DESIGNS == ("headlines", "brief", "letter", "plain")
    for design in designs.designs():
        assert design.title
        assert design.about.endswith(".")
        assert design.font in designs.FONTS


@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize("content", ["everything", "right-to-left", "briefing"])
def test_the_mail_of_a_design_is_the_golden_one(design: str, content: str) -> None:
    assert is_golden(mail(CONTENTS[content], design)[1], f"{design}/{content}.html")


@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize("kind", NAMES)
def test_a_block_is_the_golden_one(design: str, kind: str) -> None:
    blocks = tuple(block for block in EVERY_BLOCK.blocks if block.kind == kind)
    if kind == "divider":  # which parts two others
        blocks = (EVERY_BLOCK.blocks[1], *blocks, EVERY_BLOCK.blocks[1])
    html = mail(replace(EVERY_BLOCK, introduction="", blocks=blocks), design)[1]
    rows = [row.getparent() for row in rows_of(html, replace(EVERY_BLOCK, introduction="", blocks=blocks))]
    shown = "".join(lxml_html.tostring(row, encoding="unicode", with_tail=False) for row in rows)
    assert is_golden(shown + "\n", f"{design}/blocks/{kind}.html")


@pytest.mark.parametrize("content", CONTENTS)
def test_the_text_is_the_golden_one_in_every_design(content: str) -> None:
    texts = {mail(CONTENTS[content], design)[2] for design in DESIGNS if design != "brief"}
    assert len(texts) == 1
    assert is_golden(texts.pop(), f"text/{content}.txt")
    assert is_golden(mail(CONTENTS[content], "brief")[2], f"text/{content}.brief.txt")  # sorted by topic


@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize("content", CONTENTS)
@pytest.mark.parametrize("reader", [READER, NAMELESS], ids=["reader", "nameless"])
def test_no_check_of_mails_finds_anything(design: str, content: str, reader: Recipient) -> None:
    assert faults(CONTENTS[content], design, reader) == []


@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize(("colour", "background"), [*zip(COLOURS, BACKGROUNDS, strict=True)])
def test_any_colours_can_be_read(design: str, colour: str, background: str) -> None:
    assert faults(replace(EVERY_BLOCK, colour=colour, background=background), design) == []


@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize("font", designs.FONTS)
def test_the_chosen_font_stands_in_every_row(design: str, font: str) -> None:
    html = mail(replace(EVERY_BLOCK, font=font), design)[1]
    stack = designs.FONTS[font].text
    for row in rows_of(html, EVERY_BLOCK):
        assert stack.replace(" ", "") in row.get("style").replace(" ", "")


@pytest.mark.parametrize("colour", COLOURS)
def test_a_palette_has_neither_black_nor_white_and_can_be_read(colour: str) -> None:
    for palette in (palettes.day(colour, "#eef0f2"), palettes.night(colour)):
        for text in (palette.ink, palette.quiet, palette.accent):
            assert contrast(text, palette.sheet) >= READABLE
            assert contrast(text, palette.note) >= READABLE
        assert contrast(palette.on_fill, palette.fill) >= READABLE
        assert contrast(palette.foot, palette.page) >= READABLE
        assert not {"#000000", "#ffffff"} & {palette.page, palette.sheet, palette.note, palette.ink, palette.on_fill}


@pytest.mark.parametrize("colour", COLOURS)
def test_a_surface_has_the_chosen_colour_itself_with_words_that_fit(colour: str) -> None:
    fill = palettes.day(colour, "#eef0f2").fill
    assert fill == colour.lower() or contrast(text_on(colour), colour) < READABLE
    assert contrast(fill, colour) < 1.2  # pure red gives way a little, and nobody sees it
    night = palettes.night(colour)
    assert contrast(night.fill, night.sheet) >= VISIBLE


def test_yellow_stays_yellow_by_day_and_by_night() -> None:
    day, night = palettes.day("#FFD400", "#eef0f2"), palettes.night("#FFD400")
    assert (day.fill, night.fill) == ("#ffd400", "#ffd400")
    assert day.on_fill == night.on_fill == "#16181b"


@pytest.mark.parametrize(
    ("design", "most"), [("brief", 60_000), ("headlines", 55_000), ("letter", 45_000), ("plain", 45_000)]
)
def test_twenty_articles_with_pictures_are_far_from_what_gmail_cuts_off(design: str, most: int) -> None:
    article = replace(ARTICLES[0], summary="Who may pass, and what has changed since the treaty was signed. " * 4)
    many = [replace(article, id=number, path=f"/articles/a-rather-long-address-{number}/") for number in range(1, 21)]
    html = mail(replace(EVERY_BLOCK, blocks=blocks_of(many)), design)[1]
    assert len(html.encode()) < most


@pytest.mark.parametrize("design", DESIGNS)
def test_nothing_is_written_into_each_cell_that_a_sheet_can_say(design: str) -> None:
    html = mail(EVERY_BLOCK, design)[1]
    assert "mso-table-lspace" not in re.sub(r"<style.*?</style>", "", html, flags=re.DOTALL)
    assert "iRiA" not in html


@pytest.mark.parametrize("design", DESIGNS)
def test_body_and_footer_are_large_enough_to_read(design: str) -> None:
    tree = lxml_html.fromstring(mail(EVERY_BLOCK, design)[1])

    def sizes(name: str) -> list[int]:
        styles = [cell.get("style") for cell in with_class(tree, name)]
        found = [re.findall(r"font-size: (\d+)px", style) for style in styles]
        assert all(found), f"A {name!r} says no font size."
        return [int(size) for each in found for size in each]

    assert all(16 <= size <= 18 for size in sizes("row"))
    assert all(size >= 13 for size in sizes("foot"))


@pytest.mark.parametrize("design", DESIGNS)
def test_a_mail_from_right_to_left_begins_at_the_right(design: str) -> None:
    html = mail(CONTENTS["right-to-left"], design)[1]
    tree = lxml_html.fromstring(html)
    assert tree.get("dir") == "rtl"
    for name in ("row", "foot", "masthead", "noted"):
        assert all("text-align: right" in cell.get("style") for cell in with_class(tree, name))
    assert all("border-right" in quote.get("style") for quote in with_class(tree, "quoted"))


def test_a_design_that_is_gone_is_the_usual_one() -> None:
    assert mail(EVERY_BLOCK, "gone") == mail(EVERY_BLOCK, "headlines")


@pytest.mark.parametrize(("articles", "named", "others"), [(3, 0, 0), (4, 3, 0), (7, 6, 0), (8, 5, 2), (20, 5, 14)])
def test_a_briefing_names_what_is_in_it_and_stays_short(articles: int, named: int, others: int) -> None:
    blocks = blocks_of(replace(ARTICLES[0], id=number, headline=f"Story {number}") for number in range(articles))
    html = mail(replace(EVERY_BLOCK, blocks=blocks), "brief")[1]
    cells = lxml_html.fromstring(html).find_class("contents")
    links = [link.text_content() for cell in cells for link in cell.iter("a")]
    assert links == [f"Story {number}" for number in range(1, named + 1)]
    assert any("more" in cell.text_content() for cell in cells) == bool(others)
    assert not others or f"and {others} more" in cells[0].text_content()
