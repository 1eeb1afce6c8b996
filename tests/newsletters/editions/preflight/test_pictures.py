"""No mail goes out with a picture that isn't there yet."""

from __future__ import annotations

import pytest

from newsletters.articles.pictures import picture_path
from newsletters.editions import preflight, snapshot, transitions
from newsletters.models import Article, Edition, EditionItem, Newsletter, Picture
from tests.factories import make_edition, queue
from tests.images import stored_picture
from tests.newsletters.editions.preflight.conftest import codes

PREPARING, FAILED = Picture.State.PREPARING, Picture.State.FAILED


def with_lead(edition: Edition, picture: Picture) -> Article:
    article = Article.objects.get(edition_items__edition=edition)
    Article.objects.filter(pk=article.pk).update(lead_picture=picture)
    return article


@pytest.mark.parametrize(("state", "code"), [(PREPARING, "picture_preparing"), (FAILED, "picture_failed")])
def test_the_picture_of_an_article(newsletter: Newsletter, state: str, code: str) -> None:
    edition = make_edition(newsletter)
    picture = stored_picture()
    article = with_lead(edition, picture)
    assert codes(edition) == set()
    Picture.objects.update(state=state)
    (finding,) = preflight.check(edition)
    assert (finding.code, finding.field) == (code, f"page.{article.pk}")
    assert article.title in finding.message
    with pytest.raises(transitions.NotReady):
        queue(edition)
    assert snapshot.of_edition(edition).blocks[0].article.picture is None  # type: ignore[union-attr]
    EditionItem.objects.update(without_picture=True)
    assert codes(edition) == set()


def test_one_that_is_being_prepared_is_waited_for_and_never_overridden(newsletter: Newsletter) -> None:
    edition = make_edition(newsletter)
    with_lead(edition, stored_picture())
    Picture.objects.update(state=PREPARING)
    (finding,) = preflight.check(edition)
    assert not finding.overridable
    Picture.objects.update(state=FAILED)
    (finding,) = preflight.check(edition)
    assert finding.overridable


def test_pictures_of_blocks_texts_and_the_logo(newsletter: Newsletter) -> None:
    edition = make_edition(newsletter)
    own, logo, written = stored_picture(300), stored_picture(301), stored_picture(302)
    EditionItem.objects.update(picture=own)
    Newsletter.objects.update(logo=logo)
    Edition.objects.update(introduction=f'<p>Hello <img src="{picture_path(written, 1200)}" alt="x"></p>')
    edition = Edition.objects.get()
    Picture.objects.update(state=PREPARING)
    found = {finding.field for finding in preflight.check(edition) if finding.code == "picture_preparing"}
    assert found == {"block.0", "newsletter.logo", "introduction"}
    assert snapshot.of_edition(edition).logo is None
    Picture.objects.update(state=Picture.State.READY)
    again = preflight.check(Edition.objects.get())
    assert not any(finding.code.startswith("picture_") for finding in again)
