"""What a person's page says of the imports that they came by."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.contrib.auth.models import Group, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from subscribers import timeline
from subscribers.imports import undoing
from subscribers.imports.of_a_person import IMPORTS
from subscribers.merging import merge
from subscribers.models import Import, ImportBatch, MailingList, Subscriber
from tests.factories import make_list, make_reader
from tests.subscribers.imports.bringing import bring, csv_file, person

pytestmark = pytest.mark.django_db


def told(of: Subscriber) -> list[tuple[str, str]]:
    """Without who did it."""
    entries = IMPORTS.read(of, 30)
    assert all("by: " in entry.detail for entry in entries)
    return [(entry.title, entry.detail.rpartition(" · by: ")[0]) for entry in entries]


@pytest.fixture(autouse=True)
def lists(iria_news: MailingList) -> MailingList:
    return make_list(name="Other", slug="other")


def test_each_newcomer_has_their_row_and_the_grounds(tmp_path: Path) -> None:
    make_reader(MailingList.objects.get(slug="other"), email="known@example.org")
    file = csv_file(
        tmp_path,
        "email,name,confirmed_at",
        "ada@example.org,Ada,2026-05-03 12:00",
        "not an address,,",
        "known@example.org,Known,2026-05-03 12:00",
        "bob@example.org,Bob,",
        "cem@example.org,Cem,2026-05-03 12:00",
        name="may.csv",
    )
    bring(file, "--consent", "proven")
    assert told(person("ada@example.org")) == [
        ("Came by the import of may.csv, row 2", "IRIA News: consent proven by the file")
    ]
    assert told(person("bob@example.org")) == [
        ("Came by the import of may.csv, row 5", "IRIA News: consent not proven, not asked")
    ]
    assert told(person("cem@example.org"))[0][0] == "Came by the import of may.csv, row 6"
    assert told(person("known@example.org")) == [
        ("Put on a list by the import of may.csv", "IRIA News: consent proven by the file")
    ]


def test_rows_of_all_ways_into_the_database_are_told_apart(tmp_path: Path) -> None:
    """Some rows say more than a newcomer's may, and take the long way: they stand first in a batch."""
    lines = [f"r{n}@example.org,{'2020-01-0' + str(n % 9 + 1) if n % 3 == 0 else ''}" for n in range(1, 40)]
    bring(csv_file(tmp_path, "email,created_at", *lines), "--consent", "none")
    for n in range(1, 40):
        assert told(person(f"r{n}@example.org"))[0][0] == f"Came by the import of people.csv, row {n + 1}"


def test_who_was_asked_and_who_came_twice(tmp_path: Path) -> None:
    file = csv_file(tmp_path, "email", "ada@example.org")
    bring(file, "--consent", "confirm")
    bring(file, "--consent", "none", to="other")
    assert told(person("ada@example.org")) == [
        ("Put on a list by the import of people.csv", "Other: consent not proven, not asked"),
        ("Came by the import of people.csv, row 2", "IRIA News: consent not proven, asked once by email"),
    ]


def test_nothing_is_told_of_others_and_of_what_was_undone(tmp_path: Path, iria_news: MailingList) -> None:
    bring(csv_file(tmp_path, "email", "ada@example.org"), "--consent", "none")
    between = make_reader(iria_news, email="between@example.org")
    known = make_reader(MailingList.objects.get(slug="other"), email="known@example.org")
    bring(csv_file(tmp_path, "email", "known@example.org", "cem@example.org"), "--consent", "none")
    assert not told(between) and len(told(known)) == 1
    last = Import.objects.latest("pk")
    undoing.start_undoing(last)
    undoing.undo(last.pk)
    assert not told(known)


def test_who_was_merged_brings_their_import_along(tmp_path: Path, iria_news: MailingList) -> None:
    bring(csv_file(tmp_path, "email", "ada@example.org"), "--consent", "none")
    kept = make_reader(iria_news, email="new@example.org")
    merge(kept, person("ada@example.org"), note="the same person")
    assert told(kept)[0][0] == "Came by the import of people.csv, row 2"


@pytest.mark.either_database
def test_the_page_links_the_import_for_those_who_may_see_it(tmp_path: Path) -> None:
    bring(csv_file(tmp_path, "email", "ada@example.org"), "--consent", "none")
    ada, of = person("ada@example.org"), Import.objects.get()
    for role, sees in (("Owner", True), ("Manager", True)):
        user = User.objects.create_user(role, is_staff=True)
        user.groups.add(Group.objects.get(name=role))
        client = Client()
        client.force_login(user)
        page = client.get(f"/admin/subscribers/subscriber/{ada.pk}/change/?kind=imports").content.decode()
        link = f'href="/admin/subscribers/import/{of.pk}/change/"'
        assert (link in page) == sees == user.has_perm("subscribers.view_import")
        assert client.get(f"/admin/subscribers/import/{of.pk}/change/").status_code == 200


def test_many_imports_cost_as_many_queries_as_one(tmp_path: Path) -> None:
    counted = []
    for _ in range(3):
        bring(csv_file(tmp_path, "email", "ada@example.org"), "--consent", "none")
        with CaptureQueriesContext(connection) as queries:
            IMPORTS.read(person("ada@example.org"), timeline.A_PAGE)
        counted.append(len(queries))
    assert len(set(counted)) == 1


def test_imports_of_before_are_found_without_the_row(tmp_path: Path) -> None:
    bring(csv_file(tmp_path, "email", "ada@example.org"), "--consent", "none")
    migration = import_module("subscribers.migrations.0030_ids_of_earlier_batches")
    ImportBatch.objects.update(**dict.fromkeys(migration.ENDS), lines=[])  # as they were before it
    migration.note_ends(apps, SimpleNamespace(connection=connection))
    ada = person("ada@example.org")
    assert told(ada) == [("Came by the import of people.csv", "IRIA News: consent not proven, not asked")]
