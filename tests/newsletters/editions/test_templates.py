"""Templates: words and blocks kept without articles, and new articles in their places."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from newsletters.editions import composing, drafts, editing, templates
from newsletters.editions.drafts import Block, Draft
from newsletters.editions.transitions import Refused
from newsletters.models import Edition, EditionTemplate, Newsletter, Occurrence, Picture
from tests.factories import make_article, make_edition, make_newsletter, make_topic

pytestmark = pytest.mark.django_db


@pytest.fixture
def newsletter() -> Newsletter:
    return make_newsletter(name="Letters")


def heading(words: str) -> Block:
    return Block(kind="heading", headline=words)


def text(words: str) -> Block:
    return Block(kind="text", html=f"<p>{words}</p>")


@pytest.fixture
def arranged(newsletter: Newsletter) -> Edition:
    """Hello, an article, a section East, a farewell."""
    edition = make_edition(newsletter)
    (article,) = drafts.draft_of(edition).blocks
    blocks = (text("Hello"), article, heading("East"), text("Farewell"))
    return editing.save(edition.pk, Draft("Our week", "", "<p>Dear you</p>", blocks), revision=edition.revision)


def said(edition: Edition) -> list[str]:
    return [item.article.title if item.article else item.headline or item.html for item in edition.items.all()]


def test_new_articles_go_where_the_articles_stood_and_into_the_section_of_their_topic(
    newsletter: Newsletter, arranged: Edition
) -> None:
    template = templates.save_template(arranged, " Our   week ", by="Ada")
    east = make_topic(name="east")
    articles = [make_article(title="Sunrise", topics=[east]), make_article(title="Noon")]
    edition = composing.compose(newsletter, articles=articles, template=template)
    assert said(edition) == ["<p>Hello</p>", "Noon", "East", "Sunrise", "<p>Farewell</p>"]
    assert (edition.subject, edition.introduction) == ("Our week", "<p>Dear you</p>")
    assert template.name == "Our week"


def test_an_edition_from_a_template_shares_nothing_with_the_next(newsletter: Newsletter, arranged: Edition) -> None:
    template = templates.save_template(arranged, "Week")
    one, two = (composing.compose(newsletter, articles=[], template=template) for _time in range(2))
    keys = [item.key for item in one.items.all()]
    assert not set(keys) & {item.key for item in two.items.all()}
    editing.reword(one, subject="Other")
    assert Edition.objects.get(pk=two.pk).subject == "Our week"


def test_without_articles_of_its_own_a_template_has_them_at_the_end(newsletter: Newsletter) -> None:
    edition = make_edition(newsletter)
    edition = editing.save(edition.pk, Draft("x", blocks=(text("Hello"),)), revision=edition.revision)
    made = composing.compose(
        newsletter, articles=[make_article(title="Noon")], template=templates.save_template(edition, "T")
    )
    assert said(made) == ["<p>Hello</p>", "Noon"]


def test_a_subject_that_the_template_leaves_open_is_the_newsletters(newsletter: Newsletter, arranged: Edition) -> None:
    draft = replace(drafts.draft_of(Edition.objects.get(pk=arranged.pk)), subject="")
    editing.save(arranged.pk, draft, revision=arranged.revision)
    template = templates.save_template(Edition.objects.get(pk=arranged.pk), "Week")
    assert composing.compose(newsletter, articles=[], template=template).subject.startswith("Letters")


def test_a_template_outlives_its_picture(newsletter: Newsletter) -> None:
    picture = Picture.objects.create(alt="A tower", file="pictures/ab/x.png", width=10, height=10)
    edition = make_edition(newsletter)
    shown = Block(kind="picture", picture_id=picture.pk)
    edition = editing.save(edition.pk, Draft("x", blocks=(shown,)), revision=edition.revision)
    template = templates.save_template(edition, "Week")
    Edition.objects.all().delete()
    picture.delete()
    made = composing.compose(newsletter, articles=[], template=template)
    assert [item.picture_id for item in made.items.all()] == [None]


def test_the_number_of_an_edition_does_not_become_the_templates(newsletter: Newsletter) -> None:
    newsletter.subject_template = "{{ newsletter }} {{ number }}"
    newsletter.save()
    template = templates.save_template(make_edition(newsletter), "Week")
    assert composing.compose(newsletter, articles=[], template=template).subject == "Letters {{ number }}"


@pytest.mark.parametrize("name", ["", "   "])
def test_a_template_needs_a_name(arranged: Edition, name: str) -> None:
    with pytest.raises(Refused, match="Give the template a name"):
        templates.save_template(arranged, name)


def test_a_name_that_is_taken_is_said_so(arranged: Edition) -> None:
    templates.save_template(arranged, "Week")
    with pytest.raises(Refused, match="already has a template “Week”"):
        templates.save_template(arranged, "Week")


def test_an_edition_that_makes_itself_begins_from_the_usual_template(newsletter: Newsletter, arranged: Edition) -> None:
    templates.save_template(arranged, "Other")
    usual = templates.save_template(arranged, "Week")
    EditionTemplate.objects.filter(pk=usual.pk).update(is_usual=True)
    make_article(title="Noon")
    now = timezone.now()
    occurrence = Occurrence.objects.create(newsletter=newsletter, nominal="n", due_at=now, state=Occurrence.State.MADE)
    made = composing.compose(newsletter, cutoff=now, occurrence=occurrence)
    assert said(made)[0] == "<p>Hello</p>"
    assert "Noon" in said(made)


# --- In the admin -------------------------------------------------------------------------------------------------
@pytest.fixture
def staff(admin_client: Client) -> Client:
    return admin_client


def test_a_template_is_kept_on_the_page_of_a_draft_and_begun_from(
    staff: Client, newsletter: Newsletter, arranged: Edition
) -> None:
    page: Any = staff.post(
        f"/admin/newsletters/edition/{arranged.pk}/template/", {"name": "Our week"}, follow=True
    ).content.decode()
    assert "Template “Our week” was saved" in page
    template = EditionTemplate.objects.get()
    assert "the template “Our week”" in staff.get("/admin/newsletters/edition/add/").content.decode()
    staff.post(
        "/admin/newsletters/edition/add/", {"newsletter": newsletter.pk, f"template-{newsletter.pk}": template.pk}
    )
    assert "<p>Farewell</p>" in said(Edition.objects.latest("pk"))


def test_only_one_template_of_a_newsletter_is_the_usual_one(staff: Client, arranged: Edition) -> None:
    one, two = templates.save_template(arranged, "One"), templates.save_template(arranged, "Two")
    for template in (one, two):
        answer = staff.post(
            f"/admin/newsletters/editiontemplate/{template.pk}/change/", {"name": template.name, "is_usual": "on"}
        )
        assert answer.status_code == 302
    assert list(EditionTemplate.objects.filter(is_usual=True)) == [two]
