"""`make messages`: the strings that readers see, from the sources into locale/, and the translations compiled.

    python -m tests.messages

Babel reads them, with Django's own reading of templates before it: GNU gettext is not needed. What was translated
stays, what no source says any more goes, what is new stands at its place with an empty msgstr. Translate it and run
this again: the .mo is what Iria uses, and both are committed. locale/en/ is written by hand and compiled along.
Status 1 when something is still to be translated.

What counts as seen by readers is a rule of directories: every template but those of the admin, and the code that makes
pages and mails (`SOURCES` without `STAFF`). The admin is in English.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
LOCALE = ROOT / "locale"
SOURCES = (
    "templates",
    "lib",
    "mail",
    "subscribers",
    "newsletters/site",
    "newsletters/blocks",
    "newsletters/articles",
    "newsletters/rendering",
    "newsletters/templatetags",
    "iria/door",
)
# Folders for staff, the forms of blocks and what they are called there, and the modules that tell editors what is wrong
# with a text, a picture or a mail; and the timeline of a person, which staff alone see.
STAFF = {
    "admin", "form.html", "kind.py", "link_problems.py", "models", "models.py", "migrations", "management", "checking",
    "custom", "custom_mail.py", "about.txt", "designs.py", "pictures.py", "decoding.py", "preparing.py", "writing.py",
    "imports", "segments", "tracking_notice.py", "utm.py",
    "timeline.py", "receipts",
    "jobs",
}  # fmt: skip
LANGUAGES = ("ar",)
# Django's own sentences in our English; its catalogs, not our sources, say which there are.
STOCK = ("django", "djangojs")
KEYWORDS: dict[str, tuple[int | tuple[int, str], ...] | None] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
# Of the catalog: who runs this when is no change of the product.
_NO_DATE = datetime(2026, 1, 1, tzinfo=UTC)
HEADER = "# What readers of Iria see, in {language}. Made by `make messages`; translations are written here by hand."


def sources() -> Iterator[Path]:
    for folder in SOURCES:
        for path in sorted((ROOT / folder).rglob("*")):
            inside = path.relative_to(ROOT)
            if path.suffix in {".py", ".html", ".txt", ".mjml", ".xml"} and not STAFF & set(inside.parts):
                yield path


def _strings(path: Path) -> Iterator[tuple[int, str | tuple[str, ...], list[str], str | None]]:
    text = path.read_text()
    if path.suffix != ".py":
        # Django turns what is no string into rows of X; without indentation that reads as Python.
        text = "\n".join(line.lstrip() for line in templatize(text, origin=str(path)).splitlines())
    return extract("python", BytesIO(text.encode()), keywords=KEYWORDS, comment_tags=("Translators:",))


def extracted() -> Catalog:
    """A catalog of everything that the sources say to readers."""
    catalog = Catalog(fuzzy=False)
    for path in sources():
        for _line, messages, comments, context in _strings(path):
            named = str(path.relative_to(ROOT))
            catalog.add(messages, None, [(named, None)], auto_comments=comments, context=context)  # type: ignore[list-item]
    return catalog


def folder(language: str) -> Path:
    return LOCALE / language / "LC_MESSAGES"


def read(language: str) -> Catalog:
    with (folder(language) / "django.po").open("rb") as file:
        return read_po(file, locale=language)


def update(language: str) -> Catalog:
    """Write the .po and the .mo of a language, and return what they say."""
    path = folder(language) / "django.po"
    path.parent.mkdir(parents=True, exist_ok=True)
    catalog = read(language) if path.exists() else Catalog(locale=language, fuzzy=False)
    # No guesses by likeness: a wrong sentence that looks translated is worse than none.
    catalog.update(extracted(), no_fuzzy_matching=True)
    catalog.obsolete.clear()
    catalog.creation_date = catalog.revision_date = _NO_DATE
    catalog.header_comment = HEADER.format(language=language)
    with path.open("wb") as po:
        write_po(
            po, catalog, width=110, sort_output=True, include_lineno=False, omit_header=False, ignore_obsolete=True
        )
    path.write_text(_without_dates(path.read_text()))
    with path.with_suffix(".mo").open("wb") as mo:
        write_mo(mo, catalog)
    return catalog


def _without_dates(text: str) -> str:
    """Who runs this when is no change of the product, and makes two branches conflict."""
    return re.sub(r'^"(POT-Creation-Date|PO-Revision-Date|Last-Translator|Language-Team|Report-Msgid-Bugs-To|'
                  r'Generated-By|Project-Id-Version):.*\n', "", text, flags=re.MULTILINE)  # fmt: skip


def is_translated(message: Message) -> bool:
    strings = message.string if isinstance(message.string, tuple | list) else (message.string,)
    return bool(strings) and all(strings) and not message.fuzzy


def untranslated(catalog: Catalog) -> list[str]:
    return [str(message.id) for message in catalog if message.id and not is_translated(message)]


def compile_stock() -> None:
    for name in STOCK:
        path = folder("en") / f"{name}.po"
        with path.open("rb") as po:
            catalog = read_po(po, locale="en")
        catalog.creation_date = catalog.revision_date = _NO_DATE
        with path.with_suffix(".mo").open("wb") as mo:
            write_mo(mo, catalog)


def main() -> int:
    compile_stock()
    missing = {language: untranslated(update(language)) for language in LANGUAGES}
    for language, strings in missing.items():
        for string in strings:
            print(f"locale/{language}: to be translated: {string}", file=sys.stderr)
    return 1 if any(missing.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
