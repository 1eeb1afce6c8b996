"""While indexes are dropped and made on a running installation, its pages go on, and an interruption costs nothing."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from subscribers.models import ConsentRecord
from tests.migrating import schema_of, the_long_way
from tests.newsletters.delivery.conftest import Elsewhere

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("newest_again")]
BEFORE, THERE = (("subscribers", name) for name in ("0025_failures_of_imports", "0026_no_index_within_another"))
NAME = "consents_of_nobody"


def indexes() -> set[str]:
    with connection.cursor() as cursor:
        found = connection.introspection.get_constraints(cursor, ConsentRecord._meta.db_table)
    return {name for name, each in found.items() if each["index"] and not each["unique"]}


class Interrupted(BaseException):
    """Nothing in the program handles it."""


@pytest.mark.parametrize("when", ["before", "after"])
def test_ended_before_or_after_the_new_index_it_is_run_again(monkeypatch: pytest.MonkeyPatch, when: str) -> None:
    newest = indexes()
    schema_of(BEFORE)
    assert NAME not in indexes()
    editor = connection.SchemaEditorClass
    real = editor.add_index

    def ending(self: Any, model: Any, index: Any) -> None:
        if index.name == NAME:
            if when == "after":
                real(self, model, index)
            raise Interrupted
        real(self, model, index)

    with monkeypatch.context() as patch, pytest.raises(Interrupted):
        patch.setattr(editor, "add_index", ending)
        the_long_way().migrate([THERE])
    assert (NAME in indexes()) == (when == "after")
    the_long_way().migrate([THERE])
    assert indexes() == newest


@pytest.mark.postgres_only
def test_pages_read_while_the_new_index_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    schema_of(BEFORE)
    editor = connection.SchemaEditorClass
    real, read = editor.add_index, list[object]()

    def looking(self: Any, model: Any, index: Any) -> None:
        real(self, model, index)
        if index.name == NAME:
            other = Elsewhere(_read_within_a_second)
            other.start()
            other.join()
            read.append(other.came)

    monkeypatch.setattr(editor, "add_index", looking)
    the_long_way().migrate([THERE])
    assert read == [0]  # and not an error, for want of the lock


def _read_within_a_second() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '1s'")
        cursor.execute(f"SELECT count(*) FROM {ConsentRecord._meta.db_table}")
        (found,) = cursor.fetchone()
    return int(found)
