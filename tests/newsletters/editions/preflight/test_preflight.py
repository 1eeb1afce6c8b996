"""May it go out? Each thing that is wrong, in an edition that has nothing else wrong."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from lib.fetching import Probe
from newsletters.editions import editing, preflight, snapshot, transitions
from newsletters.editions.fingerprint import fingerprint
from newsletters.editions.loading import LoadedEdition
from newsletters.editions.preflight import domains, inspecting, spam
from newsletters.editions.preflight.overriding import NoReason, override
from newsletters.models import Article, Chunk, Edition, Inspection, Newsletter
from tests.factories import make_article, make_edition, make_list, make_newsletter, make_reader, make_topic, queue


@pytest.fixture
def newsletter(db: None) -> Newsletter:
    mailing_list = make_list()
    make_reader(mailing_list)
    return make_newsletter(mailing_list)


def codes(edition: Edition) -> set[str]:
    return {finding.code for finding in preflight.check(edition) if finding.blocking}


def warnings(edition: Edition) -> set[str]:
    return {finding.code for finding in preflight.check(edition) if not finding.blocking}


def test_a_good_edition_passes(newsletter: Newsletter) -> None:
    assert preflight.check(make_edition(newsletter)) == []


def test_an_edition_without_articles_is_blocked(newsletter: Newsletter) -> None:
    edition = make_edition(newsletter)
    edition.items.all().delete()
    assert codes(edition) == {"empty"}


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"subject": ""}, "subject"),
        ({"subject": "   "}, "subject"),
        ({"subject": "Dear {{ nobody|x }}"}, "merge_field"),
        ({"introduction": "<p>{{ name }}</p>"}, "merge_field"),
        ({"introduction": "<p>TK</p>"}, "tk"),
        ({"subject": "One\r\nBcc: everybody@example.org"}, "control"),
        ({"introduction": '<p><a href="/articles/x/">relative</a></p>'}, "link"),
        ({"introduction": "<p>iRiAsLoT000x</p>"}, "marker"),
    ],
)
def test_what_is_wrong_for_certain_blocks(newsletter: Newsletter, fields: dict[str, Any], code: str) -> None:
    edition = make_edition(newsletter, **fields)
    assert code in codes(edition)
    with pytest.raises(transitions.NotReady):
        queue(edition)
    edition.refresh_from_db()
    assert edition.status == Edition.Status.DRAFT


@pytest.mark.parametrize(
    ("fields", "code"),
    [({"from_email": ""}, "sender"), ({"from_name": ""}, "sender"), ({"postal_address": " "}, "postal_address")],
)
def test_a_newsletter_without_sender_or_postal_address_blocks(
    newsletter: Newsletter, fields: dict[str, str], code: str
) -> None:
    Newsletter.objects.filter(pk=newsletter.pk).update(**fields)
    newsletter.refresh_from_db()
    assert codes(make_edition(newsletter)) == {code}


def test_an_unpublished_article_blocks(newsletter: Newsletter) -> None:
    assert codes(make_edition(newsletter, articles=[make_article(status=Article.Status.DRAFT)])) == {"unpublished"}


def test_a_headline_that_looks_like_a_slot_blocks(newsletter: Newsletter) -> None:
    assert codes(make_edition(newsletter, articles=[make_article(title="iRiAsLoT007x")])) == {"marker"}


def test_an_audience_of_nobody_blocks(newsletter: Newsletter) -> None:
    assert codes(make_edition(make_newsletter())) == {"nobody"}


def test_a_mail_that_gmail_would_cut_off_blocks(newsletter: Newsletter) -> None:
    edition = make_edition(newsletter, introduction="<p>" + "word " * 25_000 + "</p>")
    assert codes(edition) == {"size"}


def test_what_is_only_unwise_warns(newsletter: Newsletter) -> None:
    edition = make_edition(newsletter, subject="A subject that goes on and on and on and on until nobody reads it")
    assert [(finding.code, finding.blocking) for finding in preflight.check(edition)] == [("subject_long", False)]


@pytest.mark.parametrize(("subject", "code"), [("News", "subject_short"), ("{{ number }}", "subject_short")])
def test_a_subject_that_says_nothing_warns(newsletter: Newsletter, subject: str, code: str) -> None:
    assert code in warnings(make_edition(newsletter, subject=subject))


# --- Where it is mended -------------------------------------------------------------------------------------------
def fields(edition: Edition) -> dict[str, str]:
    return {finding.code: finding.field for finding in preflight.check(edition)}


def test_tk_is_found_wherever_it_stands(newsletter: Newsletter) -> None:
    article = make_article(summary="What the minister said, TK.")
    edition = make_edition(newsletter, articles=[article])
    assert fields(edition)["tk"] == "block.0"
    Newsletter.objects.update(footer="Editor: TKTK")
    edition = make_edition(Newsletter.objects.get(pk=newsletter.pk))
    assert fields(edition)["tk"] == "newsletter.footer"


def test_a_word_that_only_holds_the_letters_is_no_tk(newsletter: Newsletter) -> None:
    assert "tk" not in codes(make_edition(newsletter, subject="The ATK report and what comes next"))


def test_the_place_of_a_finding_in_the_mail_is_that_of_what_was_typed(newsletter: Newsletter) -> None:
    edition = make_edition(newsletter, introduction='<p>See <a href="http://example.org/">the treaty</a></p>')
    assert fields(edition)["link_http"] == "introduction"
    unpublished = make_article(status=Article.Status.DRAFT)
    assert fields(make_edition(newsletter, articles=[unpublished]))["unpublished"] == f"page.{unpublished.pk}"


# --- Own links ----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("path", "dead"),
    [
        ("", False),
        ("/", False),
        ("/articles/there/", False),
        ("/articles/there/?from=mail#top", False),
        ("/topics/water/", False),
        ("/archive/", False),
        ("/ar/articles/there/", False),
        ("/ar/articles/not-there/", True),
        ("/authors/nobody/", True),
        ("/articles/not-there/", True),
        ("/articles/draft/", True),
        ("/topics/fire/", True),
        ("/archive/nothing/", True),
        ("/nowhere/at/all/", True),
        ("/media/pictures/ab/0123456789abcdef-640.jpg", True),
    ],
)
def test_a_link_to_our_own_site_must_lead_to_a_page(newsletter: Newsletter, path: str, dead: bool) -> None:
    make_article(slug="there")
    make_article(slug="draft", status=Article.Status.DRAFT)
    make_topic(name="Water", slug="water")
    address = f"https://news.iria.example{path}"
    edition = make_edition(newsletter, introduction=f'<p><a href="{address}">The treaty</a></p>')
    assert ("dead_own" in codes(edition)) is dead


# --- Sender and audience ------------------------------------------------------------------------------------------
def test_a_sender_of_another_domain_is_not_allowed(newsletter: Newsletter, settings: Settings) -> None:
    settings.SENDER_DOMAINS = ["IRIA.example"]
    assert codes(make_edition(newsletter)) == set()
    settings.SENDER_DOMAINS = ["elsewhere.example"]
    assert codes(make_edition(newsletter)) == {"from_domain"}


def test_many_more_recipients_than_in_the_last_week_warn(newsletter: Newsletter) -> None:
    edition = make_edition(newsletter)
    sent_edition(newsletter, candidates=1, rejected=0)
    make_reader(newsletter.mailing_list)
    assert warnings(edition) == set()  # twice as many are no jump
    make_reader(newsletter.mailing_list)
    assert warnings(edition) == set()  # they are counted once in a minute
    cache.clear()
    assert warnings(edition) == {"jump"}
    Edition.objects.filter(frozen_at__isnull=False).update(frozen_at=timezone.now() - timedelta(days=8))
    assert warnings(edition) == set()


@pytest.mark.parametrize(("rejected", "found"), [(2, set()), (3, {"bounces"})])
def test_bounces_of_the_last_edition_warn(newsletter: Newsletter, rejected: int, found: set[str]) -> None:
    sent_edition(newsletter, candidates=100, rejected=rejected)
    assert warnings(make_edition(newsletter)) == found


def sent_edition(newsletter: Newsletter, *, candidates: int, rejected: int) -> Edition:
    edition = queue(make_edition(newsletter))
    Edition.objects.filter(pk=edition.pk).update(
        status=Edition.Status.SENT, frozen_at=timezone.now() - timedelta(hours=1), candidates=candidates
    )
    Chunk.objects.create(edition=edition, wave=timezone.now(), seq=1, members=b"", n=candidates, rejected=rejected)
    return edition


# --- Outside ------------------------------------------------------------------------------------------------------
@pytest.fixture
def linked(newsletter: Newsletter) -> Edition:
    return make_edition(newsletter, introduction='<p>See <a href="https://example.org/a">the treaty</a></p>')


def looked(edition: Edition, monkeypatch: pytest.MonkeyPatch, answer: Probe) -> None:
    monkeypatch.setattr(inspecting, "probe", lambda address: answer)
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

    monkeypatch.setattr(inspecting, "probe", held)
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

    monkeypatch.setattr(inspecting, "probe", lambda address: Probe(200))
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
@pytest.fixture
def owner(db: None) -> User:
    return User.objects.create_user("olga", first_name="Olga", last_name="Owner")


def pass_over(edition: Edition, owner: User, reason: str = "The name stays as it is.") -> None:
    override(edition, fingerprint(snapshot.of_edition(edition)), preflight.check(edition), reason=reason, by=owner)


def test_an_owner_may_pass_over_what_blocks_with_a_reason(newsletter: Newsletter, owner: User) -> None:
    edition = make_edition(newsletter, subject="TK Maxx opens in Kabul")
    assert codes(edition) == {"tk"}
    pass_over(edition, owner)
    (finding,) = preflight.check(edition)
    assert (finding.code, finding.blocking) == ("tk", False)
    assert "Olga Owner" in finding.overridden
    assert "The name stays as it is." in finding.overridden
    assert queue(edition).status == Edition.Status.QUEUED


def test_any_edit_ends_an_override(newsletter: Newsletter, owner: User) -> None:
    edition = make_edition(newsletter, subject="TK Maxx opens in Kabul")
    pass_over(edition, owner)
    Article.objects.update(title="Another headline")
    assert codes(edition) == {"tk"}


def test_an_override_is_for_what_was_found_then(newsletter: Newsletter, owner: User) -> None:
    edition = make_edition(newsletter, subject="TK Maxx opens in Kabul")
    pass_over(edition, owner)
    Article.objects.update(status=Article.Status.DRAFT)  # which the content does not say
    assert codes(edition) == {"unpublished"}


@pytest.mark.parametrize("reason", ["", "  ", "because"])
def test_an_override_without_a_reason_is_refused(newsletter: Newsletter, owner: User, reason: str) -> None:
    edition = make_edition(newsletter, subject="TK Maxx opens in Kabul")
    with pytest.raises(NoReason):
        pass_over(edition, owner, reason)
    assert codes(edition) == {"tk"}


def test_no_owner_may_pass_over_a_missing_unsubscribe_link_or_an_unsafe_header(
    newsletter: Newsletter, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    edition = make_edition(newsletter, subject="One\r\nBcc: all@example.org")
    pass_over(edition, owner)
    assert codes(edition) == {"control"}
    edition = make_edition(newsletter)
    monkeypatch.setattr(
        "newsletters.editions.preflight.rendered_mail.unsubscribe_url", lambda *ids: "https://not-in-the-mail/"
    )
    pass_over(edition, owner)
    assert codes(edition) == {"unsubscribe"}
    with pytest.raises(transitions.NotReady):
        queue(edition)


# --- Cost ---------------------------------------------------------------------------------------------------------
def test_twenty_articles_cost_as_many_queries_as_two(newsletter: Newsletter) -> None:
    def cost(count: int) -> int:
        edition = make_edition(newsletter, articles=[make_article(topics=[make_topic()]) for _ in range(count)])
        with CaptureQueriesContext(connection) as captured:
            assert codes(edition) == set()
        return len(captured)

    assert cost(2) == cost(20)


def test_spamd_is_asked_only_where_there_is_one(settings: Settings) -> None:
    settings.SPAMD = None
    assert spam.score(b"Subject: x\r\n\r\nx") == {}
