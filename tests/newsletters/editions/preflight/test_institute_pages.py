"""Before the first edition preflight asks for the pages that a publisher owes; later it asks no more."""

from __future__ import annotations

import pytest
from django.utils import timezone

from newsletters.editions import preflight
from newsletters.models import Edition, Newsletter, Page
from tests.factories import give_number, make_edition, make_page
from tests.newsletters.editions.preflight.conftest import codes, warnings


def test_a_missing_page_is_named_with_its_place_and_blocks_nothing(newsletter: Newsletter) -> None:
    Page.objects.filter(kind="imprint").delete()
    (finding,) = preflight.check(make_edition(newsletter))
    assert (finding.code, finding.blocking, finding.field) == ("page_imprint", False, "institute_page.imprint")
    assert finding.message.startswith("Your site has no page “imprint”.")


@pytest.mark.parametrize("kind", ["privacy", "about", "contact"])
def test_a_page_that_was_begun_is_to_be_finished(newsletter: Newsletter, kind: str) -> None:
    Page.objects.filter(kind=kind).delete()
    make_page(kind=kind, title="Begun", status="draft", body="")
    edition = make_edition(newsletter)
    assert warnings(edition) == {f"page_{kind}"} and codes(edition) == set()


def test_one_language_that_is_published_is_enough(newsletter: Newsletter) -> None:
    make_page(slug="khususiya", language="ar", status="draft")
    assert warnings(make_edition(newsletter)) == set()


def test_after_the_first_edition_nobody_is_asked_again(newsletter: Newsletter) -> None:
    Page.objects.all().delete()
    edition = make_edition(newsletter)
    assert warnings(edition) == {"page_privacy", "page_imprint"}
    sent = give_number(make_edition(newsletter))
    Edition.objects.filter(pk=sent.pk).update(frozen_at=timezone.now())
    assert not {"page_privacy", "page_imprint"} & warnings(edition)


def test_pages_of_your_own_are_your_own_business(newsletter: Newsletter) -> None:
    make_page(kind="other", title="Jobs", status="draft", body="")
    assert warnings(make_edition(newsletter)) == set()
