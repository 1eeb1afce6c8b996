"""Paces in the admin: a domain in one form, a sentence for what is none, and nobody's tokens come back."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone

from newsletters.models import Pace

pytestmark = [pytest.mark.django_db, pytest.mark.either_database]
ADD = "/admin/newsletters/pace/add/"


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
    made = Pace.objects.get()
    assert (made.domain, made.per_second, made.tokens) == (stored, 0.5, 0)


@pytest.mark.parametrize(
    ("domain", "per_second", "sentence"),
    [
        ("ada@gmail.com", "20", "Write only what stands after the @"),
        ("https://gmail.com/", "20", "Write the domain alone, without http://"),
        ("gmail", "20", "“gmail” is no domain."),
        ("*.example.org", "20", "“*.example.org” is no domain."),
        ("a b.example", "20", "“a b.example” is no domain."),
        ("-x.example", "20", "“-x.example” is no domain."),
        ("gmail.com", "0", "To send nothing at all, pause the edition."),
        ("gmail.com", "-3", "To send nothing at all, pause the edition."),
        ("gmail.com", "inf", "Enter a number."),
        ("GMX.de", "20", "There is a pace for this domain already: change that one."),
        ("gmx.de", "", "This field is required."),
    ],
)
def test_what_is_no_pace_is_refused_in_a_sentence(
    publisher: Client, domain: str, per_second: str, sentence: str
) -> None:
    Pace.objects.create(domain="gmx.de", per_second=1)
    assert sentence in publisher.post(ADD, typed(domain, per_second)).content.decode()
    assert Pace.objects.count() == 1


def test_all_mail_has_one_pace(publisher: Client) -> None:
    publisher.post(ADD, typed(""))
    assert "There is a pace for this domain already" in publisher.post(ADD, typed("")).content.decode()
    assert "everybody together" in publisher.get("/admin/newsletters/pace/").content.decode()


def test_a_change_leaves_the_tokens_that_were_spent_meanwhile_spent(
    publisher: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    pace = Pace.objects.create(domain="gmx.de", per_second=10, tokens=10)
    moment = timezone.now()
    clean = Pace.full_clean

    def meanwhile(self: Pace, *args: object, **kwargs: object) -> None:
        Pace.objects.update(tokens=2, refilled_at=moment)
        clean(self, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(Pace, "full_clean", meanwhile)
    publisher.post(f"/admin/newsletters/pace/{pace.pk}/change/", typed("gmx.de", "30"))
    pace.refresh_from_db()
    assert (pace.per_second, pace.tokens, pace.refilled_at) == (30, 2, moment)


@pytest.mark.parametrize(("role", "status"), [("Publisher", 200), ("Owner", 200), ("Editor", 403), ("Manager", 403)])
def test_paces_are_for_who_sends(browser_of: Callable[[str], Client], role: str, status: int) -> None:
    client = browser_of(role)
    answers = {client.get(address).status_code for address in (ADD, "/admin/newsletters/pace/")}
    assert answers == {status}
    assert ("Paces" in client.get("/admin/").content.decode()) == (status == 200)
