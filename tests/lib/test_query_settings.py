"""Settings of PostgreSQL hold for the queries within, and for none after them; SQLite goes on without a transaction."""

from __future__ import annotations

import pytest
from django.db import connection

from lib.query_settings import query_settings, whole_table_reads


def setting(name: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting(%s)", [name])
        return str(cursor.fetchone()[0])


@pytest.mark.django_db(transaction=True)
def test_sqlite_is_not_held_up_by_a_transaction() -> None:
    if connection.vendor != "sqlite":
        pytest.skip("this run is on PostgreSQL; this test is about SQLite")
    with whole_table_reads():
        assert not connection.in_atomic_block


@pytest.mark.django_db
def test_what_was_set_before_holds_again_also_within_one_transaction() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("this run is on SQLite; this test is about PostgreSQL")
    before = setting("jit"), setting("cursor_tuple_fraction"), setting("work_mem")
    with whole_table_reads():
        assert (setting("jit"), setting("cursor_tuple_fraction")) == ("off", "1")
        with query_settings(work_mem="5MB", jit="on"):
            assert (setting("jit"), setting("work_mem")) == ("on", "5MB")
        assert (setting("jit"), setting("work_mem")) == ("off", before[2])
    assert (setting("jit"), setting("cursor_tuple_fraction"), setting("work_mem")) == before
    with pytest.raises(RuntimeError), whole_table_reads():
        raise RuntimeError
    assert setting("jit") == before[0]
