"""Going back to before segments: what is for some readers alone never becomes for everybody."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.management import CommandError

from newsletters.models import Edition, EditionItem
from tests.factories import make_edition, make_list, make_newsletter
from tests.migrating import migrate_back, migrate_to_newest

pytestmark = pytest.mark.django_db(transaction=True)
BEFORE_BLOCKS, BEFORE_AUDIENCES = "0054_revisions_of_pages", "0052_digests"


@pytest.fixture(autouse=True)
def _newest_again() -> Iterator[None]:
    yield
    migrate_to_newest()


def narrowed_edition(what: str, status: str = "draft") -> Edition:
    edition = make_edition(make_newsletter(make_list()))
    if what == "block":
        EditionItem.objects.update(only_segment=7)
    else:
        Edition.objects.update(**{what: [7]})
    Edition.objects.update(status=status)
    return edition


@pytest.mark.parametrize(
    ("what", "target"),
    [("block", BEFORE_BLOCKS), ("include_segments", BEFORE_AUDIENCES), ("exclude_segments", BEFORE_AUDIENCES)],
)
def test_an_edition_that_may_yet_be_sent_is_named_and_nothing_is_changed(what: str, target: str) -> None:
    edition = narrowed_edition(what)
    with pytest.raises(CommandError, match=rf"before segments.*edition ID {edition.pk}\)") as refused:
        migrate_back("newsletters", target)
    assert "Everybody on the list would get them" in str(refused.value)
    if what == "block":
        assert EditionItem.objects.get().only_segment == 7
    else:
        migrate_to_newest()  # the way back goes one step at a time
        assert getattr(Edition.objects.get(), what) == [7]


def test_what_is_over_or_for_everybody_keeps_nobody_from_going_back() -> None:
    narrowed_edition("block", "cancelled")
    Edition.objects.update(include_segments=[7])
    make_edition(make_newsletter(make_list(name="Another")))
    apps = migrate_back("newsletters", BEFORE_AUDIENCES)
    assert apps.get_model("newsletters", "Edition").objects.count() == 2


def test_no_more_than_a_few_are_named() -> None:
    for _ in range(7):
        narrowed_edition("block")
    with pytest.raises(CommandError, match=r"edition ID (\d+, ){4}\d+ and others\)"):
        migrate_back("newsletters", BEFORE_BLOCKS)
