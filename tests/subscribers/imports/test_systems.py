"""A file of each system that people come from, rebuilt in our own words: recognised, and what it says is kept."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mail.models import Message
from subscribers import suppression
from subscribers.models import Attribute, ConsentRecord, MailingList, Subscriber, Subscription
from tests.subscribers.imports.bringing import bring, csv_file, figures, person, statuses, zip_file

pytestmark = pytest.mark.django_db

MAILCHIMP = (
    '"Email Address","First Name","Last Name",MEMBER_RATING,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,CONFIRM_IP,LATITUDE,'
    "LONGITUDE,GMTOFF,DSTOFF,TIMEZONE,CC,REGION,LAST_CHANGED,LEID,EUID,NOTES,TAGS"
)
NO_PLACE = ",,,,,,,"


def mailchimp(tmp_path: Path) -> Path:
    member = '{},Ada,Byron,2,"2019-03-04 05:06:07",192.0.2.7,"2019-03-04 05:07:00",192.0.2.7{},"2020-01-01",1,e1,,{}'
    tags = '"""Press"",""Old, but gold"""'
    return zip_file(
        tmp_path,
        {
            "subscribed_email_audience_export_1.csv": "\n".join(
                [
                    MAILCHIMP,
                    member.format("ada@example.org", NO_PLACE, tags),
                    f'nora@example.org,Nora,,2,,,,{NO_PLACE},"2020-01-01",2,e2,,',
                ]
            ),
            "unsubscribed_email_audience_export_1.csv": "\n".join(
                [
                    f"{MAILCHIMP},UNSUB_TIME,UNSUB_CAMPAIGN_TITLE,UNSUB_CAMPAIGN_ID,UNSUB_REASON,UNSUB_REASON_OTHER",
                    member.format("bob@example.org", NO_PLACE, "") + ',"2021-01-01 00:00:00",May,9,NORMAL,',
                    member.format("sam@example.org", NO_PLACE, "") + ',"2021-01-01 00:00:00",May,9,SPAM,',
                ]
            ),
            "cleaned_email_audience_export_1.csv": "\n".join(
                [
                    f"{MAILCHIMP},CLEAN_TIME,CLEAN_CAMPAIGN_TITLE,CLEAN_CAMPAIGN_ID",
                    member.format("gone@example.org", NO_PLACE, "") + ',"2021-01-01 00:00:00",May,9',
                ]
            ),
        },
    )


def test_mailchimp_brings_proof_tags_and_those_who_are_out(tmp_path: Path, iria_news: MailingList) -> None:
    report = bring(mailchimp(tmp_path), "--consent", "proven")
    assert report["system"] == "Mailchimp"
    assert figures(report) == (2, 0, 0, 0, 3)
    assert report["kept_out_reasons"] == {"unsubscribed_there": 1, "complained_there": 1, "bounced_there": 1}
    assert statuses() == {"ada@example.org": "confirmed", "nora@example.org": "pending", "bob@example.org": "left"}
    ada = person("ada@example.org")
    assert ada.name == "Ada Byron"
    assert sorted(ada.tags.values_list("name", flat=True)) == ["Old, but gold", "Press"]
    record = ConsentRecord.objects.get(subscriber=ada)
    assert (record.action, record.source, record.ip) == ("confirmed", "import", "192.0.2.7")
    assert record.at.isoformat() == "2019-03-04T05:07:00+00:00"
    assert "CONFIRM_TIME: 2019-03-04 05:07:00" in record.detail
    for email in ("sam@example.org", "gone@example.org"):
        assert suppression.is_suppressed(email)
    assert not Message.objects.exists()


def test_a_second_time_everything_is_the_same(tmp_path: Path, iria_news: MailingList) -> None:
    bring(mailchimp(tmp_path), "--consent", "proven")
    before = (list(Subscription.objects.values()), ConsentRecord.objects.count())
    report = bring(mailchimp(tmp_path), "--consent", "proven")
    assert figures(report) == (0, 0, 2, 0, 3)
    assert (list(Subscription.objects.values()), ConsentRecord.objects.count()) == before


Case = tuple[str, list[str], dict[str, str], set[str]]
FILES: list[Case] = [
    (
        "listmonk",
        [
            "uuid,email,name,attributes,status,created_at,updated_at",
            '1,ada@example.org,Ada,"{""city"": ""Kyiv""}",enabled,2020-01-02T03:04:05Z,2020-01-02T03:04:05Z',
            "2,bob@example.org,Bob,{},blocklisted,2020-01-02T03:04:05Z,2020-01-02T03:04:05Z",
        ],
        {"ada@example.org": "confirmed"},
        {"bob@example.org"},
    ),
    (
        "Substack",
        [
            "email,active_subscription,expiry,email_disabled,prefer_digests,created_at",
            "ada@example.org,false,,false,false,2022-01-01T00:00:00.000Z",
            "bob@example.org,FALSE,,TRUE,false,2022-01-01T00:00:00.000Z",
        ],
        {"ada@example.org": "pending"},
        {"bob@example.org"},
    ),
    (
        "Ghost",
        [
            "id,email,name,note,subscribed_to_emails,complimentary_plan,created_at,deleted_at,labels,tiers",
            '1,ada@example.org,Ada,,true,false,2022-01-01T00:00:00.000Z,,"press,old",',
            "2,bob@example.org,Bob,,false,false,2022-01-01T00:00:00.000Z,,,",
        ],
        {"ada@example.org": "pending", "bob@example.org": "left"},
        set(),
    ),
    (
        "MailPoet",
        [
            "Email,First name,Last name,Subscription time,Confirmation time,List status,Global status,List",
            "ada@example.org,Ada,B,2022-01-01 00:00:00,2022-01-01 00:01:00,subscribed,subscribed,News",
            "bob@example.org,Bob,B,2022-01-01 00:00:00,2022-01-01 00:01:00,subscribed,unsubscribed,News",
            "eve@example.org,Eve,B,2022-01-01 00:00:00,,unconfirmed,unconfirmed,News",
            "gus@example.org,Gus,B,2022-01-01 00:00:00,,subscribed,bounced,News",
        ],
        {"ada@example.org": "confirmed", "bob@example.org": "left", "eve@example.org": "pending"},
        {"gus@example.org"},
    ),
    (
        "Buttondown",
        [
            "email,notes,metadata,tags,referrer_url,type,creation_date,source",
            'ada@example.org,,"{""city"": ""Kyiv""}","a, b",,regular,2022-01-01,form',
            "bob@example.org,,{},,,unsubscribed,2022-01-01,form",
            "eve@example.org,,{},,,unactivated,2022-01-01,form",
            "gus@example.org,,{},,,undeliverable,2022-01-01,form",
        ],
        {"ada@example.org": "confirmed", "bob@example.org": "left", "eve@example.org": "pending"},
        {"gus@example.org"},
    ),
    (
        "beehiiv",
        [
            "email,status,created_at,subscription_tier,utm_source,referral_code",
            "ada@example.org,active,2022-01-01,free,x,1",
            "bob@example.org,inactive,2022-01-01,free,x,2",
        ],
        {"ada@example.org": "pending", "bob@example.org": "left"},
        set(),
    ),
    (
        "Brevo",
        [
            "CONTACT ID;EMAIL;FIRSTNAME;LASTNAME;SMS;BLACKLISTED;DOUBLE_OPT-IN;ADDED_TIME;MODIFIED_TIME",
            "1;ada@example.org;Ada;B;;0;1;2022-01-01;2022-01-02",
            "2;bob@example.org;Bob;B;;1;1;2022-01-01;2022-01-02",
        ],
        {"ada@example.org": "confirmed"},
        {"bob@example.org"},
    ),
    (
        "Keila",
        [
            "Email,First name,Last name,Data,Status,External ID",
            'ada@example.org,Ada,B,"{""city"": ""Kyiv""}",active,',
            "bob@example.org,Bob,B,{},unsubscribed,",
            "gus@example.org,Gus,B,{},unreachable,",
        ],
        {"ada@example.org": "pending", "bob@example.org": "left"},
        {"gus@example.org"},
    ),
    (
        "phpList",
        [
            "id,email,confirmed,blacklisted,bouncecount,entered,modified,uniqid,htmlemail",
            "1,ada@example.org,1,0,0,2022-01-01 00:00:00,2022-01-01 00:00:00,x,1",
            "2,bob@example.org,1,1,0,2022-01-01 00:00:00,2022-01-01 00:00:00,y,1",
            "3,eve@example.org,0,0,0,2022-01-01 00:00:00,2022-01-01 00:00:00,z,1",
        ],
        {"ada@example.org": "confirmed", "eve@example.org": "pending"},
        {"bob@example.org"},
    ),
    (
        "Mailjet",
        [
            "email,name,createdat,isexcludedfromcampaigns,isunsub,unsubscribedat",
            "ada@example.org,Ada,2022-01-01T00:00:00Z,false,false,",
            "bob@example.org,Bob,2022-01-01T00:00:00Z,true,false,",
            "eve@example.org,Eve,2022-01-01T00:00:00Z,false,true,2023-01-01T00:00:00Z",
        ],
        {"ada@example.org": "pending", "eve@example.org": "left"},
        {"bob@example.org"},
    ),
    (
        "CSV",
        [
            "E-Mail-Adresse;Vorname;Nachname;Status",
            "ada@example.org;Ada;B;bestätigt",
            "bob@example.org;Bob;B;abgemeldet",
        ],
        {"ada@example.org": "confirmed", "bob@example.org": "left"},
        set(),
    ),
    (
        "CSV",
        ["Prénom,Nom,Adresse e-mail,Confirmé le", "Ada,B,ada@example.org,03/04/2020", "Eve,B,eve@example.org,"],
        {"ada@example.org": "confirmed", "eve@example.org": "pending"},
        set(),
    ),
    (
        "CSV",
        ["الاسم,البريد الإلكتروني,الحالة", "ليلى,ada@example.org,مؤكد", "يوسف,bob@example.org,غير مشترك"],
        {"ada@example.org": "confirmed", "bob@example.org": "left"},
        set(),
    ),
    (
        "CSV",
        ["ada@example.org", "eve@example.org"],
        {"ada@example.org": "pending", "eve@example.org": "pending"},
        set(),
    ),
    (
        "CSV",
        ["Nummer,Kontakt", "1,ada@example.org", "2,bob@example.org"],
        {"ada@example.org": "pending", "bob@example.org": "pending"},
        set(),
    ),
]  # fmt: skip


@pytest.mark.parametrize("case", FILES, ids=[each[0] for each in FILES])
def test_a_system_is_recognised_and_what_it_says_is_kept(tmp_path: Path, iria_news: MailingList, case: Case) -> None:
    system, lines, expected, suppressed = case
    report = bring(csv_file(tmp_path, *lines), "--consent", "proven")
    assert report["system"] == system
    assert report["refused"] == 0, report["refused_rows"]
    assert statuses() == expected
    assert {each for each in ("bob@example.org", "gus@example.org") if suppression.is_suppressed(each)} == suppressed


def test_a_substack_archive_is_read_beside_its_articles(tmp_path: Path, iria_news: MailingList) -> None:
    path = zip_file(
        tmp_path,
        {
            "posts.csv": "post_id,post_date,is_published,title\n1.a,2022-01-01,true,Hello\n",
            "posts/1.a.html": "<p>write to x@example.org</p>",
            "email_list.news.csv": "email,active_subscription,email_disabled,created_at\na@example.org,true,false,\n",
        },
    )
    assert figures(bring(path)) == (1, 0, 0, 0, 0)


def test_attributes_that_exist_are_taken_over_typed_and_others_are_left_out(
    tmp_path: Path, iria_news: MailingList
) -> None:
    Attribute.objects.create(key="city", name="City")
    Attribute.objects.create(key="age", name="Age", kind="number")
    Attribute.objects.create(key="secret", name="Secret", imports_may="see")
    values = json.dumps({"city": "Kyiv", "age": 41, "secret": "x", "unknown": [1]}).replace('"', '""')
    lines = ["uuid,email,name,attributes,status", f'1,ada@example.org,Ada,"{values}",enabled']
    bring(csv_file(tmp_path, *lines))
    assert person("ada@example.org").attributes == {"city": "Kyiv", "age": 41}
    report = bring(csv_file(tmp_path, "email,City,Age", "ada@example.org,Lviv,old", "bob@example.org,Lviv,"))
    assert report["refused_rows"][0]["reason"] == "Age: “old” isn't a number."
    assert person("bob@example.org").attributes == {"city": "Lviv"}


def test_fields_are_kept_or_overwritten_as_chosen(tmp_path: Path, iria_news: MailingList) -> None:
    Attribute.objects.create(key="city", name="City")
    bring(csv_file(tmp_path, "email,name,city", "ada@example.org,Ada,"))
    file = csv_file(tmp_path, "email,name,city", "ada@example.org,Augusta,London")
    assert figures(bring(file)) == (0, 1, 0, 0, 0)
    assert (person("ada@example.org").name, person("ada@example.org").attributes) == ("Ada", {"city": "London"})
    assert figures(bring(file)) == (0, 0, 1, 0, 0)
    assert figures(bring(file, "--overwrite")) == (0, 1, 0, 0, 0)
    assert person("ada@example.org").name == "Augusta"


def test_without_proof_people_stay_unconfirmed_unless_somebody_answers_for_them(
    tmp_path: Path, iria_news: MailingList
) -> None:
    file = csv_file(tmp_path, "email", "ada@example.org")
    bring(file, "--consent", "proven")
    assert statuses() == {"ada@example.org": "pending"}
    assert figures(bring(file, "--consent", "proven", "--evidence", "cards of the 2024 fair")) == (0, 1, 0, 0, 0)
    assert statuses() == {"ada@example.org": "confirmed"}
    assert "cards of the 2024 fair" in ConsentRecord.objects.get().detail


def test_consent_none_confirms_nobody_whatever_the_file_proves(tmp_path: Path, iria_news: MailingList) -> None:
    bring(mailchimp(tmp_path), "--consent", "none")
    assert set(statuses(["ada@example.org", "nora@example.org"]).values()) == {"pending"}
    assert not Message.objects.exists()


def test_refused_rows_can_be_mended_and_imported_again(tmp_path: Path, iria_news: MailingList) -> None:
    refused = tmp_path / "refused.csv"
    lines = ["email,name,status", "ada@example.org,=1+1,", "bob@example,=cmd|x,", "eve@example.org,Eve,perhaps"]
    report = bring(csv_file(tmp_path, *lines), "--refused", str(refused))
    assert figures(report) == (1, 0, 0, 2, 0)
    assert [(each["row"], each["reason"][:5]) for each in report["refused_rows"]] == [(3, "Enter"), (4, "The s")]
    text = refused.read_text("utf-8-sig")
    assert '"\'=cmd|x"' in text  # no spreadsheet runs it
    assert refused.stat().st_mode & 0o077 == 0
    refused.write_text(text.replace("bob@example", "bob@example.org").replace("perhaps", "confirmed"))
    again = bring(refused, "--consent", "proven")
    assert figures(again) == (2, 0, 0, 0, 0)
    assert person("bob@example.org").name == "=cmd|x"


def test_a_million_bad_rows_are_counted_and_not_kept_in_memory(tmp_path: Path, iria_news: MailingList) -> None:
    lines = ["email", *(f"nobody{number}" for number in range(3000)), "ada@example.org"]
    report = bring(csv_file(tmp_path, *lines))
    assert figures(report) == (1, 0, 0, 3000, 0)
    assert len(report["refused_rows"]) == 1000


def test_a_dry_run_changes_nothing(tmp_path: Path, iria_news: MailingList) -> None:
    report = bring(mailchimp(tmp_path), "--consent", "proven", "--dry-run")
    assert figures(report) == (2, 0, 0, 0, 3)
    assert not Subscriber.objects.exists()
    assert not suppression.is_suppressed("gone@example.org")


def test_the_same_address_twice_last_wins_for_fields(tmp_path: Path, iria_news: MailingList) -> None:
    report = bring(csv_file(tmp_path, "email,name", "ada@example.org,Old", "ADA@Example.ORG,New", "ada@example.org,"))
    assert (report["new"], report["repeated"]) == (1, 2)
    assert person("ada@example.org").name == "New"
