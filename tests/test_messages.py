"""Every string that readers see is translated, whole, and compiled. A rule finds the sources: tests/messages.py."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Any

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import read_mo
from django.utils.translation import ngettext, override

from tests import messages
from tests.messages import LANGUAGES, ROOT, extracted, folder, is_translated, read

WHAT_TO_DO = (
    "\n\nA string that readers see was added or changed. Run `make messages`, translate what is empty in"
    " locale/ar/LC_MESSAGES/django.po, run `make messages` again, and commit both files."
)
# Django's own Arabic plurals: a catalog with others would not be merged with Django's.
ARABIC_PLURALS = "n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 && n%100<=99 ? 4 : 5"
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%[sd]")
TAG = re.compile(r"</?[a-z]+[^>]*>")


def strings(value: object) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, tuple | list) else (str(value),)


def as_text(context: Any) -> str | None:
    """Babel reads the context of a .mo as bytes."""
    return context.decode() if isinstance(context, bytes) else context


def keys(catalog: Catalog) -> set[tuple[str | None, tuple[str, ...]]]:
    return {(message.context, strings(message.id)) for message in catalog if message.id}


def translated(language: str) -> Iterator[Message]:
    return (message for message in read(language) if message.id)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_catalog_holds_what_the_sources_say_and_nothing_else(language: str) -> None:
    found, said = keys(read(language)), keys(extracted())
    assert said - found == set(), WHAT_TO_DO
    assert found - said == set(), "\n\nNo source says this any more: run `make messages` and commit locale/."


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_untranslated_or_a_guess(language: str) -> None:
    assert [m.id for m in translated(language) if not is_translated(m)] == [], WHAT_TO_DO


@pytest.mark.parametrize("language", LANGUAGES)
def test_placeholders_and_tags_are_those_of_the_original(language: str) -> None:
    """A plural form may leave its number out, where the language says “two minutes” in one word."""
    for message in translated(language):
        *_, original = strings(message.id)
        for number, translation in enumerate(strings(message.string)):
            wanted, given = set(PLACEHOLDER.findall(original)), set(PLACEHOLDER.findall(translation))
            assert given == wanted or (message.pluralizable and number < 3 and given < wanted), message.id
            assert sorted(TAG.findall(translation)) == sorted(TAG.findall(original)), message.id


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_compiled_is_what_is_written(language: str) -> None:
    with (folder(language) / "django.mo").open("rb") as file:
        compiled = read_mo(file)
    written = {(m.context, strings(m.id)): strings(m.string) for m in translated(language)}
    made = {(as_text(m.context), strings(m.id)): strings(m.string) for m in compiled if m.id}
    assert made == written, WHAT_TO_DO


def test_arabic_has_six_plurals_and_its_own_punctuation() -> None:
    catalog = read("ar")
    assert (catalog.num_plurals, catalog.plural_expr.strip("() ")) == (6, ARABIC_PLURALS)
    for message in translated("ar"):
        for translation in strings(message.string):
            assert "?" not in translation, translation
            assert not re.search(r"[؀-ۿ],", translation), translation
            assert re.search(r"[؀-ۿ]", translation), translation
    with override("ar"):
        made = [ngettext("%(n)s article", "%(n)s articles", n) % {"n": n} for n in (1, 2, 3, 11, 100)]
    assert made == ["مقال واحد", "مقالان", "3 مقالات", "11 مقالًا", "100 مقال"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_of_last_resort_are_there_in_every_language(language: str) -> None:
    plain = [p for p in (ROOT / "templates").glob("*.html") if "{%" not in p.read_text() and p.stem.isdigit()]
    assert plain
    for page in plain:
        assert (page.parent / f"{page.stem}.{language}.html").exists(), page


def test_a_new_string_of_a_page_is_found_and_one_of_the_admin_is_not() -> None:
    said = {string for _context, ids in keys(extracted()) for string in ids}
    assert "Unsubscribed by mistake?" in said  # {% translate %}
    assert "Unsubscribe from %(list)s?" in said  # {% blocktranslate %}
    assert "You’re unsubscribed from %s." in said  # gettext in code
    assert "Enter your email address." in said  # gettext as _ in code
    assert not any("templates/admin" in str(path) for path in messages.sources())
    assert "We've sent a confirmation email. They get nothing else until they confirm." not in said


def formatted_by_place(source: str) -> list[str]:
    """Plurals filled in by `% n` of which one form has another number of `%d`: Python raises TypeError for it."""
    found = []
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.BinOp(ast.Call(ast.Name(id="ngettext" | "ngettext_lazy"), args=forms), ast.Mod(), values):
                said = [form.value for form in forms if isinstance(form, ast.Constant) and isinstance(form.value, str)]
                places = {len(re.findall(r"%[a-z]", text)) for text in said}
                if not isinstance(values, ast.Dict) and len(places) > 1:
                    found.append(said[0])
    return found


def test_both_forms_of_a_plural_can_be_filled_in() -> None:
    """“Wait a minute” beside “Wait %d minutes” fails for one minute, and only then: name the number, in a dict."""
    modules = [
        path
        for folder in ("iria", "lib", "mail", "newsletters", "subscribers")
        for path in (ROOT / folder).rglob("*.py")
    ]
    assert len(modules) > 200
    assert {str(path): found for path in modules if (found := formatted_by_place(path.read_text()))} == {}


@pytest.mark.parametrize("fill", ["% n", "% (n,)", "% limit.minutes"])
def test_a_plural_without_its_number_is_found(fill: str) -> None:
    assert formatted_by_place(f'ngettext("a minute", "%d minutes", n) {fill}') == ["a minute"]
    assert formatted_by_place('ngettext("a minute", "%(n)d minutes", n) % {"n": n}') == []
