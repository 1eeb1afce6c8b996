"""The look of a newsletter: chosen beside a mail that shows it, saved only by Save; MJML for owners."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from newsletters.admin.edition.preview import FRAME_POLICY
from newsletters.editions import snapshot
from newsletters.models import Newsletter, Picture
from newsletters.rendering import designs
from newsletters.rendering.content import EditionContent, digest_of_json
from newsletters.rendering.custom.filling import EXAMPLE
from tests.factories import make_article, make_edition, make_newsletter, make_reader, queue
from tests.newsletters.admin.conftest import picture_file
from tests.newsletters.admin.newsletter.test_newsletters import mailing_list, typed

__all__ = ["mailing_list"]  # a fixture

pytestmark = [pytest.mark.django_db, pytest.mark.either_database]
LOOK = "/admin/newsletters/newsletter/look/"


@pytest.fixture
def newsletter() -> Newsletter:
    return make_newsletter(name="Weekly")


def page_of(newsletter: Newsletter) -> str:
    return f"/admin/newsletters/newsletter/{newsletter.pk}/change/"


def look_of(newsletter: Newsletter) -> str:
    return f"/admin/newsletters/newsletter/{newsletter.pk}/look/"


def form_of(newsletter: Newsletter, **changes: Any) -> dict[str, Any]:
    return typed(newsletter.mailing_list, name=newsletter.name, slug=newsletter.slug, **changes)


def seen(client: Client, newsletter: Newsletter, **changes: Any) -> str:
    return str(client.post(look_of(newsletter), form_of(newsletter, **changes)).content.decode())


def told(html: str) -> str:
    found = re.search(r'<meta name="iria-told" content="([^"]*)">', html)
    assert found
    return found[1]


def test_the_page_offers_every_design_beside_a_mail(publisher: Client, newsletter: Newsletter) -> None:
    page = publisher.get(page_of(newsletter)).content.decode()
    for design in designs.designs():
        assert f'value="{design.name}"' in page
        assert design.about.replace("'", "&#x27;") in page
    assert f'<iframe name="look-frame" src="{look_of(newsletter)}"' in page
    assert f'formaction="{look_of(newsletter)}" formtarget="look-frame" formnovalidate' in page


def test_the_frame_shows_the_newest_edition_with_the_look_of_the_form_and_saves_nothing(
    publisher: Client, newsletter: Newsletter
) -> None:
    make_edition(newsletter, articles=[make_article(title="An older one")])
    make_edition(newsletter, articles=[make_article(title="The newest one")])
    assert "The newest one" in publisher.get(look_of(newsletter)).content.decode()
    html = seen(publisher, newsletter, design="letter", font="wide", colour="#8a2be2", footer="A new footer")
    for shown in ("The newest one", "Verdana", "#8a2be2", "A new footer"):
        assert shown in html
    assert "Read the article" not in html  # a letter has no buttons
    newsletter.refresh_from_db()
    assert (newsletter.design, newsletter.font, newsletter.footer) == ("headlines", "", "")


def test_a_newsletter_without_editions_is_shown_with_one_of_everything(publisher: Client) -> None:
    answer = publisher.post(LOOK, {"name": "Brand new", "design": "headlines", "colour": "#1f3a5f"})
    html = answer.content.decode()
    assert answer.status_code == 200
    for shown in ("Brand new", "A section heading", "A button", "Sponsored"):
        assert shown in html
    assert not Newsletter.objects.exists()


def test_a_wrong_field_keeps_what_was_there_before(publisher: Client, newsletter: Newsletter) -> None:
    html = seen(publisher, newsletter, colour="blue", design="nothing", zone="Nowhere", footer="Still shown")
    assert "Still shown" in html
    assert "#1f3a5f" in html.lower()
    page = publisher.post(page_of(newsletter), form_of(newsletter, colour="blue")).content.decode()
    assert "Six hexadecimal digits" in page


def test_a_logo_that_was_just_chosen_is_shown_and_not_kept(publisher: Client, newsletter: Newsletter) -> None:
    answer = publisher.post(look_of(newsletter), form_of(newsletter, logo_file=picture_file()))
    assert 'src="data:image/jpeg;base64,' in answer.content.decode()
    assert not Picture.objects.exists()
    broken = seen(publisher, newsletter, logo_file=picture_file("x.png", "red"), logo_remove="on")
    assert "data:image" not in broken


def test_the_frame_has_the_policy_of_previews_and_only_its_own_logo_besides(
    publisher: Client, newsletter: Newsletter
) -> None:
    answer = publisher.get(look_of(newsletter))
    assert answer["Content-Security-Policy"] == FRAME_POLICY.replace("img-src 'self'", "img-src 'self' data:")
    assert "no-store" in answer["Cache-Control"]


def test_dark_is_dark_whatever_the_browser_prefers(publisher: Client, newsletter: Newsletter) -> None:
    assert "@media not all" in seen(publisher, newsletter)
    assert "@media all" in seen(publisher, newsletter, look_dark="1")


def test_what_becomes_of_a_colour_is_told(publisher: Client, newsletter: Newsletter) -> None:
    assert told(seen(publisher, newsletter, colour="#1f3a5f")).startswith(
        "The colour is readable in the email (contrast "
    )
    sentence = told(seen(publisher, newsletter, colour="#ffcc00"))
    assert "would be hard to read in the email (contrast 1." in sentence
    assert "so we use #" in sentence
    assert "In dark mode we use #ffcc00." in sentence


def test_looking_costs_few_queries_however_many_articles(
    publisher: Client, newsletter: Newsletter, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    make_edition(newsletter, articles=[make_article() for _ in range(2)])
    publisher.get(look_of(newsletter))
    with django_assert_max_num_queries(14) as few:
        assert publisher.get(look_of(newsletter)).status_code == 200
    make_edition(newsletter, articles=[make_article() for _ in range(15)])
    with django_assert_max_num_queries(len(few)):
        assert publisher.get(look_of(newsletter)).status_code == 200


def test_who_may_only_look_gets_the_frame_and_no_button(editor: Client, newsletter: Newsletter) -> None:
    page = editor.get(page_of(newsletter)).content.decode()
    assert "look-frame" in page
    assert "formaction" not in page
    assert editor.get(LOOK).status_code == 403
    assert "#aa0000" not in seen(editor, newsletter, colour="#aa0000").lower()  # nor do they try another look


def test_nobody_looks_without_a_role(browser_of: Any, newsletter: Newsletter) -> None:
    assert browser_of("Nobody").get(look_of(newsletter)).status_code == 403


def test_the_look_is_saved_and_comes_into_the_next_edition_and_not_into_one_that_was_sent(
    publisher: Client, newsletter: Newsletter
) -> None:
    make_reader(newsletter.mailing_list)
    before = queue(make_edition(newsletter))
    digest = before.content_hash
    publisher.post(page_of(newsletter), form_of(newsletter, design="letter", font="book", background="#faf3e0"))
    newsletter.refresh_from_db()
    assert (newsletter.design, newsletter.font, newsletter.background) == ("letter", "book", "#faf3e0")
    assert snapshot.of_edition(make_edition(newsletter)).design == "letter"
    before.refresh_from_db()
    assert snapshot.content_of(before).design == "headlines"
    assert digest_of_json(before.snapshot or {}) == digest


def test_a_snapshot_of_before_designs_still_loads(newsletter: Newsletter) -> None:
    stored = snapshot.of_edition(make_edition(newsletter)).to_json()
    for name in ("design", "font", "background", "own_mjml"):
        del stored[name]
    assert EditionContent.from_json(stored).design == "brief"


# --- MJML of one's own ------------------------------------------------------------------------------------------
def test_only_owners_may_write_mjml(publisher: Client, owner: Client, newsletter: Newsletter) -> None:
    assert "own_mjml" not in publisher.get(page_of(newsletter)).content.decode()
    page = publisher.post(page_of(newsletter), form_of(newsletter, design="own", own_mjml=EXAMPLE.read_text()))
    assert "Select a valid choice" in page.content.decode()
    own = owner.get(page_of(newsletter)).content.decode()
    assert "&lt;!-- iria:blocks --&gt;" in own  # begins with the example
    owner.post(page_of(newsletter), form_of(newsletter, design="own", own_mjml=EXAMPLE.read_text()))
    newsletter.refresh_from_db()
    assert newsletter.design == "own"
    publisher.post(page_of(newsletter), form_of(newsletter, design="own", footer="By the publisher"))
    newsletter.refresh_from_db()
    assert newsletter.footer == "By the publisher"
    assert newsletter.own_mjml.strip() == EXAMPLE.read_text().strip()


def test_what_is_wrong_with_mjml_is_said_and_nothing_typed_is_lost(owner: Client, newsletter: Newsletter) -> None:
    source = EXAMPLE.read_text().replace("{{ summary }}", "{{ sumary }}")
    page = owner.post(page_of(newsletter), form_of(newsletter, design="own", own_mjml=source)).content.decode()
    assert "Line 41: There is no field {{ sumary }} here." in page
    assert "{{ sumary }}&lt;/p&gt;" in page
    newsletter.refresh_from_db()
    assert newsletter.design == "headlines"
    assert "Line 41: There is no field" in seen(owner, newsletter, design="own", own_mjml=source)


def test_mjml_that_is_not_used_is_kept_as_it_is(owner: Client, newsletter: Newsletter) -> None:
    owner.post(page_of(newsletter), form_of(newsletter, own_mjml="<mjml>half a thought"))
    newsletter.refresh_from_db()
    assert newsletter.own_mjml == "<mjml>half a thought"
    assert snapshot.of_edition(make_edition(newsletter)).own_mjml == ""


def test_what_only_could_be_better_is_said_after_saving(owner: Client, newsletter: Newsletter) -> None:
    source = EXAMPLE.read_text().replace("<p>{{ footer }}</p>", "<h1>{{ footer }}</h1>")
    page = owner.post(page_of(newsletter), form_of(newsletter, design="own", own_mjml=source), follow=True)
    newsletter.refresh_from_db()
    assert newsletter.design == "own"
    assert 'class="warning"' in page.content.decode()


def test_the_template_of_an_edition_is_frozen_with_it(owner: Client, newsletter: Newsletter) -> None:
    Newsletter.objects.filter(pk=newsletter.pk).update(design="own", own_mjml=EXAMPLE.read_text())
    newsletter.refresh_from_db()
    make_reader(newsletter.mailing_list)
    edition = queue(make_edition(newsletter))
    Newsletter.objects.filter(pk=newsletter.pk).update(own_mjml="<mjml></mjml>")
    edition.refresh_from_db()
    assert snapshot.content_of(edition).own_mjml == EXAMPLE.read_text()
