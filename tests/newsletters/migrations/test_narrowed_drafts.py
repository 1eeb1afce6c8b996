"""Going back to before segments: what is for some readers alone never becomes for everybody."""

from __future__ import annotations

from importlib import import_module
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.core.management import CommandError
from django.db import connection

from newsletters.migrations._narrowed_drafts import keep_audiences, keep_blocks_for_segments, keep_conditions_of_blocks
from newsletters.models import Edition, EditionItem
from tests.factories import make_edition, make_list, make_newsletter

pytestmark = [pytest.mark.django_db, pytest.mark.either_database]
GUARDS = {
    "block": ("0055_blocks_for_a_segment", keep_blocks_for_segments),
    "condition": ("0080_conditions_of_blocks", keep_conditions_of_blocks),
    "include_segments": ("0053_segments_of_an_edition", keep_audiences),
    "exclude_segments": ("0053_segments_of_an_edition", keep_audiences),
}


def go_back(what: str) -> None:
    """What asks first when the migration is reversed: a reversed one begins at its end."""
    name, guard = GUARDS[what]
    (*_columns, last) = import_module(f"newsletters.migrations.{name}").Migration.operations
    assert last.reverse_code is guard
    guard(apps, SimpleNamespace(connection=connection))


def narrowed_edition(what: str, status: str = "draft") -> Edition:
    edition = make_edition(make_newsletter(make_list()))
    if what == "block":
        EditionItem.objects.update(only_segment=7)
    elif what == "condition":
        EditionItem.objects.update(only_field="topic", only_value="7")
    else:
        Edition.objects.update(**{what: [7]})
    Edition.objects.update(status=status)
    return edition


@pytest.mark.parametrize("what", GUARDS)
def test_an_edition_that_may_yet_be_sent_is_named(what: str) -> None:
    edition = narrowed_edition(what)
    with pytest.raises(CommandError, match=rf"before (?:segments|conditions).*edition ID {edition.pk}\)") as refused:
        go_back(what)
    assert "Everybody on the list would get them" in str(refused.value)


def test_what_is_over_or_for_everybody_keeps_nobody_from_going_back() -> None:
    narrowed_edition("block", "cancelled")
    Edition.objects.update(include_segments=[7])
    make_edition(make_newsletter(make_list(name="Another")))
    for what in GUARDS:
        go_back(what)


def test_no_more_than_a_few_are_named() -> None:
    for _ in range(7):
        narrowed_edition("block")
    with pytest.raises(CommandError, match=r"edition ID (\d+, ){4}\d+ and others\)"):
        go_back("block")
