"""An edition's number is given when it begins, in the transaction that begins it: the archive has no gaps."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import IntegrityError, connection
from django.utils import timezone

from newsletters.delivery.engine import freezing
from newsletters.editions import numbering, transitions
from newsletters.editions.fingerprint import fingerprint
from newsletters.editions.loading import LoadedEdition
from newsletters.models import Edition, Newsletter, Variant
from newsletters.rendering.content import digest_of_json
from tests.factories import begin, give_number, make_edition, make_list, make_newsletter, make_reader, queue, start

pytestmark = [pytest.mark.django_db, pytest.mark.either_database]


@pytest.fixture
def newsletter() -> Newsletter:
    return with_reader()


def with_reader() -> Newsletter:
    mailing_list = make_list()
    make_reader(mailing_list)
    return make_newsletter(mailing_list, name="Letters")


def numbers() -> list[int | None]:
    return [edition.number for edition in Edition.objects.order_by("pk")]


def test_numbers_follow_the_order_of_sending_without_gaps(newsletter: Newsletter) -> None:
    first, cancelled, second, _draft = (make_edition(newsletter, subject="{{ number }}. letter") for _ in range(4))
    assert numbers() == [None] * 4
    queue(cancelled)
    transitions.cancel(cancelled.pk, by="Ada")
    assert start(second).number == 1
    assert start(first).number == 2
    assert numbers() == [2, None, 1, None]
    slugs = Edition.objects.exclude(slug=None).order_by("pk").values_list("slug", flat=True)
    assert list(slugs) == ["letters-2", "letters-1"]
    assert str(start(_draft)) == "Letters 3"


def test_what_is_scheduled_has_none_yet(newsletter: Newsletter) -> None:
    later = queue(make_edition(newsletter), send_at=timezone.now() + timedelta(days=1))
    assert (later.number, later.slug, str(later)) == (None, None, "Letters")
    assert start(make_edition(newsletter)).number == 1


def test_undone_it_has_none_and_leaves_no_gap(newsletter: Newsletter) -> None:
    edition = queue(make_edition(newsletter))
    assert transitions.undo_send(edition.pk, by="Ada").number is None
    assert start(make_edition(newsletter)).number == 1


def test_the_mail_says_the_number_that_was_given(newsletter: Newsletter) -> None:
    edition = make_edition(newsletter, subject="No. {{ number }} of {{ newsletter }}")
    expected = LoadedEdition(edition).content
    assert (expected.number, expected.path) == (1, "/archive/letters-1/")
    edition = queue(edition)
    start(make_edition(newsletter))
    assert freezing.start(edition.pk)
    edition.refresh_from_db()
    assert (edition.number, edition.path) == (2, "/archive/letters-2/")
    assert edition.snapshot is not None
    assert (edition.snapshot["number"], edition.snapshot["path"]) == (2, "/archive/letters-2/")
    assert digest_of_json(edition.snapshot) == edition.content_hash
    variant = Variant.objects.get(edition=edition)
    assert variant.subject == "No. 2 of Letters"
    assert "/archive/letters-2/" in variant.html
    assert "/archive/letters-2/" in variant.text


def test_a_number_is_no_edit(newsletter: Newsletter) -> None:
    edition = make_edition(newsletter)
    before = LoadedEdition(edition).fingerprint
    start(make_edition(newsletter))
    assert LoadedEdition(edition).fingerprint == before
    assert fingerprint(LoadedEdition(give_number(edition)).content) == before


def test_newsletters_count_for_themselves(newsletter: Newsletter) -> None:
    other = make_newsletter(newsletter.mailing_list, name="Papers")
    assert (start(make_edition(newsletter)).number, start(make_edition(other)).number) == (1, 1)


def test_an_address_that_is_taken_gets_another(newsletter: Newsletter) -> None:
    start(make_edition(newsletter))
    other = make_newsletter(newsletter.mailing_list, name="Papers")
    Newsletter.objects.filter(pk=newsletter.pk).update(slug="old-letters")
    Newsletter.objects.filter(pk=other.pk).update(slug="letters")
    assert start(make_edition(Newsletter.objects.get(pk=other.pk))).slug == "letters-1-2"


def test_a_number_that_another_got_first_starts_anew(newsletter: Newsletter, monkeypatch: pytest.MonkeyPatch) -> None:
    edition = queue(make_edition(newsletter))
    other = make_edition(newsletter)
    give = numbering.number_to_give

    def late(edition: Edition) -> numbering.EditionNumber:
        number = give(edition)
        give_number(other)
        return number

    monkeypatch.setattr(freezing, "number_to_give", late)
    assert not freezing.start(edition.pk)
    edition.refresh_from_db()
    assert (edition.status, edition.number, edition.trouble) == ("queued", None, "")
    monkeypatch.undo()
    assert freezing.start(edition.pk)
    edition.refresh_from_db()
    assert edition.number == 2


def test_the_database_lets_nothing_go_out_without_one(newsletter: Newsletter) -> None:
    edition = make_edition(newsletter)
    with pytest.raises(IntegrityError):
        Edition.objects.filter(pk=edition.pk).update(frozen_at=timezone.now())


@pytest.mark.django_db(transaction=True)
def test_two_that_begin_at_once_get_different_numbers() -> None:
    newsletter = with_reader()
    editions = [queue(make_edition(newsletter)) for _ in range(2)]
    together = Barrier(2, timeout=20)

    def begin_one(edition: Edition) -> bool:
        try:
            number = numbering.number_to_give(edition)
            together.wait()
            content = number.put_into(LoadedEdition(edition).content)
            return freezing._begin(edition, 1, 0, number, content)
        except freezing.NumberTaken:
            return False
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        begun = list(pool.map(begin_one, editions))
    assert sorted(begun) == [False, True]
    waiting = Edition.objects.get(status=Edition.Status.QUEUED)
    assert begin(waiting, candidates=1)
    assert sorted(number or 0 for number in numbers()) == [1, 2]
