"""The tables of this app in one step, for a database that has none of them. One that has some goes the long way.

What the long way did to rows is left out: a new database has none. Decision 26 says when both may go.
"""

from __future__ import annotations

from django.db import migrations, models

from lib.migrations import CreateModels


class Migration(migrations.Migration):
    replaces = [
        ("mail", "0001_messages"),
        ("mail", "0002_plain_words_for_undo_and_email_service"),
        ("mail", "0003_rates_of_routes"),
        ("mail", "0004_mailbox_of_a_message"),
        ("mail", "0005_messages_the_server_may_have_taken"),
    ]

    initial = True

    dependencies = []

    operations = [
        CreateModels(
            [
                migrations.CreateModel(
                    name="Message",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("kind", models.CharField(max_length=40, verbose_name="kind")),
                        ("address", models.EmailField(max_length=254, verbose_name="address")),
                        ("mailbox", models.CharField(blank=True, db_default="", editable=False, max_length=254)),
                        (
                            "subscriber_id",
                            models.PositiveBigIntegerField(blank=True, null=True, verbose_name="subscriber"),
                        ),
                        ("context", models.JSONField(default=dict)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("waiting", "waiting"),
                                    ("sent", "accepted"),
                                    ("failed", "rejected"),
                                    ("dropped", "no longer needed"),
                                ],
                                default="waiting",
                                max_length=8,
                                verbose_name="state",
                            ),
                        ),
                        ("due_at", models.DateTimeField(verbose_name="due")),
                        ("may_be_taken", models.BooleanField(db_default=False, default=False, editable=False)),
                        ("attempts", models.PositiveSmallIntegerField(default=0, verbose_name="attempts")),
                        ("reply", models.CharField(blank=True, max_length=500, verbose_name="last reply")),
                        (
                            "provider_id",
                            models.CharField(blank=True, max_length=255, null=True, verbose_name="email service ID"),
                        ),
                        ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                        ("sent_at", models.DateTimeField(blank=True, null=True, verbose_name="sent")),
                    ],
                    options={
                        "verbose_name": "message",
                        "verbose_name_plural": "messages",
                        "ordering": ["-pk"],
                        "indexes": [
                            models.Index(
                                condition=models.Q(("state", "waiting")), fields=["due_at"], name="messages_waiting"
                            ),
                            models.Index(
                                fields=["subscriber_id", "kind", "created_at"], name="messages_of_a_subscriber"
                            ),
                            models.Index(fields=["mailbox", "kind", "created_at"], name="messages_to_a_mailbox"),
                            models.Index(fields=["address"], name="messages_to_an_address"),
                            models.Index(
                                condition=models.Q(("provider_id__isnull", False)),
                                fields=["provider_id"],
                                name="messages_at_a_service",
                            ),
                        ],
                        "constraints": [],
                    },
                ),
                migrations.CreateModel(
                    name="RouteRate",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("route", models.CharField(max_length=64, unique=True)),
                        ("per_second", models.FloatField()),
                        ("next_turn", models.FloatField(default=0)),
                        ("known", models.FloatField(default=0)),
                        ("window_at", models.FloatField(default=0)),
                        ("taken", models.PositiveIntegerField(default=0)),
                        ("refused", models.PositiveIntegerField(default=0)),
                        ("share", models.FloatField(default=0)),
                        ("high_rate", models.FloatField(default=0)),
                        ("high_share", models.FloatField(default=0)),
                        ("usual", models.FloatField(default=0)),
                        ("calm", models.PositiveSmallIntegerField(default=0)),
                        ("unrefused", models.FloatField(default=0)),
                        ("is_found", models.BooleanField(default=False)),
                        ("refused_at", models.DateTimeField()),
                        ("words", models.CharField(max_length=500)),
                    ],
                    options={"indexes": [], "constraints": []},
                ),
            ]
        )
    ]
