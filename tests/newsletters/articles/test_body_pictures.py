"""Pictures in the text get their renditions, caption and credit when they are shown."""

from __future__ import annotations

import pytest
from django.conf import settings
from pytest_django import DjangoAssertNumQueries

from newsletters.articles.body_pictures import absolute, show_pictures
from newsletters.articles.pictures import picture_path
from newsletters.articles.writing import clean_body
from newsletters.models import Picture
from tests.images import stored_picture

pytestmark = pytest.mark.django_db


def figure(picture: Picture, inside: str = "", alt: str = "") -> str:
    return clean_body(f'<figure><img src="{picture_path(picture, 640)}" alt="{alt}">{inside}</figure>')


def test_a_picture_gets_renditions_size_caption_and_credit() -> None:
    shown = show_pictures(figure(stored_picture(2000, 1000, alt="Ships", caption="At <sea>", credit="IRIA")))
    assert 'alt="Ships" loading="lazy"' in shown
    assert shown.count("/media/pictures/") == 5
    assert 'width="1280" height="640"' in shown
    assert '<figcaption>At &lt;sea&gt; <bdi class="credit">(Image credit: IRIA)</bdi></figcaption>' in shown


def test_what_the_editor_wrote_beside_it_goes_before_the_pictures_own_words() -> None:
    picture = stored_picture(alt="Ships", caption="Stored", credit="IRIA")
    shown = show_pictures(figure(picture, "<figcaption>Written <em>here</em> (IRIA)</figcaption>", alt="Two ships"))
    assert "<figcaption>Written <em>here</em> (IRIA)</figcaption>" in shown
    assert 'alt="Two ships"' in shown
    assert "Stored" not in shown


def test_where_one_file_was_added_twice_the_id_in_the_text_decides() -> None:
    first, second = stored_picture(credit="First"), stored_picture(credit="Second")
    assert first.file == second.file
    body = f'<figure><img src="{picture_path(second, 640)}" data-picture="{second.pk}" alt="x"></figure>'
    assert "Second" in show_pictures(clean_body(body))


def test_a_picture_whose_row_is_gone_is_shown_as_it_stands() -> None:
    picture = stored_picture()
    body = figure(picture, alt="x")
    picture.delete()
    assert show_pictures(body) == body


def test_a_picture_outside_a_figure_is_made_ready_too() -> None:
    picture = stored_picture()
    assert "srcset=" in show_pictures(clean_body(f'<p><img src="{picture_path(picture, 640)}"></p>'))


def test_all_pictures_of_a_text_take_one_query_and_none_takes_none(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in (1, 6):
        body = "".join(figure(stored_picture(400 + width)) for width in range(number))
        with django_assert_num_queries(1):
            assert show_pictures(body).count("srcset=") == number
    with django_assert_num_queries(0):
        assert show_pictures("<p>No picture</p>") == "<p>No picture</p>"


def test_addresses_of_our_own_become_absolute_for_feeds() -> None:
    html = (
        '<a href="/topics/us/" rel="x">a</a><img src="/media/x.jpg">'
        '<a href="https://example.org/">b</a><a href="//c/">c</a>'
    )
    assert absolute(html) == (
        f'<a href="{settings.SITE_URL}/topics/us/" rel="x">a</a><img src="{settings.SITE_URL}/media/x.jpg">'
        '<a href="https://example.org/">b</a><a href="//c/">c</a>'
    )
