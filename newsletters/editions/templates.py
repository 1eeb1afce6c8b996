"""Templates: an arrangement that was found once, to begin the next editions from.

A template keeps words and blocks; its articles are left out, and the new ones go to the place where the first of them
stood. Where a section's heading is the name of a topic, new articles on that topic go into that section instead.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from lib.characters import one_line
from lib.entities import typed_text
from newsletters.blocks.registry import kind_of
from newsletters.editions.drafts import Block, Draft, draft_of, still_there
from newsletters.editions.subjects import subject_of
from newsletters.editions.transitions import Refused
from newsletters.models import Article, Edition, EditionTemplate, Newsletter
from newsletters.models.editions import ARTICLE, new_key

Arrange = Callable[[Sequence[Article]], Sequence[Block]]


def save_template(edition: Edition, name: str, *, by: str = "") -> EditionTemplate:
    """A template of what is saved. Raises `Refused` for a name that is empty or taken."""
    name = one_line(typed_text(name))[:80]
    if not name:
        raise Refused(_("Give the template a name that others will recognise."))
    draft = draft_of(edition)
    if draft.subject == subject_of(edition.newsletter, edition.cutoff_at or edition.created_at):
        draft = replace(draft, subject="")  # with this edition's date in it: the next one has its own
    blocks = tuple(block for block in draft.blocks if block.kind != ARTICLE)
    kinds = [block.kind for block in draft.blocks]
    articles_at = kinds.index(ARTICLE) if ARTICLE in kinds else len(blocks)
    try:
        with transaction.atomic():
            return EditionTemplate.objects.create(
                newsletter=edition.newsletter,
                name=name,
                draft=replace(draft, blocks=blocks).to_json(),
                articles_at=articles_at,
                made_by=by[:150],
            )
    except IntegrityError:
        taken = _("%(newsletter)s already has a template “%(name)s”. Choose another name, or delete that one.")
        raise Refused(taken % {"newsletter": edition.newsletter, "name": name}) from None


def usual(newsletter: Newsletter) -> EditionTemplate | None:
    """The one that editions begin from which are made by themselves."""
    return newsletter.templates.filter(is_usual=True).first()


def one_after_another(articles: Sequence[Article]) -> Sequence[Block]:
    return tuple(Block(article_id=article.pk) for article in articles)


def draft_from(template: EditionTemplate, articles: Iterable[Article], arrange: Arrange = one_after_another) -> Draft:
    """The template's words and blocks, each with a key of its own, and these articles in their places: those that no
    section of it takes as `arrange` has them."""
    draft = still_there(Draft.from_json(template.draft))
    blocks = [replace(block, key=new_key()) for block in draft.blocks]
    headings = {b.headline.strip().casefold(): b.key for b in blocks if kind_of(b.kind).begins_section}
    into: dict[str, list[Block]] = {}
    rest: list[Article] = []
    for article in articles:
        names = [topic.name.casefold() for topic in article.topics.all()]
        heading = next((headings[name] for name in names if name in headings), None)
        if heading is None:
            rest.append(article)
        else:
            into.setdefault(heading, []).append(Block(article_id=article.pk))
    return replace(draft, blocks=tuple(_placed(blocks, into, arrange(rest), template.articles_at)))


def _placed(
    blocks: Sequence[Block], into: dict[str, list[Block]], rest: Sequence[Block], articles_at: int
) -> Iterable[Block]:
    for place, block in enumerate(blocks):
        if place == articles_at:
            yield from rest
        yield block
        yield from into.get(block.key, ())
    if articles_at >= len(blocks):
        yield from rest
