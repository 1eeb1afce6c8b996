"""What takes time to find out, links and DNS, is looked at by a task and remembered."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db.models import F
from django.utils import timezone
from pytest_django import Settings

from iria import env
from lib import fetching
from lib.fetching import Probe
from newsletters.editions import editing, preflight
from newsletters.editions.loading import LoadedEdition
from newsletters.editions.preflight import domains, inspecting
from newsletters.models import Article, Edition, Inspection, Newsletter
from tests.factories import make_edition
from tests.newsletters.editions.preflight.conftest import codes, warnings


@pytest.fixture
def linked(newsletter: Newsletter) -> Edition:
    return make_edition(newsletter, introduction='<p>See <a href="https://example.org/a">the treaty</a></p>')


def looked(edition: Edition, monkeypatch: pytest.MonkeyPatch, answer: Probe) -> None:
    monkeypatch.setattr(fetching, "probe", lambda address: answer)
    inspecting.ask(edition)
    assert inspecting.wanted() == [edition.pk]
    assert inspecting.inspect(edition.pk)
    assert inspecting.wanted() == []


def test_a_dead_link_warns_once_a_task_has_looked(linked: Edition, monkeypatch: pytest.MonkeyPatch) -> None:
    assert preflight.check(linked) == []
    looked(linked, monkeypatch, Probe(404, "there is no such page", dead=True))
    (finding,) = preflight.check(linked)
    assert (finding.code, finding.blocking, finding.field) == ("dead_link", False, "introduction")
    assert finding.message == "The link “https://example.org/a” in the introduction: there is no such page."


def test_a_link_that_works_or_was_taken_out_says_nothing(linked: Edition, monkeypatch: pytest.MonkeyPatch) -> None:
    looked(linked, monkeypatch, Probe(200))
    assert preflight.check(linked) == []
    looked(linked, monkeypatch, Probe(404, "there is no such page", dead=True))
    assert preflight.check(editing.reword(linked, introduction="")) == []


def test_of_many_nudges_one_looks(linked: Edition, monkeypatch: pytest.MonkeyPatch) -> None:
    inspecting.ask(linked)
    inner: list[bool] = []

    def asked(addresses: list[str]) -> list[Probe]:
        inner.append(inspecting.inspect(linked.pk))
        return [Probe(200) for _address in addresses]

    monkeypatch.setattr(inspecting, "_asked", asked)
    assert inspecting.inspect(linked.pk)
    assert inner == [False]
    assert not inspecting.inspect(linked.pk)


def test_a_look_that_died_is_taken_up_by_another(linked: Edition, monkeypatch: pytest.MonkeyPatch) -> None:
    inspecting.ask(linked)
    Inspection.objects.update(begun_at=timezone.now())
    assert inspecting.wanted() == []
    Inspection.objects.update(begun_at=timezone.now() - inspecting.PATIENCE - timedelta(seconds=1))
    assert inspecting.wanted() == [linked.pk]


def test_links_that_do_not_answer_in_time_are_said_to_and_hold_nobody(
    linked: Edition, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = threading.Event()

    def held(address: str) -> Probe:
        release.wait(20)
        return Probe(200)

    monkeypatch.setattr(fetching, "probe", held)
    monkeypatch.setattr(inspecting, "ALTOGETHER", timedelta(seconds=0.05))
    try:
        addresses = [f"https://example.org/{number}" for number in range(inspecting.AT_ONCE + 2)]
        assert inspecting._asked(addresses) == [Probe(0, "there was no time left to check it")] * len(addresses)
        inspecting.ask(linked)
        assert inspecting.inspect(linked.pk)
        assert not release.is_set()
    finally:
        release.set()
    (finding,) = preflight.check(linked)
    assert finding.code == "link_unsure"


def records(**known: list[str]) -> domains.Ask:
    def ask(name: str) -> list[str]:
        if name.startswith("unanswered"):
            raise domains.Unanswered(name)
        return known.get(name.replace(".", "_").replace("-", "_"), [])

    return ask


@pytest.mark.parametrize(
    ("known", "spf", "dmarc"),
    [
        ({"news_example": ["v=spf1 -all"], "_dmarc_news_example": ["v=DMARC1; p=none"]}, True, True),
        ({"news_example": ["google-site-verification=x", "V=SPF1 mx -all"], "_dmarc_news_example": []}, True, False),
        ({"news_example": ["v=spf1 -all", "v=spf1 mx"]}, False, False),  # two are none (RFC 7208 §4.5)
        ({"news_example": ["v=spf10 -all"]}, False, False),
    ],
)
def test_what_dns_says_of_a_domain(known: dict[str, list[str]], spf: bool, dmarc: bool) -> None:
    found = domains.look_up_domain("news.example", records(**known))
    assert (found.spf, found.dmarc, found.dkim) == (spf, dmarc, None)


def test_a_parent_domains_dmarc_policy_counts_and_that_of_all_the_world_does_not() -> None:
    assert domains.look_up_domain("mail.news.example", records(_dmarc_news_example=["v=DMARC1;p=reject"])).dmarc is True
    assert domains.look_up_domain("news.example", records(_dmarc_example=["v=DMARC1;p=reject"])).dmarc is False


def test_spf_is_asked_of_the_envelope_s_domain(linked: Edition, settings: Settings) -> None:
    settings.BOUNCE_DOMAIN = "bounce.news.example"
    settings.EMAIL_ROUTE = env.email_route("EMAIL_URL", "smtp://relay.example")
    dns = records(news_example=["v=spf1 -all"], _dmarc_news_example=["v=DMARC1; p=none"])
    found = domains.look_up_domain("news.example", dns)
    assert (found.spf, found.spf_of, found.dmarc) == (False, "bounce.news.example", True)
    assert domains.look_up_domain("news.example", records(bounce_news_example=["v=spf1 mx -all"])).spf is True
    settings.PRODUCTION = settings.CHECK_DNS = True
    known = found.to_json() | {"name": "iria.example"}
    Inspection.objects.create(edition=linked, asked_at=timezone.now(), done_at=timezone.now(), domain=known)
    (said,) = [finding for finding in preflight.check(linked) if finding.code == "spf"]
    assert "bounce.news.example has no SPF record" in str(said.message)


def test_dns_that_cannot_be_asked_is_not_dns_that_says_no() -> None:
    found = domains.look_up_domain("unanswered.example", records())
    assert (found.spf, found.dmarc) == (None, False)


def test_a_missing_record_blocks_in_production_only(linked: Edition, settings: Settings) -> None:
    known = {"name": "iria.example", "spf": False, "dmarc": None, "dkim": None}
    Inspection.objects.create(edition=linked, asked_at=timezone.now(), done_at=timezone.now(), domain=known)
    assert codes(linked) == set()
    settings.PRODUCTION = settings.CHECK_DNS = True
    assert codes(linked) == {"spf"}
    Newsletter.objects.update(from_email="news@elsewhere.example")  # of which nothing is known
    assert codes(Edition.objects.get(pk=linked.pk)) == set()


def test_in_production_what_nobody_asked_dns_yet_is_said(linked: Edition, settings: Settings) -> None:
    assert "domain_unknown" not in warnings(linked)
    settings.PRODUCTION = settings.CHECK_DNS = True
    assert "domain_unknown" in warnings(linked)
    known = {"name": "iria.example", "spf": True, "dmarc": True, "dkim": None}
    Inspection.objects.create(edition=linked, asked_at=timezone.now(), done_at=timezone.now(), domain=known)
    assert "domain_unknown" not in warnings(linked)


def test_what_dns_said_of_a_domain_holds_for_its_other_editions_for_a_month(
    newsletter: Newsletter, linked: Edition, settings: Settings
) -> None:
    settings.PRODUCTION = settings.CHECK_DNS = True
    known, now = {"name": "iria.example", "spf": True, "dmarc": False, "dkim": None}, timezone.now()
    Inspection.objects.create(edition=linked, asked_at=now, done_at=now, domain=known)
    other = make_edition(newsletter)
    assert "dmarc" in codes(other)
    mended = known | {"dmarc": True}
    Inspection.objects.create(edition=other, asked_at=now, done_at=now + timedelta(seconds=1), domain=mended)
    assert "dmarc" not in codes(linked)
    Inspection.objects.update(done_at=now - timedelta(days=32))
    assert "domain_unknown" in warnings(linked)


def test_who_is_about_to_send_has_it_looked_at_unless_that_was_done_lately(
    linked: Edition, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ask() -> bool:
        return inspecting.ask_unless_known(LoadedEdition(linked))

    monkeypatch.setattr(fetching, "probe", lambda address: Probe(200))
    assert ask()
    assert not ask()  # it is under way
    inspecting.inspect(linked.pk)
    assert not ask()  # it is known
    Article.objects.update(title="Another content")
    assert ask()
    inspecting.inspect(linked.pk)
    Inspection.objects.update(asked_at=F("asked_at") - timedelta(hours=2))
    assert ask()


# --- Override -----------------------------------------------------------------------------------------------------
