"""What an article says, in plain words, for the search."""

from __future__ import annotations

from django.db import models

from newsletters.models.articles import Article


class ArticleText(models.Model):
    """Kept up by newsletters.articles.searching, never edited.

    The index itself is outside of Django's models, since each database has its own kind: on PostgreSQL a generated
    column `document` (tsvector) with a GIN index, on SQLite an FTS5 table over this one, kept up by triggers. A
    migration that changes this table must look after both: on SQLite Django rebuilds a table that it alters, and the
    triggers of the old one are gone.
    """

    article = models.OneToOneField(Article, on_delete=models.CASCADE, related_name="text")
    title = models.TextField()
    summary = models.TextField()
    authors = models.TextField()
    body = models.TextField()
    folded = models.TextField()  # every word that has diacritics, once more without them

    def __str__(self) -> str:
        return self.title
