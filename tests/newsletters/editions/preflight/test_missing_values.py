"""A text names an attribute: is there one, and do its readers have it?"""

from __future__ import annotations

from datetime import timedelta

from django.core.cache import cache
from django.utils import timezone

from newsletters.editions import preflight
from newsletters.models import Edition, Newsletter
from subscribers.models import Subscriber
from tests.factories import make_attribute, make_edition, make_reader
from tests.newsletters.editions.preflight.conftest import codes


def said(edition: Edition) -> list[str]:
    cache.clear()
    return [finding.message for finding in preflight.check(edition) if finding.code == "no_value"]


def test_readers_without_a_value_are_counted_where_nothing_stands_instead(newsletter: Newsletter) -> None:
    city = make_attribute("city")
    edition = make_edition(newsletter, subject="Good morning, {{ city }}")
    (sentence,) = said(edition)
    assert sentence.startswith("1 reader has no value for “City”")

    there, _lacks, paused = (make_reader(newsletter.mailing_list) for _ in range(3))
    Subscriber.objects.filter(pk=there.pk).update(attributes={"city": "Oslo"})
    Subscriber.objects.filter(pk=paused.pk).update(paused_until=timezone.now() + timedelta(days=9))
    (sentence,) = said(edition)
    assert sentence.startswith("2 readers have no value for “City”")

    city.default = "your city"
    city.save()
    assert said(edition) == []


def test_a_fallback_is_enough(newsletter: Newsletter) -> None:
    make_attribute("city")
    assert said(make_edition(newsletter, subject="Good morning, {{ city|everybody }}")) == []


def test_an_attribute_that_is_not_there_blocks(newsletter: Newsletter) -> None:
    edition = make_edition(newsletter, introduction="<p>Good morning, {{ city|you }}</p>")
    assert "merge_field" in codes(edition)
    make_attribute("city")
    assert codes(edition) == set()
