"""The articles of an edition that makes itself, under a heading for each topic.

The lead stands first, under no heading, and then what is on none of the newsletter's topics: behind the last section it
would look like a part of it. An article on several topics stands under the first of them, in the order of the topics.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from newsletters.editions.drafts import Block, articles
from newsletters.models import Article
from newsletters.rendering import merge
from subscribers.models import Topic


def in_sections(chosen: Sequence[Article], topic_ids: Collection[int], lead_id: int) -> tuple[Block, ...]:
    """`topic_ids` are those that the newsletter is limited to; none: every topic has a section. Where all articles but
    the lead would stand under one heading, there is none."""
    lead = [article.pk for article in chosen if article.pk == lead_id]
    others: list[int] = []
    sections: dict[Topic, list[int]] = {}
    for article in chosen:
        if article.pk == lead_id:
            continue
        topics = [topic for topic in article.topics.all() if not topic_ids or topic.pk in topic_ids]
        if topics:
            sections.setdefault(min(topics, key=_place), []).append(article.pk)
        else:
            others.append(article.pk)
    if len(sections) < 2 and not others:
        return articles([article.pk for article in chosen])
    blocks = [*articles(lead + others)]
    for topic in sorted(sections, key=_place):
        blocks += [Block(kind="heading", headline=_heading_of(topic)), *articles(sections[topic])]
    return tuple(blocks)


def _place(topic: Topic) -> tuple[int, str]:
    return topic.position, topic.name


def _heading_of(topic: Topic) -> str:
    """Headings have merge fields: the name of a topic never is one."""
    return merge.as_fallback(topic.name) if merge.has_braces(topic.name) else topic.name
