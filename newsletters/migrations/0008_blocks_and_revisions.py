import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("newsletters", "0007_comments"),
    ]

    operations = [
        migrations.CreateModel(
            name="EditionRevision",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField(verbose_name="revision")),
                ("draft", models.JSONField(verbose_name="draft")),
                ("state", models.PositiveIntegerField()),
                ("before", models.PositiveIntegerField(null=True)),
                ("undone", models.PositiveIntegerField(null=True)),
                ("saved_by", models.CharField(blank=True, max_length=150, verbose_name="saved by")),
                ("saved_at", models.DateTimeField(auto_now_add=True, verbose_name="saved")),
            ],
            options={
                "verbose_name": "revision of a draft",
                "verbose_name_plural": "revisions of drafts",
                "ordering": ["-number"],
            },
        ),
        migrations.AlterModelOptions(
            name="editionitem",
            options={
                "ordering": ["position", "pk"],
                "verbose_name": "block of the edition",
                "verbose_name_plural": "blocks of the edition",
            },
        ),
        migrations.AddField(
            model_name="editionitem",
            name="html",
            field=models.TextField(blank=True, max_length=5000, verbose_name="text"),
        ),
        migrations.AddField(
            model_name="editionitem",
            name="key",
            field=models.CharField(default="", editable=False, max_length=16),
        ),
        migrations.AddField(
            model_name="editionitem",
            name="kind",
            field=models.CharField(
                choices=[
                    ("article", "article"),
                    ("heading", "section heading"),
                    ("text", "text"),
                    ("picture", "picture"),
                    ("button", "button"),
                    ("divider", "divider"),
                    ("sponsor", "sponsor note"),
                ],
                default="article",
                max_length=8,
                verbose_name="kind",
            ),
        ),
        migrations.AddField(
            model_name="editionitem",
            name="label",
            field=models.CharField(blank=True, max_length=60, verbose_name="label"),
        ),
        migrations.AddField(
            model_name="editionitem",
            name="picture",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="newsletters.picture",
                verbose_name="picture",
            ),
        ),
        migrations.AddField(
            model_name="editionitem",
            name="url",
            field=models.CharField(blank=True, max_length=2000, verbose_name="link"),
        ),
        migrations.AddField(
            model_name="editionitem",
            name="without_picture",
            field=models.BooleanField(default=False, verbose_name="no picture"),
        ),
        migrations.AlterField(
            model_name="editionitem",
            name="article",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="edition_items",
                to="newsletters.article",
                verbose_name="article",
            ),
        ),
        migrations.AlterField(
            model_name="editionitem",
            name="headline",
            field=models.CharField(blank=True, max_length=200, verbose_name="headline"),
        ),
        migrations.AlterField(
            model_name="editionitem",
            name="summary",
            field=models.TextField(blank=True, max_length=600, verbose_name="summary"),
        ),
        migrations.AddConstraint(
            model_name="editionitem",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("article__isnull", False), ("kind", "article")),
                    models.Q(models.Q(("kind", "article"), _negated=True), ("article__isnull", True)),
                    _connector="OR",
                ),
                name="an_article_block_has_an_article",
            ),
        ),
        migrations.AddField(
            model_name="editionrevision",
            name="edition",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="revisions", to="newsletters.edition"
            ),
        ),
        migrations.AddConstraint(
            model_name="editionrevision",
            constraint=models.UniqueConstraint(fields=("edition", "number"), name="one_revision_a_number"),
        ),
    ]
