"""Comments that readers could see where an article was; they come along approved, with name and date, and without an
address."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from lib.characters import without_controls
from lib.entities import typed_text
from newsletters.models import Article, Comment

_LONGEST = 3000  # characters
BY = "archive"


def bring_comments(article: Article, comments: Iterable[dict[str, str]]) -> int:
    """Within the transaction that makes the article, in a few statements however many there are. Answers to answers
    belong to the comment that began the thread. Returns how many there were."""
    made: list[Comment] = []
    by_key: dict[str, Comment] = {}
    for said in sorted(comments, key=lambda each: each["written"]):
        text = without_controls(typed_text(said["text"])).strip()[:_LONGEST]
        if not text:
            continue
        parent = by_key.get(said["parent"])
        comment = Comment(
            article=article, parent=(parent.parent or parent) if parent else None,
            name=typed_text(said["author"]).strip()[:80] or "Anonymous", email="", text=text,
            state=Comment.State.APPROVED, decided_at=datetime.fromisoformat(said["written"]), decided_by=BY,
        )  # fmt: skip
        made.append(comment)
        by_key[said["key"]] = comment
    Comment.objects.bulk_create([each for each in made if each.parent is None])
    Comment.objects.bulk_create([each for each in made if each.parent is not None])
    for each in made:
        each.created_at = each.decided_at or each.created_at  # a new row says the present moment
    Comment.objects.bulk_update(made, ["created_at"], batch_size=500)
    return len(made)
