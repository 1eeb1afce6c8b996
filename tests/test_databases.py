"""What a test with real transactions leaves behind is what `flush` and the end of a migration would."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connection

from tests import databases
from tests.factories import make_list, make_subscriber

pytestmark = pytest.mark.django_db(transaction=True)


def contents() -> dict[str, Any]:
    """How many rows each table has, and what the roles may do."""
    with connection.cursor() as cursor:
        counts = {}
        for table in connection.introspection.table_names(cursor):
            if table != "django_migrations":
                cursor.execute(f"SELECT count(*) FROM {connection.ops.quote_name(table)}")
                counts[table] = cursor.fetchone()[0]
    named = "content_type__app_label", "content_type__model", "codename", "name"
    return {
        "rows": {table: count for table, count in counts.items() if count},
        "types": sorted(ContentType.objects.values_list("app_label", "model")),
        "permissions": sorted(Permission.objects.values_list(*named)),
        "roles": sorted(Group.objects.values_list("name", "permissions__codename")),
    }


def leave_something() -> None:
    make_subscriber("ada@example.org")
    make_list()
    Group.objects.all().delete()
    Permission.objects.filter(codename="view_message").delete()


def test_an_emptied_database_holds_what_a_flushed_and_migrated_one_holds() -> None:
    leave_something()  # both times: on SQLite what is deleted is noted by triggers, as a change of the site
    call_command("flush", verbosity=0, interactive=False)
    made_anew = contents()
    leave_something()
    databases.empty(None)
    assert contents() == made_anew
    assert made_anew["roles"] and made_anew["permissions"]
