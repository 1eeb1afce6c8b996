"""The API: one number wherever it is printed, nobody's address, and for every mistake an answer to a program."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from newsletters.api import v1
from newsletters.api.answers import EditionReportAnswer, NewsletterReportAnswer
from newsletters.api.tokens import BYTES, PREFIX, find_token, make_token
from newsletters.models import ApiToken, Edition, Newsletter
from newsletters.reports.tables import as_json
from tests.factories import make_edition, make_list, make_newsletter, make_reader
from tests.newsletters.reports.test_figures import DAY, sent

pytestmark = [pytest.mark.django_db, pytest.mark.either_database]
API = "/api/v1/"
HTTPS = "https://news.iria.example"


@pytest.fixture
def editor() -> User:
    user = User.objects.create_user("ada@iria.example", "ada@iria.example", is_staff=True)
    user.groups.add(Group.objects.get(name="Editor"))
    return user


@pytest.fixture
def newsletter() -> Newsletter:
    mailing_list = make_list()
    make_reader(mailing_list, email="reader@example.org")
    return make_newsletter(mailing_list)


@pytest.fixture
def program(editor: User) -> Client:
    return holder_of(make_token(editor, name="Board", days=30)[1])


def holder_of(token: str) -> Client:
    return Client(headers={"Authorization": f"Bearer {token}"})


def problem_of(answer: Any) -> dict[str, Any]:
    """The problem, which must be whole (RFC 9457), kept by no cache, and say its status."""
    assert answer["Content-Type"] == "application/problem+json"
    assert answer["Cache-Control"] == "no-store"
    found: dict[str, Any] = answer.json()
    assert (found["type"], found["status"]) == ("about:blank", answer.status_code)
    assert found["title"]
    assert found["detail"].endswith((".", "”"))
    return found


# --- What it says -------------------------------------------------------------------------------------------------
def test_the_report_of_an_edition_is_that_of_the_terminal_and_reads_back_as_described(
    program: Client, newsletter: Newsletter, capsys: pytest.CaptureFixture[str]
) -> None:
    with time_machine.travel(timezone.now(), tick=False):
        edition = sent(newsletter, timezone.now() - DAY, recipients=200, accepted=190, rejected=10)
        answer = program.get(f"{API}editions/{edition.pk}/report/")
        call_command("report", str(edition.pk), "--json")
    assert (answer.status_code, answer["Content-Type"], answer["Cache-Control"]) == (
        200, "application/json", "no-store"
    )  # fmt: skip
    assert answer.json() == json.loads(capsys.readouterr().out)
    assert {each["key"]: each["count"] for each in answer.json()["measures"]}["accepted"] == 190
    assert as_json(EditionReportAnswer.model_validate_json(answer.content).root) == answer.content.decode()


def test_the_report_of_a_newsletter_is_that_of_the_terminal_and_reads_back_as_described(
    program: Client, newsletter: Newsletter, capsys: pytest.CaptureFixture[str]
) -> None:
    with time_machine.travel(timezone.now(), tick=False):
        sent(newsletter, timezone.now() - DAY, recipients=200, accepted=190, rejected=10)
        call_command("report", newsletter.slug, "--json")
        answer = program.get(f"{API}newsletters/{newsletter.pk}/report/")
    assert answer.json() == json.loads(capsys.readouterr().out)
    assert as_json(NewsletterReportAnswer.model_validate_json(answer.content).root) == answer.content.decode()


def test_lists_say_what_there_is_page_by_page_and_nobody_s_address(program: Client, newsletter: Newsletter) -> None:
    editions = [sent(newsletter, timezone.now() - at * DAY, accepted=7) for at in (3, 2)]
    draft = make_edition(newsletter)
    first = program.get(f"{API}editions/?limit=2&newsletter={newsletter.pk}").json()
    assert [each["id"] for each in first["items"]] == [draft.pk, editions[1].pk]
    assert (first["items"][0]["report"], first["items"][0]["recipients"]) == (None, None)
    assert first["items"][1]["report"] == f"{HTTPS}{API}editions/{editions[1].pk}/report/"
    assert first["next"].startswith(HTTPS)
    second = program.get(first["next"].removeprefix(HTTPS)).json()
    assert ([each["id"] for each in second["items"]], second["next"]) == ([editions[0].pk], None)
    assert [e["id"] for e in program.get(f"{API}editions/?status=draft").json()["items"]] == [draft.pk]
    listed = program.get(f"{API}newsletters/")
    assert listed.json()["items"][0]["report"] == f"{HTTPS}{API}newsletters/{newsletter.pk}/report/"
    for answer in (listed, program.get(f"{API}editions/")):
        assert b"@" not in answer.content


def test_a_long_list_costs_no_more_queries(program: Client, newsletter: Newsletter) -> None:
    counts = []
    for more in (1, 5):
        for _ in range(more):
            make_edition(newsletter)
        program.get(f"{API}editions/")  # what the first call alone costs
        with CaptureQueriesContext(connection) as queries:
            program.get(f"{API}editions/")
        counts.append(len(queries))
    assert counts[0] == counts[1] > 0


def test_openapi_describes_each_address_without_a_token(client: Client) -> None:
    described = client.get(f"{API}openapi.json").json()
    assert sorted(described["paths"]) == [
        f"{API}editions/", f"{API}editions/{{edition_id}}/report/", f"{API}newsletters/",
        f"{API}newsletters/{{newsletter_id}}/report/",
    ]  # fmt: skip
    report = described["components"]["schemas"]["EditionReport"]["properties"]
    assert report["age"]["type"] == "number"  # seconds, as they are sent


# --- Who may ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("header", [None, "Bearer", "Bearer x", "Bearer iria_" + "x" * 5000, "Basic YTpi", "Bearer é"])
def test_without_a_token_that_works_it_is_401(client: Client, header: str | None) -> None:
    headers = {"Authorization": header} if header else {}
    answer = client.get(f"{API}editions/", headers=headers)
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == 'Bearer realm="Iria"'
    problem_of(answer)


def test_a_token_in_the_address_and_a_session_open_nothing(client: Client, editor: User) -> None:
    token = make_token(editor, name="Board", days=30)[1]
    client.force_login(editor)
    assert client.get(f"{API}editions/", {"token": token, "access_token": token}).status_code == 401


def test_a_token_ends_when_it_is_revoked_expires_or_its_owner_leaves(editor: User) -> None:
    row, token = make_token(editor, name="Board", days=7)
    assert holder_of(token).get(f"{API}editions/").status_code == 200
    for change in (
        {"revoked_at": timezone.now()},
        {"created_at": timezone.now() - 2 * DAY, "expires_at": timezone.now() - DAY},
    ):
        kept = ApiToken.objects.filter(pk=row.pk).values(*change).get()
        ApiToken.objects.filter(pk=row.pk).update(**change)
        assert holder_of(token).get(f"{API}editions/").status_code == 401
        ApiToken.objects.filter(pk=row.pk).update(**kept)
    for flag in ("is_active", "is_staff"):
        User.objects.filter(pk=editor.pk).update(**{flag: False})
        assert holder_of(token).get(f"{API}editions/").status_code == 401
        User.objects.filter(pk=editor.pk).update(**{flag: True})
    assert holder_of(token).get(f"{API}editions/").status_code == 200


def test_the_rights_are_those_of_the_owner_now(program: Client, editor: User, newsletter: Newsletter) -> None:
    editor.groups.set([Group.objects.get(name="Writer")])
    for path in ("editions/", "newsletters/", f"newsletters/{newsletter.pk}/report/", "editions/1/report/"):
        answer = program.get(API + path)
        assert answer.status_code == 403
        assert "newsletters.view_" in problem_of(answer)["detail"]


def test_only_a_keyed_hash_is_kept_and_a_rotated_key_still_finds_it(editor: User, settings: Settings) -> None:
    row, token = make_token(editor, name="Board", days=30)
    assert token.startswith(PREFIX)
    assert len(token) >= len(PREFIX) + BYTES
    stored = ApiToken.objects.filter(pk=row.pk).values().get()
    assert token not in str(stored)
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another-secret-of-this-installation"
    assert find_token(token) == row
    settings.SECRET_KEY_FALLBACKS = []
    assert find_token(token) is None


def test_its_use_is_noted_once_a_minute(program: Client) -> None:
    def used() -> Any:
        program.get(f"{API}editions/")
        return ApiToken.objects.get().last_used_at

    with time_machine.travel(timezone.now(), tick=False) as clock:
        first = used()
        clock.shift(timedelta(seconds=30))
        assert used() == first
        clock.shift(timedelta(seconds=31))
        assert used() == timezone.now()


def test_beyond_the_limit_of_a_token_and_of_wrong_ones_it_is_429(
    program: Client, client: Client, settings: Settings
) -> None:
    settings.API_LIMITS_PER_TOKEN = settings.API_REFUSALS_PER_IP = [(1, 60)]
    wrong = {"Authorization": "Bearer iria_wrong"}
    assert program.get(f"{API}editions/").status_code == 200
    assert client.get(f"{API}editions/", headers=wrong).status_code == 401
    for answer in (program.get(f"{API}editions/"), client.get(f"{API}editions/", headers=wrong)):
        assert answer.status_code == 429
        assert 0 < int(answer["Retry-After"]) <= 60
        problem_of(answer)


def test_reports_have_a_limit_of_the_person_and_another_host_is_refused_for_a_program(
    program: Client, newsletter: Newsletter, settings: Settings
) -> None:
    settings.API_REPORTS_PER_PERSON = [(1, 60)]
    answers = [program.get(f"{API}newsletters/{newsletter.pk}/report/") for _ in range(2)]
    assert [each.status_code for each in answers] == [200, 429]
    wrong = program.get(f"{API}editions/", headers={"Host": "other.example"})
    assert wrong.status_code == 400
    problem_of(wrong)


# --- What can't be answered -------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("editions/1/report/", 404), ("editions/x/report/", 404), ("editions/99999999999999999999/report/", 404),
        ("newsletters/1/report/", 404), ("", 404), ("../v2/", 404), ("editions", 404), ("editions/?limit=0", 422),
        ("editions/?limit=101", 422), ("editions/?before=x", 422), ("editions/?invented=1", 422),
        ("editions/?status=invented", 422), ("editions/?limit=1&limit=2", 422), ("editions/?before=1_0", 422),
        ("editions/?limit=%2B5", 422),
        ("editions/?newsletter=" + "9" * 40, 400), ("editions/?x=%00", 400),
    ],
)  # fmt: skip
def test_a_mistake_is_answered_for_a_program(program: Client, path: str, status: int) -> None:
    answer = program.get(API + path)
    assert answer.status_code == status
    problem_of(answer)


def test_what_is_wrong_in_a_query_is_named(program: Client) -> None:
    found = problem_of(program.get(f"{API}editions/?befor=7"))
    assert [each["name"] for each in found["errors"]] == ["befor"]
    assert "limit, before, newsletter, status" in found["detail"]


def test_a_draft_has_no_report(program: Client, newsletter: Newsletter) -> None:
    draft: Edition = make_edition(newsletter)
    answer = program.get(f"{API}editions/{draft.pk}/report/")
    assert "hasn't begun" in problem_of(answer)["detail"]


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_other_methods_are_told_which_there_are(program: Client, method: str) -> None:
    answer = program.generic(method, f"{API}editions/")
    assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD")
    problem_of(answer)
    assert program.head(f"{API}editions/").status_code == 200


@pytest.mark.parametrize(("error", "status"), [(OperationalError("locked"), 503), (ZeroDivisionError("x"), 500)])
def test_errors_of_ours_are_problems_too(
    editor: User, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(v1, "subject_parts_of", fail)
    client = Client(raise_request_exception=False)
    answer = client.get(
        f"{API}editions/", headers={"Authorization": f"Bearer {make_token(editor, name='x', days=7)[1]}"}
    )
    assert answer.status_code == status
    assert "locked" not in problem_of(answer)["detail"]
