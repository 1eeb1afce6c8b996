"""The import in the admin, by plain forms: a file, its columns, what would happen, doing it, mending, undoing."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from subscribers.imports import keeping, running, working
from subscribers.models import Import, MailingList, Subscriber, Subscription, Suppression
from subscribers.suppression import suppress
from tests.factories import make_reader

pytestmark = [pytest.mark.django_db, pytest.mark.either_database]
State = Import.State
ADD = "/admin/subscribers/import/add/"
FILE = "Adresse;Name;Seit;Land\nada@example.org;=Ada;2020-01-02;DE\nnobody;;;\nbob@example.org;Bob;;FR\n"


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Path) -> None:
    settings.IRIA_DATA = tmp_path / "data"


@pytest.fixture
def bea() -> Client:
    """May import, and nothing else."""
    user = User.objects.create_user("bea", "bea@iria.example", "secret", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename="import_subscriber"))
    client = Client()
    client.force_login(user)
    return client


def upload(client: Client, text: str = FILE, name: str = "leser.csv") -> Any:
    return client.post(ADD, {"file": SimpleUploadedFile(name, text.encode())})


def work() -> Import:
    for import_id in working.waiting():
        while working.work_on(import_id, until=lambda: False):
            pass
    return Import.objects.get()


def test_from_a_file_to_people_and_back(bea: Client, iria_news: MailingList) -> None:
    page = upload(bea).headers["Location"]
    shown = bea.get(page).content.decode()
    assert "ada@example.org" in shown
    assert "<script>" not in shown
    selected = re.findall(r'<option value="([a-z_]*)" selected>', shown)
    assert selected[:4] == ["email", "name", "", ""]
    assert "checked" in next(each for each in re.findall("<input[^>]*>", shown) if 'value="iria-news"' in each)
    choices = {"column-0": "email", "column-1": "name", "column-2": "confirmed_at", "column-3": ""}
    answer = bea.post(page, {"do": "check", "lists": "iria-news", "consent": "proven", "tags": "Fair", **choices})
    assert answer.headers["Location"] == page
    assert 'http-equiv="refresh"' in bea.get(page).content.decode()
    assert work().plan["new"] == 2
    report = bea.get(page).content.decode()
    assert "What would happen" in report
    assert "To ask each of them once to confirm, change the options" in report  # Bob, who proves nothing
    assert not Subscriber.objects.exists()
    bea.post(page, {"do": "start"})
    assert work().state == Import.State.DONE
    done = bea.get(page).content.decode()
    assert "change the options" not in done
    assert "deletelink" not in done  # which makes a button white on white
    assert dict(Subscription.objects.values_list("subscriber__email", "status")) == {
        "ada@example.org": "confirmed", "bob@example.org": "pending",
    }  # fmt: skip
    assert Subscriber.objects.filter(tags__name="Fair").count() == 2
    refused = b"".join(bea.get(f"{page.removesuffix('change/')}refused/").streaming_content).decode()  # type: ignore[attr-defined]
    assert '"nobody"' in refused
    bea.post(page, {"do": "undo"})
    assert work().state == Import.State.UNDONE
    assert not Subscriber.objects.exists()
    assert "This import was undone" in bea.get(page).content.decode()
    assert LogEntry.objects.filter(user__username="bea").count() == 4


def test_what_is_in_when_it_fails_can_be_undone(bea: Client, iria_news: MailingList) -> None:
    page = upload(bea).headers["Location"]
    bea.post(page, {"do": "check", "lists": "iria-news", "consent": "none", "column-0": "email"})
    assert "Undo it" not in bea.get(page).content.decode()
    work()
    bea.post(page, {"do": "start"})
    running.fail(work(), "The disk is gone.")
    shown = bea.get(page).content.decode()
    assert "The disk is gone." in shown
    assert "Undo it" in shown
    bea.post(page, {"do": "undo"})
    assert work().state == Import.State.UNDONE
    assert not Subscriber.objects.exists()


def check(client: Client, text: str) -> str:
    """The report of what an import of this file would do; its first three columns are told, the others left out."""
    page = upload(client, text).headers["Location"]
    choices = {"column-0": "email", "column-1": "name", "column-2": "unsubscribed"}
    client.post(page, {"do": "check", "lists": "iria-news", "consent": "none", **choices})
    work()
    return client.get(page).content.decode()


PEOPLE = "Email,Name,Gone\nada@example.org,Ada,\nbob@example.org,Bob,\neve@example.org,Eve,yes\n"


def test_the_button_counts_those_whom_it_brings(bea: Client, iria_news: MailingList) -> None:
    assert ">Import 2 people<" in check(bea, PEOPLE)


def test_where_nobody_comes_in_the_button_says_what_it_does_instead(bea: Client, iria_news: MailingList) -> None:
    only_gone = PEOPLE.splitlines()[0] + "\neve@example.org,Eve,yes\n"
    report = check(bea, only_gone)
    assert ">Record who stays out<" in report
    assert "Nobody would be added or changed." in report


def test_where_there_is_nothing_to_do_nothing_is_offered(bea: Client, iria_news: MailingList) -> None:
    suppress("ada@example.org", reason=Suppression.Reason.COMPLAINT)
    report = check(bea, "Email,Name,Gone\nada@example.org,Ada,\n")
    assert 'value="start"' not in report
    assert "Nobody would be added or changed." in report
    assert "Change the options" in report


def test_of_several_lists_none_is_chosen_by_itself(bea: Client, iria_news: MailingList) -> None:
    MailingList.objects.create(slug="second", name="Second")
    shown = bea.get(upload(bea).headers["Location"]).content.decode()
    lists = [each for each in re.findall("<input[^>]*>", shown) if 'name="lists"' in each]
    assert len(lists) == 2
    assert not any("checked" in each for each in lists)


def test_options_can_be_changed_after_the_dry_run(bea: Client, iria_news: MailingList) -> None:
    page = upload(bea).headers["Location"]
    choices = {"column-0": "email", "column-1": "", "column-2": "", "column-3": ""}
    bea.post(page, {"do": "check", "lists": "iria-news", "consent": "none", **choices})
    work()
    bea.post(page, {"do": "again"})
    assert 'value="none"' in bea.get(page).content.decode()
    assert Import.objects.get().state == Import.State.UPLOADED


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"lists": []}, "Choose at least one mailing list."),
        ({"column-0": ""}, "Say which column holds the email addresses."),
        ({"consent": "none", "evidence": "cards"}, "This counts only with the first choice of consent."),
    ],
)
def test_what_is_missing_is_said_and_nothing_begins(
    bea: Client, iria_news: MailingList, changed: dict[str, Any], sentence: str
) -> None:
    page = upload(bea).headers["Location"]
    form = {"do": "check", "lists": "iria-news", "consent": "proven", "column-0": "email", "column-1": ""} | changed
    answer = bea.post(page, {**form, "column-2": "", "column-3": ""})
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert Import.objects.get().state == Import.State.UPLOADED


@pytest.mark.parametrize(("text", "sentence"), [("%PDF-1.4", "is a PDF"), ("a,b\n1,2\n", "no column of email")])
def test_a_file_that_is_no_table_of_people_is_not_kept(bea: Client, text: str, sentence: str) -> None:
    answer = upload(bea, text)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert not Import.objects.exists()
    assert not list((keeping.folder_of(Import()).parent).glob("*"))


def test_only_who_may_import_sees_any_of_it(client: Client, iria_news: MailingList) -> None:
    carl = User.objects.create_user("carl", "carl@iria.example", "secret", is_staff=True)
    carl.user_permissions.set(Permission.objects.filter(codename__in=["view_import", "change_subscriber"]))
    of = Import.objects.create(name="people.csv")
    client.force_login(carl)
    pages = [ADD, f"/admin/subscribers/import/{of.pk}/change/", f"/admin/subscribers/import/{of.pk}/refused/"]
    assert [client.get(page).status_code for page in pages] == [403, 403, 403]
    assert client.get("/admin/subscribers/import/").status_code == 403


def test_a_second_press_of_start_says_so(bea: Client, iria_news: MailingList) -> None:
    make_reader(iria_news)
    page = upload(bea).headers["Location"]
    Import.objects.update(state=Import.State.DONE)
    assert "already been started" in bea.post(page, {"do": "start"}, follow=True).content.decode()


@pytest.mark.parametrize("number", ["²", "9" * 30, "x", "-1"])
def test_what_is_no_number_of_an_import_is_not_there(bea: Client, number: str) -> None:
    assert bea.get(f"/admin/subscribers/import/{number}/change/").status_code == 404


def test_one_that_was_stopped_by_an_error_says_how_far_it_came_and_offers_to_go_on(
    bea: Client, iria_news: MailingList
) -> None:
    page = done_but_for(
        bea, State.STOPPED, "Stopped after 3 tries: an unexpected error. What was imported so far stays."
    )
    shown = bea.get(page).content.decode()
    assert "an unexpected error" in shown
    assert "1 of 2 addresses are done. Resume does the others." in shown
    assert '<button class="button iria-go" name="do" value="start">Resume</button>' in shown
    assert "Choose another file" not in shown  # nothing is wrong with this one


def test_one_that_is_partly_undone_can_only_be_undone_further(bea: Client, iria_news: MailingList) -> None:
    page = done_but_for(bea, State.PARTLY_UNDONE, "Mail was sent to some of its people while it was being undone.")
    shown = bea.get(page).content.decode()
    assert "What the import did before a part of it was undone:" in shown
    assert 'value="start"' not in shown
    assert "already been started" in bea.post(page, {"do": "start"}, follow=True).content.decode()
    bea.post(page, {"do": "undo"})
    assert work().state == State.UNDONE


def done_but_for(client: Client, state: str, trouble: str) -> str:
    """The page of an import that came to this state behind its first address of two."""
    page: str = upload(client).headers["Location"]
    choices = {"column-0": "email", "column-1": "name", "column-2": "confirmed_at", "column-3": ""}
    client.post(page, {"do": "check", "lists": "iria-news", "consent": "proven", **choices})
    work()
    client.post(page, {"do": "start"})
    assert work().state == State.DONE
    Import.objects.update(state=state, done=1, trouble=trouble)
    return page
