"""Standing pages save by themselves, as articles do."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("newsletters", "0053_segments_of_an_edition"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RenameField("articlerevision", "article_revision", "written_revision"),
        migrations.AddField("page", "revision", models.PositiveIntegerField(db_default=1, default=1, editable=False)),
        migrations.CreateModel(
            name="PageRevision",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField(verbose_name="revision")),
                ("fields", models.JSONField(verbose_name="fields")),
                ("written_revision", models.PositiveIntegerField()),
                ("is_applied", models.BooleanField(verbose_name="applied")),
                ("restored_from", models.PositiveIntegerField(null=True)),
                ("window", models.CharField(max_length=40)),
                ("saved_by", models.CharField(blank=True, max_length=150, verbose_name="saved by")),
                ("saved_at", models.DateTimeField(auto_now_add=True, verbose_name="saved")),
                (
                    "page",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="revisions", to="newsletters.page"
                    ),
                ),
                (
                    "saved_by_user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "revision of a page",
                "verbose_name_plural": "revisions of pages",
                "ordering": ["-number"],
                "abstract": False,
                "indexes": [models.Index(fields=["window"], name="page_revision_of_a_window")],
                "constraints": [
                    models.UniqueConstraint(fields=("page", "number"), name="one_page_revision_a_number"),
                    models.UniqueConstraint(
                        condition=models.Q(("number", 1), models.Q(("window", ""), _negated=True)),
                        fields=("window",),
                        name="one_page_a_window",
                    ),
                ],
            },
        ),
    ]
