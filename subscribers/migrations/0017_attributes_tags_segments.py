"""Attributes of people with their values in one column, tags, and segments; and the time zone of a person."""

import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("subscribers", "0016_index_sign_ups_never_confirmed"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Attribute",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "key",
                    models.CharField(
                        max_length=40,
                        unique=True,
                        validators=[
                            django.core.validators.RegexValidator(
                                "\\A[a-z][a-z0-9_]{0,39}\\Z",
                                "Use a small letter first, then small letters, digits and “_”, at most 40 in all, for example city.",
                            )
                        ],
                        verbose_name="key",
                    ),
                ),
                ("name", models.CharField(max_length=80, verbose_name="name")),
                ("description", models.CharField(blank=True, max_length=300, verbose_name="description")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("text", "text"),
                            ("number", "number"),
                            ("date", "date"),
                            ("yes_no", "yes or no"),
                            ("choice", "choice"),
                        ],
                        default="text",
                        max_length=10,
                        verbose_name="kind",
                    ),
                ),
                ("choices", models.JSONField(blank=True, default=list, verbose_name="choices")),
                ("default", models.JSONField(blank=True, null=True, verbose_name="default")),
                (
                    "readers_may",
                    models.CharField(
                        choices=[("nothing", "nothing"), ("see", "see"), ("write", "see and change")],
                        db_default="nothing",
                        default="nothing",
                        max_length=10,
                        verbose_name="readers",
                    ),
                ),
                (
                    "staff_may",
                    models.CharField(
                        choices=[("nothing", "nothing"), ("see", "see"), ("write", "see and change")],
                        db_default="write",
                        default="write",
                        max_length=10,
                        verbose_name="staff",
                    ),
                ),
                (
                    "api_may",
                    models.CharField(
                        choices=[("nothing", "nothing"), ("see", "see"), ("write", "see and change")],
                        db_default="write",
                        default="write",
                        max_length=10,
                        verbose_name="API",
                    ),
                ),
                (
                    "imports_may",
                    models.CharField(
                        choices=[("nothing", "nothing"), ("see", "see"), ("write", "see and change")],
                        db_default="write",
                        default="write",
                        max_length=10,
                        verbose_name="imports",
                    ),
                ),
                ("position", models.PositiveSmallIntegerField(default=100, verbose_name="position")),
            ],
            options={
                "verbose_name": "attribute",
                "verbose_name_plural": "attributes",
                "ordering": ["position", "name"],
            },
        ),
        migrations.CreateModel(
            name="Tag",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=80, verbose_name="name")),
                ("key", models.CharField(editable=False, max_length=255, unique=True)),
                ("slug", models.SlugField(max_length=80, unique=True, verbose_name="address")),
            ],
            options={
                "verbose_name": "tag",
                "verbose_name_plural": "tags",
                "ordering": ["name"],
            },
        ),
        migrations.AddField(
            model_name="subscriber",
            name="attributes",
            field=models.JSONField(
                blank=True, db_default=models.Value({}, models.JSONField()), default=dict, verbose_name="attributes"
            ),
        ),
        migrations.AddField(
            model_name="subscriber",
            name="time_zone",
            field=models.CharField(blank=True, db_default="", default="", max_length=64, verbose_name="time zone"),
        ),
        migrations.CreateModel(
            name="Segment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=120, unique=True, verbose_name="name")),
                ("slug", models.SlugField(max_length=80, unique=True, verbose_name="address")),
                ("description", models.CharField(blank=True, max_length=400, verbose_name="description")),
                ("rule", models.JSONField(default=dict, verbose_name="rule")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="last changed")),
                (
                    "created_by",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "segment",
                "verbose_name_plural": "segments",
                "ordering": ["name"],
            },
        ),
        migrations.CreateModel(
            name="TaggedSubscriber",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "subscriber",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="subscribers.subscriber"
                    ),
                ),
                (
                    "tag",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="subscribers.tag",
                    ),
                ),
            ],
            options={
                "verbose_name": "tag of a person",
                "verbose_name_plural": "tags of people",
            },
        ),
        migrations.AddField(
            model_name="tag",
            name="subscribers",
            field=models.ManyToManyField(
                related_name="tags", through="subscribers.TaggedSubscriber", to="subscribers.subscriber"
            ),
        ),
        migrations.AddConstraint(
            model_name="taggedsubscriber",
            constraint=models.UniqueConstraint(fields=("tag", "subscriber"), name="a_tag_once_a_person"),
        ),
    ]
