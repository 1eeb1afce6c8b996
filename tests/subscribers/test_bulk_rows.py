"""Many rows at once say in Django's words what is wrong, on both databases."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction

from subscribers.bulk_rows import insert
from subscribers.models import Topic


@pytest.mark.django_db
def test_a_row_that_is_there_already_is_an_integrity_error() -> None:
    there = Topic.objects.create(name="Health", slug="health")
    row = {
        str(field.column): field.get_db_prep_save(getattr(there, field.attname), connection)
        for field in Topic._meta.concrete_fields
        if not field.primary_key
    }
    with pytest.raises(IntegrityError), transaction.atomic():
        insert(Topic, list(row), [tuple(row.values())])
