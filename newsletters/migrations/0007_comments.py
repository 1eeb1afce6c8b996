"""What readers say about articles, and when they may."""

import django.core.validators
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("newsletters", "0006_index_articles_that_are_there"),
    ]

    operations = [
        migrations.AddField(
            model_name="article",
            name="comments_open",
            field=models.BooleanField(
                default=True,
                help_text="Readers may comment, as long as the institute's own rule lets them.",
                verbose_name="comments",
            ),
        ),
        migrations.AddField(
            model_name="institute",
            name="comments_days",
            field=models.PositiveSmallIntegerField(
                blank=True,
                default=30,
                help_text="Counted from publication. Empty: they never close. 0: nobody can comment on anything.",
                null=True,
                validators=[django.core.validators.MaxValueValidator(3650)],
                verbose_name="comments close after days",
            ),
        ),
        migrations.AddField(
            model_name="institute",
            name="comments_email",
            field=models.EmailField(
                blank=True,
                help_text="Is told by mail when comments wait. Empty: the contact address is told.",
                max_length=254,
                verbose_name="address of who reads comments",
            ),
        ),
        migrations.CreateModel(
            name="Comment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=80, verbose_name="name")),
                ("email", models.EmailField(max_length=254, verbose_name="address")),
                ("text", models.TextField(max_length=3000, verbose_name="text")),
                (
                    "state",
                    models.CharField(
                        choices=[("held", "held"), ("approved", "approved"), ("spam", "spam")],
                        default="held",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("ip", models.GenericIPAddressField(blank=True, null=True, verbose_name="IP address")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="written")),
                ("told_at", models.DateTimeField(blank=True, null=True)),
                ("decided_at", models.DateTimeField(blank=True, null=True, verbose_name="decided")),
                ("decided_by", models.CharField(blank=True, max_length=150, verbose_name="decided by")),
                (
                    "article",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="comments",
                        to="newsletters.article",
                        verbose_name="article",
                    ),
                ),
                (
                    "parent",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="answers",
                        to="newsletters.comment",
                        verbose_name="answer to",
                    ),
                ),
            ],
            options={
                "verbose_name": "comment",
                "verbose_name_plural": "comments",
                "ordering": ["-pk"],
                "indexes": [
                    models.Index(fields=["article", "state", "created_at"], name="comment_of_article"),
                    models.Index(condition=models.Q(("state", "held")), fields=["created_at"], name="comment_held"),
                    models.Index(fields=["told_at"], name="comment_told"),
                    models.Index(
                        condition=models.Q(("ip__isnull", False)), fields=["created_at"], name="comment_with_ip"
                    ),
                    models.Index(condition=models.Q(("state", "spam")), fields=["decided_at"], name="comment_spam"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("parent", models.F("pk")), _negated=True), name="no_comment_answers_itself"
                    )
                ],
            },
        ),
    ]
