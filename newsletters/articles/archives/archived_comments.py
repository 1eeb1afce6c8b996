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
    """Within the transaction that makes the article. Answers to answers belong to the comment that began the thread.
    Returns how many there were."""
    made: dict[str, Comment] = {}
    for said in sorted(comments, key=lambda each: each["written"]):
        text = without_controls(typed_text(said["text"])).strip()[:_LONGEST]
        if not text:
            continue
        parent = made.get(said["parent"])
        written = datetime.fromisoformat(said["written"])
        comment = Comment.objects.create(
            article=article, parent=(parent.parent or parent) if parent else None,
            name=typed_text(said["author"]).strip()[:80] or "Anonymous", email="", text=text,
            state=Comment.State.APPROVED, decided_at=written, decided_by=BY,
        )  # fmt: skip
        Comment.objects.filter(pk=comment.pk).update(created_at=written)
        made[said["key"]] = comment
    return len(made)
