"""Which of the new articles an edition has by its newsletter's rule, and which of them leads.

The lead is the article that is pinned for the newsletter, while it is new; else the newest one, or the one that people
clicked most in emails so far (of other newsletters, since no edition of this one had it). The site counts no visits, so
clicks in emails are all that is known of readers. The newest others follow, up to the newsletter's maximum.
"""

from __future__ import annotations

from datetime import datetime

from django.db.models import Sum

from newsletters.editions.new_articles import find_new_articles
from newsletters.models import Article, CountedLink, Newsletter
from newsletters.models.articles import ArticleQuerySet


def choose_articles(newsletter: Newsletter, cutoff: datetime) -> list[Article]:
    """The lead first."""
    new = find_new_articles(newsletter, cutoff).prefetch_related("topics")
    lead = _lead_of(newsletter, new)
    if lead is None:
        return list(new[: newsletter.at_most])
    return [lead, *new.exclude(pk=lead.pk)[: newsletter.at_most - 1]]


def _lead_of(newsletter: Newsletter, new: ArticleQuerySet) -> Article | None:
    """None where the newest leads."""
    if newsletter.pinned_article_id is not None:
        pinned = new.filter(pk=newsletter.pinned_article_id).first()
        if pinned is not None:
            return pinned
    if newsletter.lead_rule != Newsletter.LeadRule.MOST_READ:
        return None
    clicked = CountedLink.objects.filter(article__in=new.order_by().values("pk"), people__gt=0)
    by_clicks = clicked.order_by().values("article").annotate(followed=Sum("people"))
    ranked = by_clicks.order_by("-followed", "-article__published_at", "-article")
    most = ranked.values_list("article", flat=True).first()
    return new.filter(pk=most).first() if most is not None else None
