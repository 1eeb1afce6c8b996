"""The articles of an installation that had no search."""

from __future__ import annotations

from django.db import migrations

from newsletters.articles.searching import words_of


def index(apps, schema_editor):
    article, text = (apps.get_model("newsletters", name) for name in ("Article", "ArticleText"))
    for each in article.objects.prefetch_related("authors").iterator(chunk_size=200):
        text.objects.create(article=each, **words_of(each, [author.name for author in each.authors.all()]))


class Migration(migrations.Migration):
    dependencies = [("newsletters", "0005_texts_for_the_search")]

    operations = [migrations.RunPython(index, migrations.RunPython.noop)]
