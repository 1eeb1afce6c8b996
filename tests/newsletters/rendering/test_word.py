"""What Outlook for Windows makes of our mails. It lays them out with Word, which knows padding, backgrounds and widths
in per cent on cells and tables alone, and takes the width of a picture from its attribute, whatever the styles say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest

from newsletters.rendering import designs
from newsletters.rendering.checking import Document
from newsletters.rendering.checking.document import Element
from newsletters.rendering.mail import render
from tests.newsletters.rendering.sample import CONTENTS

COLUMN = 552  # CSS pixels
CELLS = {"td", "th", "table", "body"}
# Where a background or a padding that Word leaves out takes nothing away: a link that fills its button's cell, whose
# padding is said once more for Word (mso-padding-alt); a quotation or list, which Word indents by itself; a heading,
# whose line only moves closer; and the boxes around sections, which MJML gives Word as tables of its own.
SPARED = {"a", "blockquote", "ul", "ol", "h2", "div"}


@pytest.fixture(params=[(name, design) for name in CONTENTS for design in designs.names()], ids=" ".join)
def document(request: pytest.FixtureRequest) -> Document:
    name, design = request.param
    return Document(render(replace(CONTENTS[name], design=design)).html)


def said(document: Document, element: Element, prefix: str) -> dict[str, str]:
    return {name: d.words for name, d in document.inline.get(element, {}).items() if name.startswith(prefix)}


def pixels(words: str) -> list[int]:
    return [int(found) for found in re.findall(r"(\d+)(?:px)?(?= |$)", words)]


def sides(document: Document, cell: Element) -> int:
    """What padding and borders take of a cell's width."""
    style = document.inline.get(cell, {})
    values = pixels(style["padding"].words) if "padding" in style else [0]
    right, left = (values[1], values[-1]) if len(values) == 4 else (values[min(1, len(values) - 1)],) * 2
    right = next(iter(pixels(style["padding-right"].words)), right) if "padding-right" in style else right
    left = next(iter(pixels(style["padding-left"].words)), left) if "padding-left" in style else left
    borders = [pixels(style[f"border-{side}"].words)[0] for side in ("left", "right") if f"border-{side}" in style]
    return right + left + sum(borders)


def beside(cell: Element) -> Iterator[int]:
    """The widths of the other cells of its row."""
    for other in cell.getparent():
        if other is not cell and (other.get("width") or "").isdigit():
            yield int(other.get("width"))


def test_padding_and_backgrounds_are_those_of_cells(document: Document) -> None:
    for element in document.inline:
        if element.tag in CELLS or element.tag in SPARED:
            continue
        padding = {name: words for name, words in said(document, element, "padding").items() if any(pixels(words))}
        # A picture covers its background, which is seen behind its alternative text alone.
        background = {} if element.tag == "img" else said(document, element, "background")
        assert not padding, (element.tag, element.get("class"), padding)
        assert not background, (element.tag, element.get("class"), background)


def test_a_width_in_per_cent_is_that_of_a_table_or_picture(document: Document) -> None:
    for element in document.inline:
        if "%" in said(document, element, "width").get("width", ""):
            assert element.tag in {"table", "img", "div"}, (element.tag, element.get("class"))


def test_no_picture_is_wider_than_its_place(document: Document) -> None:
    pictures = document.all("img")
    for image in pictures:
        taken = int(image.get("width"))
        for cell in image.iterancestors("td"):
            if "mj-column-per-100" in (cell.getparent().getparent().getparent().getparent().get("class") or ""):
                taken += sides(document, cell)
                break
            taken += sides(document, cell) + sum(beside(cell))
        assert taken <= COLUMN, (image.get("alt"), taken)


def test_the_divider_is_a_table_of_its_width() -> None:
    document = Document(render(CONTENTS["everything"]).html)
    (line,) = [cell for cell in document.all("td") if cell.get("class") == "line"]
    table = next(line.iterancestors("table"))
    assert table.get("width") == "30%"
    assert table.get("align") == "center"


@pytest.mark.parametrize("design", [name for name in designs.names() if name != "plain"])  # which has no logo
def test_the_logo_stands_on_a_plate_that_is_a_cell(design: str) -> None:
    document = Document(render(replace(CONTENTS["everything"], design=design)).html)
    (logo,) = [image for image in document.all("img") if image.get("class") == "sign"]
    plate = logo.getparent()
    assert plate.tag == "td"
    assert plate.get("bgcolor") == "#fdfdfc"
    assert said(document, plate, "padding")


def test_a_sponsors_note_is_as_wide_as_the_column() -> None:
    document = Document(render(CONTENTS["everything"]).html)
    for note in [table for table in document.all("table") if table.get("class") == "note"]:
        assert note.get("width") == "100%"
        assert not said(document, note, "border")
        bar, words = note.xpath(".//tr[1]/td")
        assert bar.get("width") == "4"
        assert bar.get("bgcolor")
        for image in words.iter("img"):
            assert 4 + int(image.get("width")) + sides(document, words) == COLUMN
