"""Newsletters in the admin: what is wrong is said in words, and saving shows the next dates."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django import forms
from django.test import Client
from django.utils.html import escape

from newsletters.admin.time_zones import check_zone
from newsletters.editions import transitions
from newsletters.editions.snapshot import of_edition
from newsletters.models import Newsletter
from subscribers.models import MailingList
from tests.factories import make_edition, make_list, make_newsletter, make_reader
from tests.newsletters.admin.conftest import picture_file

pytestmark = [pytest.mark.django_db, pytest.mark.either_database]
ADD = "/admin/newsletters/newsletter/add/"


@pytest.fixture
def mailing_list() -> MailingList:
    return make_list()


def typed(mailing_list: MailingList, **changes: Any) -> dict[str, Any]:
    return {
        "name": "Weekly", "slug": "weekly", "description": "", "mailing_list": mailing_list.pk, "is_active": "on",
        "from_name": "Iria", "from_email": "news@iria.example", "reply_to": "", "logo": "", "logo_alt": "",
        "design": "brief", "font": "", "colour": "#1f3a5f", "background": "#eef0f2", "own_mjml": "", "footer": "",
        "postal_address": "1 Example Street", "cadence": "weekly",
        "weekdays": ["1", "4"], "day_of_month": "", "send_time": "07:00", "zone": "Europe/Berlin", "mode": "draft",
        "at_most": "10", "at_least": "1", "subject_template": "{{ newsletter }}: {{ lead }}", "lifetime_hours": "24",
        "undo_send_seconds": "60",
    } | changes  # fmt: skip


@time_machine.travel(datetime(2026, 3, 25, 12, tzinfo=UTC), tick=False)
def test_saving_shows_the_next_five_dates_in_words_across_the_change_of_clocks(
    publisher: Client, mailing_list: MailingList
) -> None:
    page = publisher.post(ADD, typed(mailing_list), follow=True).content.decode()
    for date in (
        "Thursday 26 March 2026 at 07:00 (Europe/Berlin, UTC+01:00)",
        "Monday 30 March 2026 at 07:00 (Europe/Berlin, UTC+02:00)",
        "Thursday 2 April 2026 at 07:00",
        "Monday 6 April 2026 at 07:00",
        "Thursday 9 April 2026 at 07:00",
    ):
        assert date in page
    assert "Monday 13 April" not in page
    newsletter = Newsletter.objects.get()
    assert newsletter.weekdays == [1, 4]
    assert newsletter.cadence_since == datetime(2026, 3, 25, 12, tzinfo=UTC)


def test_a_changed_cadence_counts_from_now_and_other_changes_do_not(
    publisher: Client, mailing_list: MailingList
) -> None:
    with time_machine.travel(datetime(2026, 3, 25, 12, tzinfo=UTC), tick=False):
        publisher.post(ADD, typed(mailing_list))
    newsletter = Newsletter.objects.get()
    page = f"/admin/newsletters/newsletter/{newsletter.pk}/change/"
    with time_machine.travel(datetime(2026, 5, 1, 12, tzinfo=UTC), tick=False):
        publisher.post(page, typed(mailing_list, footer="New"))
        newsletter.refresh_from_db()
        assert newsletter.cadence_since == datetime(2026, 3, 25, 12, tzinfo=UTC)
        publisher.post(page, typed(mailing_list, footer="New", weekdays=["2"]))
    newsletter.refresh_from_db()
    assert newsletter.cadence_since == datetime(2026, 5, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"zone": "Europe/Berln"}, "“Europe/Berln” isn't a valid time zone. Did you mean Europe/Berlin?"),
        ({"from_email": ""}, "Enter the address the email is sent from"),
        ({"from_name": ""}, "Email without a sender isn't delivered"),
        ({"postal_address": ""}, "Enter a postal address"),
        ({"weekdays": []}, "Choose at least one weekday."),
        ({"send_time": ""}, "Enter the time of day"),
        ({"cadence": "monthly"}, "Enter the day of the month"),
        ({"at_least": "11"}, "With a maximum of 10 articles there would never be 11"),
        ({"subject_template": "{{ headline }}"}, "There is no merge field “headline”"),
        ({"colour": "blue"}, "Six hexadecimal digits"),
    ],
)
def test_what_is_wrong_is_said_and_what_was_typed_is_kept(
    publisher: Client, mailing_list: MailingList, changes: dict[str, Any], sentence: str
) -> None:
    page = publisher.post(ADD, typed(mailing_list, description="Kept words", **changes)).content.decode()
    assert escape(sentence) in page
    assert "Kept words" in page
    assert not Newsletter.objects.exists()


@pytest.mark.parametrize(
    ("wrong", "right"),
    [("Europe/Berln", "Europe/Berlin"), ("berlin", "Europe/Berlin"), ("New York", "America/New_York"),
     ("Asia/Kolkatta", "Asia/Kolkata")],
)  # fmt: skip
def test_the_likeliest_zone_is_offered(wrong: str, right: str) -> None:
    with pytest.raises(forms.ValidationError) as refused:
        check_zone(wrong)
    assert f"Did you mean {right}?" in refused.value.messages[0]


def test_a_zone_is_taken_however_it_is_capitalised_and_nonsense_gets_an_example() -> None:
    assert check_zone(" europe/berlin ") == "Europe/Berlin"
    with pytest.raises(forms.ValidationError) as refused:
        check_zone("zzzzqqqq")
    assert "for example Europe/Berlin" in refused.value.messages[0]


def test_a_logo_is_uploaded_with_its_alternative_text(publisher: Client, mailing_list: MailingList) -> None:
    publisher.post(ADD, typed(mailing_list, logo_file=picture_file(), logo_alt="Iria"))
    logo = Newsletter.objects.get().logo
    assert logo is not None
    assert logo.alt == "Iria"


def test_an_editor_sees_newsletters_and_changes_none(browser_of: Callable[[str], Client]) -> None:
    newsletter = make_newsletter()
    editor = browser_of("Editor")
    page = editor.get(f"/admin/newsletters/newsletter/{newsletter.pk}/change/").content.decode()
    assert "news@iria.example" in page
    assert "no schedule" in page
    assert "Logo file" not in page
    answer = editor.post(f"/admin/newsletters/newsletter/{newsletter.pk}/change/", {"name": "Mine"})
    assert answer.status_code == 403
    newsletter.refresh_from_db()
    assert newsletter.name != "Mine"
    assert "Publisher or Owner" in editor.get(ADD).content.decode()


def test_a_newsletter_has_a_language_of_those_that_readers_may_choose(
    publisher: Client, mailing_list: MailingList
) -> None:
    page = publisher.get(ADD).content.decode()
    assert '<option value="" selected>English</option>' in page
    assert '<option value="ar">العربيّة</option>' in page
    assert publisher.post(ADD, typed(mailing_list, language="xx")).status_code == 200
    assert not Newsletter.objects.exists()
    publisher.post(ADD, typed(mailing_list, language="ar"))
    newsletter = Newsletter.objects.get()
    assert newsletter.language == "ar"
    content = of_edition(make_edition(newsletter))
    assert (content.language, content.cadence, content.weekdays) == ("ar", "weekly", (1, 4))
    Newsletter.objects.update(language="")
    assert of_edition(make_edition(make_newsletter())).language == "en"


def test_only_an_owner_says_whether_a_second_person_is_needed(
    publisher: Client, owner: Client, mailing_list: MailingList
) -> None:
    newsletter = make_newsletter(mailing_list, needs_approval=True)
    page = f"/admin/newsletters/newsletter/{newsletter.pk}/change/"
    form = typed(mailing_list, name=newsletter.name, slug=newsletter.slug, cadence="none", weekdays=[])
    assert 'name="needs_approval"' not in publisher.get(page).content.decode()
    assert publisher.post(page, form | {"footer": "New"}).status_code == 302
    newsletter.refresh_from_db()
    assert (newsletter.needs_approval, newsletter.footer) == (True, "New")
    assert 'name="needs_approval"' in owner.get(page).content.decode()
    owner.post(page, form)
    newsletter.refresh_from_db()
    assert not newsletter.needs_approval


def test_a_newsletter_made_for_a_list_or_moved_to_it_inherits_its_second_person(
    publisher: Client, mailing_list: MailingList
) -> None:
    make_newsletter(mailing_list, needs_approval=True)
    make_reader(mailing_list)
    free = make_newsletter(make_list(name="Free"))
    form = typed(mailing_list, cadence="none", weekdays=[], name="Another", slug="another")
    assert publisher.post("/admin/newsletters/newsletter/add/", form | {"needs_approval": ""}).status_code == 302
    assert Newsletter.objects.get(slug="another").needs_approval
    page = f"/admin/newsletters/newsletter/{free.pk}/change/"
    assert "No" in publisher.get(page).content.decode()
    assert publisher.post(page, form | {"name": "Moved", "slug": "moved"}).status_code == 302
    moved = Newsletter.objects.get(slug="moved")
    assert moved.needs_approval
    assert "Yes, by its mailing list." in publisher.get(page).content.decode()
    for newsletter in (moved, Newsletter.objects.get(slug="another")):
        edition = make_edition(newsletter)
        with pytest.raises(transitions.NotApproved):
            transitions.queue(edition.pk, revision=edition.revision, by="Publisher")


def test_taking_the_newsletter_away_leaves_the_list_its_second_person(
    publisher: Client, mailing_list: MailingList
) -> None:
    newsletter = make_newsletter(mailing_list, needs_approval=True)
    elsewhere = make_list(name="Elsewhere")
    form = typed(elsewhere, cadence="none", weekdays=[], name="Moved", slug="moved")
    publisher.post(f"/admin/newsletters/newsletter/{newsletter.pk}/change/", form)
    assert make_newsletter(mailing_list).needs_approval
    assert not Newsletter.objects.get(slug="moved").needs_approval


def test_an_owner_asks_for_it_for_every_newsletter_of_the_list(owner: Client, mailing_list: MailingList) -> None:
    first, second = make_newsletter(mailing_list), make_newsletter(mailing_list)
    page = f"/admin/newsletters/newsletter/{first.pk}/change/"
    form = typed(mailing_list, cadence="none", weekdays=[], name=first.name, slug=first.slug)
    owner.post(page, form | {"needs_approval": "on"})
    assert Newsletter.objects.get(pk=second.pk).needs_approval
    # One newsletter more, whose box is empty because nobody thought of it, takes nothing away.
    owner.post("/admin/newsletters/newsletter/add/", form | {"name": "New", "slug": "new"})
    assert Newsletter.objects.get(slug="new").needs_approval
    owner.post(page, form)
    assert not Newsletter.objects.get(pk=second.pk).needs_approval
