"""The page of an article: what stands above, within and below the text."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from newsletters.models import Article
from tests.factories import make_article, make_list, make_topic
from tests.newsletters.site.test_pages import get

pytestmark = [pytest.mark.django_db, pytest.mark.either_database]


def test_one_topic_stands_above_a_headline_and_all_of_them_at_the_end_of_the_text(client: Client) -> None:
    us, africa = make_topic(name="US"), make_topic(name="Africa")
    make_article(slug="both", topics=[us, africa])
    html = get(client, "/articles/both/")
    assert re.findall(r'class="kicker">(.*?)</p>', html)[0].count("<a ") == 1
    assert html.partition("Filed under")[2].partition("</p>")[0].count("<a ") == 2


def test_the_form_stands_after_the_article_and_a_long_text_leads_to_it(client: Client) -> None:
    make_list(name="IRIA News")
    thought = "<h2>Why</h2><p>" + "word " * 150 + "</p>"
    make_article(slug="long", body="<p>First.</p>" + thought * 4)
    Article.objects.filter(slug="long").update(word_count=600)
    make_article(slug="short", body="<p>First.</p>" + thought)
    html = get(client, "/articles/long/")
    text, _end, after = html.partition('<footer class="article__end">')
    assert text.count('class="aside-invitation"') == 1
    assert text.partition("aside-invitation")[0].count("<h2>Why") == 1
    assert after.index("signup-title") < after.index('id="comments"')
    assert "aside-invitation" not in get(client, "/articles/short/")
