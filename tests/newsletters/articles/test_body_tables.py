"""Tables and code on a page of the site: wide ones scroll in a box that the keyboard reaches."""

from __future__ import annotations

from django.utils.safestring import mark_safe

from newsletters.articles.body_tables import with_scroll_boxes
from newsletters.articles.writing import clean_body


def shown(html: str) -> str:
    return with_scroll_boxes(mark_safe(clean_body(html)))


def test_a_table_scrolls_in_a_box_named_by_its_caption() -> None:
    table = "<table><caption>Aid <em>by</em> year &amp; “place”</caption><tbody><tr><td>1</td></tr></tbody></table>"
    assert shown(f"<p>a</p>{table}<p>b</p>") == (
        '<p>a</p><div class="wide" role="region" tabindex="0" aria-label="Aid by year &amp;amp; “place”">'
        f"{table}</div><p>b</p>"
    ).replace("&amp;amp;", "&amp;")


def test_without_a_caption_it_says_that_it_is_a_table_and_boxes_close_where_tables_are_nested() -> None:
    html = shown("<table><tr><td><table><tr><td>1</td></tr></table></td></tr></table>")
    assert html.count('<div class="wide" role="region" tabindex="0" aria-label="Table">') == 2
    assert html.count("</table></div>") == 2


def test_code_is_reached_by_the_keyboard() -> None:
    assert shown("<pre>x</pre>") == '<pre tabindex="0">x</pre>'
