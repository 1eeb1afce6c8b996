"""Messages wear what their newsletter wears; without one, the institute's."""

from __future__ import annotations

import pytest
import time_machine

from newsletters.editions.message_look import look_of_messages
from newsletters.models import Institute, Newsletter
from subscribers.models import Subscription
from tests.every_mail import ASKED, message_row, wire
from tests.factories import make_list, make_newsletter
from tests.images import stored_picture

pytestmark = [pytest.mark.django_db, pytest.mark.either_database]


def test_a_list_has_the_look_of_its_newsletter() -> None:
    newsletter = make_newsletter(make_list(name="The list"), name="The Bulletin")
    Newsletter.objects.update(colour="#ffd400", background="#102030", logo=stored_picture(400, 100, alt="Bulletin"))
    look = look_of_messages(newsletter.mailing_list, "en")
    assert (look.name, look.colour, look.background) == ("The Bulletin", "#ffd400", "#102030")
    assert look.logo
    assert look.logo.url.startswith("https://news.iria.example/media/pictures/")
    assert (look.logo.width, look.logo.alt) == (192, "Bulletin")


def test_of_several_newsletters_the_first_that_is_active_counts() -> None:
    mailing_list = make_list()
    for name, active in (("Ended", False), ("First", True), ("Second", True)):
        made = make_newsletter(mailing_list, name=name)
        Newsletter.objects.filter(pk=made.pk).update(is_active=active)
    assert look_of_messages(mailing_list, "en").name == "First"


def test_what_a_newsletter_lacks_is_the_institutes() -> None:
    Institute.objects.create(name="IRIA", accent="#0a7f3f", logo=stored_picture(100, 100, alt="IRIA"))
    newsletter = make_newsletter(make_list())
    Newsletter.objects.update(colour="", logo=None)
    for mailing_list in (newsletter.mailing_list, make_list(name="Without a newsletter"), None):
        look = look_of_messages(mailing_list, "en")
        assert look.colour == "#0a7f3f"
        assert look.logo
        assert look.logo.alt == "IRIA"
    assert look_of_messages(None, "en").name == "IRIA"
    assert look_of_messages(make_list(name="Alone"), "en").name == "Alone"


def test_an_institute_that_nobody_has_described_has_a_look_too() -> None:
    look = look_of_messages(None, "ar")
    assert look.colour == "#1F3A5F"
    assert not look.logo
    assert "Geeza Pro" in look.text_font


def test_the_confirmation_wears_header_and_colours_and_stays_readable() -> None:
    row = message_row("confirmation", "en")
    newsletter = make_newsletter(Subscription.objects.get(pk=9011).mailing_list, name="Das Blatt")
    Newsletter.objects.filter(pk=newsletter.pk).update(colour="#ffd400")
    with time_machine.travel(ASKED, tick=False):
        html = wire(row).decode().replace("=\r\n", "").replace("=3D", "=")
    assert "Das Blatt" in html
    assert "background-color:#ffd400" in html.replace(": #", ":#").lower()
    assert "#16181b" in html  # dark words on it
