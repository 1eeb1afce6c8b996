"""After a downgrade: editions that a newer version of Iria prepared are listed by what is known of them, not shown."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from newsletters.models import Edition
from newsletters.site.sample_editions import newest_editions
from tests.factories import give_number, make_edition, make_list, make_newsletter, make_reader, queue
from tests.newsletters.delivery.engine.test_newer_content import PLACES, as_newer

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("place", PLACES)
def test_lists_name_it_and_its_page_says_that_it_is_away(client: Client, place: str) -> None:
    mailing_list = make_list()
    make_reader(mailing_list)
    newsletter = make_newsletter(mailing_list)
    older = queue(make_edition(newsletter, subject="The older one"))
    newer = queue(make_edition(newsletter, subject="News for {{ first_name|everybody }}"))
    for edition in (older, newer):
        give_number(edition)
    Edition.objects.update(status="sent", frozen_at=timezone.now())
    as_newer(newer, place)
    for edition in (older, newer):
        edition.refresh_from_db()
    assert "News for everybody" in client.get("/archive/").content.decode()
    assert newest_editions([mailing_list])[mailing_list.pk].title == "News for everybody"
    assert "News for everybody" in client.get(older.get_absolute_url()).content.decode()  # as the one after it
    shown = client.get(newer.get_absolute_url())
    assert shown.status_code == 503
    assert "We can’t show this edition at the moment." in shown.content.decode()
    arabic = client.get("/ar" + newer.get_absolute_url())
    assert "لا يمكننا عرض هذا العدد حاليًا" in arabic.content.decode()
