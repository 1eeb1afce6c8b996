"""A receipt on A4 pages: fpdf2 sets the text, HarfBuzz joins Arabic letters and puts accents where they belong.

Both take some 45 MB and a third of a second, so import this module where a PDF is made, and nowhere above. Letters that
none of the typefaces has are written by their number in Unicode, so that nothing is left out without a word.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from pathlib import Path
from unicodedata import category, normalize

from django.utils.translation import gettext as _
from fontTools.ttLib import TTFont
from fpdf import FPDF
from fpdf.enums import Align

from lib.directions import direction_of
from subscribers.receipts.receipt import Facts, Receipt, ReceiptPart
from subscribers.receipts.typefaces import typeface_files

# At INFO they say of each typeface which of its tables and glyphs were left out.
for _teller in ("fontTools", "fpdf"):
    logging.getLogger(_teller).setLevel(logging.WARNING)

_MARGIN, _BOTTOM, _NAMES = 20.0, 22.0, 50.0  # millimetres: the sides, the foot, and the names of facts
_LINE = 5.0  # millimetres
_INK, _GREY, _RULE = (26, 29, 33), (88, 95, 103), (205, 209, 214)
_JOINERS = "\u200c\u200d"  # they have no shape of their own and change those of their neighbours


def draw_receipt(receipt: Receipt) -> bytes:
    """The PDF. Raises LookupError when nobody has said where the typefaces are."""
    return _Sheets(receipt, typeface_files()).draw()


class _Pages(FPDF):
    """Each page says whose it is and how many there are, should the sheets come apart."""

    footing = ""

    def footer(self) -> None:
        self.set_y(8 - _BOTTOM)
        self.set_text_color(*_GREY)
        self.set_font_size(8)
        self.set_text_shaping(_is_shaped(self.footing))
        self.cell(self.epw - 30, _LINE, self.footing)
        self.set_text_shaping(False)  # it would turn the mark that stands for the last page's number into glyphs
        number = _("Page %(number)s of %(pages)s")
        self.cell(30, _LINE, number % {"number": self.page_no(), "pages": self.str_alias_nb_pages}, align=Align.R)


class _Sheets:
    def __init__(self, receipt: Receipt, files: Sequence[Path]) -> None:
        self._receipt = receipt
        self._letters: set[str] = set()
        self._are_unknown = False
        self._pages = pages = _Pages(format="A4")
        pages.set_margins(_MARGIN, _MARGIN)
        pages.c_margin = 0
        pages.set_auto_page_break(True, _BOTTOM)
        pages.set_lang("en")
        pages.set_title(_("Consent receipts of %s") % receipt.address)
        pages.set_author(receipt.institute)
        self._add_faces(files)

    def _add_faces(self, files: Sequence[Path]) -> None:
        """Those that the words of this person need."""
        missing = set(normalize("NFC", self._receipt.everything()))
        families: list[str] = []
        for file in files:
            with TTFont(file, lazy=True) as face:
                letters = {chr(code) for code in face.getBestCmap()}
            if families and not letters & missing:
                continue
            families.append(f"{file.parent.name}-{file.stem}")
            self._pages.add_font(families[-1], fname=file)
            self._letters |= letters
            missing -= letters
        self._pages.set_font(families[0])
        self._pages.set_fallback_fonts(families[1:], exact_match=False)

    def draw(self) -> bytes:
        receipt, pages = self._receipt, self._pages
        pages.footing = self._legible(
            _("Consent receipts of %(address)s, made on %(when)s") % {"address": receipt.address, "when": receipt.made}
        )
        pages.add_page()
        self._write(receipt.institute, points=10, colour=_GREY)
        self._write(_("Consent receipts"), points=20, height=11)
        self._write(
            _(
                "What this person agreed to, as it was recorded when it happened. Records are only ever added: none is"
                " changed or deleted while the person is known. Times are those of the institute's time zone."
            ),
            points=9.5,
            colour=_GREY,
        )
        pages.ln(3)
        made = (_("Made on"), receipt.made)
        count = (_("Records"), str(len(receipt.records)))
        self._facts([*receipt.person, made, count])
        self._heading(_("Subscriptions today"))
        self._parts(receipt.subscriptions)
        self._heading(_("Records, the oldest first"))
        self._parts(receipt.records, numbered=True)
        if self._are_unknown:
            pages.ln(4)
            self._write(
                _(
                    "Letters that the typefaces of this paper don't have stand in square brackets, by their number in"
                    " Unicode. The receipts as JSON have them as they are."
                ),
                points=8.5,
                colour=_GREY,
            )
        return bytes(pages.output())

    def _heading(self, words: str) -> None:
        self._keep_together(_LINE * 7)
        self._pages.ln(5)
        self._write(words, points=13, height=8)

    def _parts(self, parts: Sequence[ReceiptPart], *, numbered: bool = False) -> None:
        if not parts:
            self._write(_("None."), points=9.5)
        for number, part in enumerate(parts, 1):
            self._keep_together(_LINE * min(len(part.facts) + 4, 30))
            self._rule()
            self._write(f"{number}. {part.title}" if numbered else part.title, points=10.5, height=6)
            self._facts(part.facts)
            self._pages.ln(2)

    def _rule(self) -> None:
        pages = self._pages
        pages.set_draw_color(*_RULE)
        pages.line(pages.l_margin, pages.y, pages.w - pages.r_margin, pages.y)
        pages.ln(1.5)

    def _facts(self, facts: Facts) -> None:
        for name, value in facts:
            self._keep_together(_LINE)
            self._style(9.5, _GREY)
            self._pages.set_text_shaping(False)
            self._pages.cell(_NAMES, _LINE, name)
            self._write(value, points=9.5)

    def _write(self, words: str, *, points: float, colour: tuple[int, int, int] = _INK, height: float = _LINE) -> None:
        """From here to the right margin. What takes several lines stands on the side where its words begin."""
        pages, shown = self._pages, self._legible(words)
        self._style(points, colour)
        pages.set_text_shaping(_is_shaped(shown))
        # Breaking lines measures the words again and again, and most of them fit on one.
        if "\n" not in shown and pages.get_string_width(shown) < pages.w - pages.r_margin - pages.x:
            pages.cell(0, height, shown, new_x="LMARGIN", new_y="NEXT")
        else:
            align = Align.R if direction_of(shown) == "rtl" else Align.L
            pages.multi_cell(0, height, shown, align=align, new_x="LMARGIN", new_y="NEXT")

    def _style(self, points: float, colour: tuple[int, int, int]) -> None:
        self._pages.set_font_size(points)
        self._pages.set_text_color(*colour)

    def _keep_together(self, height: float) -> None:
        if self._pages.will_page_break(height):
            self._pages.add_page()

    def _legible(self, words: str) -> str:
        return "".join(self._letters_of(words))

    def _letters_of(self, words: str) -> Iterator[str]:
        for letter in normalize("NFC", words):
            if letter in self._letters or letter == "\n":
                yield letter
            elif letter.isspace():
                yield " "
            elif category(letter) not in {"Cc", "Cf"}:
                self._are_unknown = True
                yield f"[U+{ord(letter):04X}]"


def _is_shaped(words: str) -> bool:
    """Whether its letters join, turn or carry marks. Shaping takes five times as long, and most lines need none."""
    return any(letter > "\u02ff" and (letter in _JOINERS or _runs_left_or_joins(letter)) for letter in words)


def _runs_left_or_joins(letter: str) -> bool:
    return category(letter) in {"Mn", "Mc"} or direction_of(letter) == "rtl"
