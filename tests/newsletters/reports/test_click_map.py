"""The mail with clicks in it: each link's number once, where its words are, and nothing else changed."""

from __future__ import annotations

from dataclasses import replace

from newsletters.reports.click_map import with_clicks
from newsletters.reports.edition_report import ReportedLink


def link(number: int, url: str, clicks: int, share: float) -> ReportedLink:
    return ReportedLink(number, "", url, clicks, 0, share, url)


LINKS = [link(1, "https://a.example/?x=1&y=2", 1204, 0.75), link(2, "https://b.example/", 401, 0.25)]
MAIL = (
    '<html><head></head><body><a href="https://a.example/?x=1&amp;y=2"><img alt="" src="/p.jpg"></a>'
    '<a style="color:#000" href="https://a.example/?x=1&amp;y=2">A <b>headline</b></a>'
    '<a href="https://a.example/?x=1&amp;y=2">Read more</a>'
    '<a href="https://unsubscribe.example/">Unsubscribe</a><a href="https://b.example/"><img alt="B" src="b.jpg"></a>'
    "</body></html>"
)


def test_the_number_of_a_link_stands_once_at_its_first_words() -> None:
    shown = with_clicks(MAIL, LINKS)
    assert shown.count("1,204 · 75%") == 1
    assert 'A <b>headline</b><span class="clicked clicked-4" role="img" aria-label="1,204 clicks, 75%">' in shown


def test_a_link_that_is_only_a_picture_has_its_number_beside_the_picture() -> None:
    assert '<img alt="B" src="b.jpg"><span class="clicked clicked-1"' in with_clicks(MAIL, LINKS)


def test_links_that_are_not_counted_stay_as_they_are() -> None:
    assert '<a href="https://unsubscribe.example/">Unsubscribe</a>' in with_clicks(MAIL, LINKS)


def test_where_nobody_clicked_each_link_says_so() -> None:
    shown = with_clicks(MAIL, [link(1, "https://b.example/", 0, 0.0)])
    assert 'aria-label="0 clicks, 0%">0 · 0%</span>' in shown


def test_links_lead_into_a_window_of_their_own_and_say_nothing_of_the_report() -> None:
    shown = with_clicks(MAIL, LINKS)
    assert '<base target="_blank"><meta name="referrer" content="no-referrer">' in shown


def test_links_that_were_mended_keep_their_numbers_also_when_they_lead_to_one_place() -> None:
    now = "https://right.example/"
    shown = with_clicks(MAIL, [replace(each, url=now) for each in LINKS])
    assert "1,204 · 75%" in shown
    assert "401 · 25%" in shown
