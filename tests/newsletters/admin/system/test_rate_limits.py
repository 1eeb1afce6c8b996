"""Rate limits in the admin: a domain in one form, a sentence for what is none, and nobody's tokens come back."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

import pytest
from django.apps import apps
from django.contrib.auth.models import Permission, User
from django.contrib.contenttypes.models import ContentType
from django.test import Client
from django.utils import timezone

from newsletters.models import RateLimit

pytestmark = [pytest.mark.django_db, pytest.mark.either_database]
ADD = "/admin/newsletters/ratelimit/add/"


def typed(domain: str, per_second: str = "20") -> dict[str, str]:
    return {"domain": domain, "per_second": per_second}


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        (" Gmail.COM. ", "gmail.com"), ("münchen.example", "xn--mnchen-3ya.example"), ("", ""),
        ("XN--MNCHEN-3YA.example", "xn--mnchen-3ya.example"),
    ],
)  # fmt: skip
def test_a_domain_is_stored_as_mail_servers_are_told_it(publisher: Client, written: str, stored: str) -> None:
    assert publisher.post(ADD, typed(written, "0.5")).status_code == 302
    made = RateLimit.objects.get()
    assert (made.domain, made.per_second, made.tokens) == (stored, 0.5, 0)


@pytest.mark.parametrize(
    ("domain", "per_second", "sentence"),
    [
        ("ada@gmail.com", "20", "Enter only the part after the @"),
        ("https://gmail.com/", "20", "Enter only the domain, without http://"),
        ("gmail", "20", "“gmail” isn&#x27;t a valid domain."),
        ("*.example.org", "20", "“*.example.org” isn&#x27;t a valid domain."),
        ("a b.example", "20", "“a b.example” isn&#x27;t a valid domain."),
        ("-x.example", "20", "“-x.example” isn&#x27;t a valid domain."),
        ("gmail.com", "0", "To stop sending, pause the edition."),
        ("gmail.com", "-3", "To stop sending, pause the edition."),
        ("gmail.com", "inf", "Enter a number."),
        ("GMX.de", "20", "This domain already has a rate limit. Change that one."),
        ("gmx.de", "", "This field is required."),
    ],
)
def test_what_is_not_a_limit_is_refused_in_a_sentence(
    publisher: Client, domain: str, per_second: str, sentence: str
) -> None:
    RateLimit.objects.create(domain="gmx.de", per_second=1)
    assert sentence in publisher.post(ADD, typed(domain, per_second)).content.decode()
    assert RateLimit.objects.count() == 1


def test_all_mail_has_one_limit(publisher: Client) -> None:
    publisher.post(ADD, typed(""))
    assert "This domain already has a rate limit" in publisher.post(ADD, typed("")).content.decode()
    assert "all mail" in publisher.get("/admin/newsletters/ratelimit/").content.decode()


def test_a_change_leaves_the_tokens_that_were_spent_meanwhile_spent(
    publisher: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit = RateLimit.objects.create(domain="gmx.de", per_second=10, tokens=10)
    moment = timezone.now()
    clean = RateLimit.full_clean

    def meanwhile(self: RateLimit, *args: object, **kwargs: object) -> None:
        RateLimit.objects.update(tokens=2, refilled_at=moment)
        clean(self, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(RateLimit, "full_clean", meanwhile)
    publisher.post(f"/admin/newsletters/ratelimit/{limit.pk}/change/", typed("gmx.de", "30"))
    limit.refresh_from_db()
    assert (limit.per_second, limit.tokens, limit.refilled_at) == (30, 2, moment)


@pytest.mark.parametrize(("role", "status"), [("Publisher", 200), ("Owner", 200), ("Editor", 403), ("Manager", 403)])
def test_limits_are_for_who_sends(browser_of: Callable[[str], Client], role: str, status: int) -> None:
    client = browser_of(role)
    answers = {client.get(address).status_code for address in (ADD, "/admin/newsletters/ratelimit/")}
    assert answers == {status}
    assert ("Rate limits" in client.get("/admin/").content.decode()) == (status == 200)


@pytest.mark.django_db
def test_people_who_might_change_paces_may_change_rate_limits() -> None:
    """A permission that was given to one person, not by a role: the migration carries it over, there and back."""
    migration = import_module("newsletters.migrations.0026_rename_permissions_of_paces")
    Permission.objects.filter(codename__endswith="_ratelimit").delete()
    kind = ContentType.objects.get_for_model(RateLimit)
    mine = Permission.objects.create(content_type=kind, codename="change_pace", name="Can change pace")
    migration.forwards(apps, None)
    mine.refresh_from_db()
    assert (mine.codename, mine.name) == ("change_ratelimit", "Can change rate limit")
    migration.backwards(apps, None)
    mine.refresh_from_db()
    assert (mine.codename, mine.name) == ("change_pace", "Can change pace")


@pytest.mark.django_db
def test_they_may_also_where_the_new_permission_exists_already(admin_user: User) -> None:
    migration = import_module("newsletters.migrations.0026_rename_permissions_of_paces")
    kind = ContentType.objects.get_for_model(RateLimit)
    admin_user.user_permissions.add(Permission.objects.create(content_type=kind, codename="add_pace", name="old"))
    migration.forwards(apps, None)
    assert [held.codename for held in admin_user.user_permissions.all()] == ["add_ratelimit"]
