"""The tables of this app in one step, for a database that has none of them. One that has some goes the long way.

What the long way did to rows is left out: a new database has none. Decision 26 says when both may go.
"""

from __future__ import annotations

import uuid

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import subscribers.models.indexes


class Migration(migrations.Migration):
    replaces = [
        ("subscribers", "0001_initial"),
        ("subscribers", "0002_language_of_consent"),
        ("subscribers", "0003_one_reminder"),
        ("subscribers", "0004_indexes_to_count_an_audience"),
        ("subscribers", "0005_index_consents_of_a_list"),
        ("subscribers", "0006_suppressed_of_late"),
        ("subscribers", "0007_indexes_for_searches"),
        ("subscribers", "0008_hand_messages_to_mail"),
        ("subscribers", "0009_remove_the_outbox"),
        ("subscribers", "0010_call_it_unsubscribed"),
        ("subscribers", "0011_plain_words_for_labels"),
        ("subscribers", "0012_wire_form_of_addresses"),
        ("subscribers", "0013_requests_of_forms"),
        ("subscribers", "0014_forget_tokens_in_consent_records"),
        ("subscribers", "0015_second_person_of_a_list"),
        ("subscribers", "0016_index_sign_ups_never_confirmed"),
    ]

    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Subscriber",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uuid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("email", models.EmailField(max_length=254, verbose_name="email address")),
                ("email_key", models.CharField(editable=False, max_length=254, unique=True)),
                ("name", models.CharField(blank=True, max_length=100, verbose_name="name")),
                ("language", models.CharField(blank=True, max_length=10, verbose_name="language")),
                ("paused_until", models.DateTimeField(blank=True, null=True, verbose_name="paused until")),
                ("is_suppressed", models.BooleanField(default=False, editable=False, verbose_name="suppressed")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="last changed")),
                (
                    "reminded_at",
                    models.DateTimeField(blank=True, editable=False, null=True, verbose_name="reminded to confirm"),
                ),
            ],
            options={
                "verbose_name": "subscriber",
                "verbose_name_plural": "subscribers",
                "permissions": [
                    ("suppress_subscriber", "Can suppress and release an address"),
                    ("export_subscriber", "Can export subscribers"),
                ],
                "indexes": [
                    models.Index(
                        condition=models.Q(("reminded_at__isnull", False)), fields=["reminded_at"], name="reminded"
                    ),
                    models.Index(condition=models.Q(("is_suppressed", True)), fields=["id"], name="suppressed_people"),
                    models.Index(
                        condition=models.Q(("paused_until__isnull", False)),
                        fields=["paused_until"],
                        name="people_who_pause",
                    ),
                    subscribers.models.indexes.BeginningIndex(fields=["name"], name="people_by_name"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Suppression",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("address_hash", models.CharField(max_length=64, unique=True)),
                ("email", models.CharField(blank=True, max_length=254, verbose_name="address")),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("staff", "by staff"),
                            ("bounce", "email to this address bounces"),
                            ("complaint", "reported as spam"),
                            ("erased", "requested erasure"),
                        ],
                        max_length=12,
                        verbose_name="reason",
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=500, verbose_name="note")),
                ("by", models.CharField(blank=True, max_length=150, verbose_name="by")),
                ("at", models.DateTimeField(auto_now_add=True, verbose_name="since")),
            ],
            options={
                "verbose_name": "suppressed address",
                "verbose_name_plural": "suppressed addresses",
                "ordering": ["-at"],
                "indexes": [
                    models.Index(fields=["reason", "at"], name="suppressed_of_late"),
                    subscribers.models.indexes.BeginningIndex(fields=["email"], name="suppressed_by_address"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Topic",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=80, unique=True, verbose_name="name")),
                ("slug", models.SlugField(max_length=80, unique=True, verbose_name="address")),
                ("description", models.CharField(blank=True, max_length=300, verbose_name="description")),
                ("position", models.PositiveSmallIntegerField(default=100, verbose_name="position")),
            ],
            options={
                "verbose_name": "topic",
                "verbose_name_plural": "topics",
                "ordering": ["position", "name"],
            },
        ),
        migrations.CreateModel(
            name="TopicSelection",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("fingerprint", models.CharField(editable=False, max_length=32, unique=True)),
                ("topics", models.ManyToManyField(related_name="selections", to="subscribers.topic")),
            ],
            options={
                "verbose_name": "choice of topics",
                "verbose_name_plural": "choices of topics",
            },
        ),
        migrations.CreateModel(
            name="FormRequest",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("subscribe", "sign-up"), ("link", "link to the preferences")], max_length=10
                    ),
                ),
                ("email", models.CharField(max_length=254)),
                ("name", models.CharField(blank=True, max_length=100)),
                ("lists", models.JSONField(default=list)),
                ("topics", models.JSONField(default=list)),
                ("language", models.CharField(blank=True, max_length=10)),
                ("page", models.CharField(blank=True, max_length=500)),
                ("ip", models.GenericIPAddressField(blank=True, null=True)),
                ("user_agent", models.CharField(blank=True, max_length=300)),
                ("asked_at", models.DateTimeField()),
                ("due_at", models.DateTimeField(db_index=True)),
            ],
        ),
        migrations.CreateModel(
            name="MailingList",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=120, verbose_name="name")),
                ("slug", models.SlugField(max_length=80, unique=True, verbose_name="address")),
                (
                    "description",
                    models.CharField(
                        blank=True,
                        help_text="What readers get and how often, in one sentence.",
                        max_length=400,
                        verbose_name="description",
                    ),
                ),
                ("from_name", models.CharField(blank=True, max_length=100, verbose_name="sender name")),
                ("from_email", models.EmailField(blank=True, max_length=254, verbose_name="sender address")),
                ("postal_address", models.TextField(blank=True, max_length=500, verbose_name="postal address")),
                ("is_public", models.BooleanField(default=True, verbose_name="offered in the sign-up form")),
                ("position", models.PositiveSmallIntegerField(default=100, verbose_name="position")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                (
                    "topics",
                    models.ManyToManyField(
                        blank=True,
                        help_text="Topics that readers of this list can choose from.",
                        related_name="lists",
                        to="subscribers.topic",
                        verbose_name="topics",
                    ),
                ),
                ("needs_approval", models.BooleanField(default=False, verbose_name="require approval")),
            ],
            options={
                "verbose_name": "mailing list",
                "verbose_name_plural": "mailing lists",
                "ordering": ["position", "name"],
            },
        ),
        migrations.CreateModel(
            name="ConsentRecord",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("address_hash", models.CharField(db_index=True, max_length=64)),
                (
                    "action",
                    models.CharField(
                        choices=[
                            ("asked", "asked to subscribe"),
                            ("confirmed", "confirmed"),
                            ("changed", "changed preferences"),
                            ("left", "unsubscribed"),
                            ("returned", "resubscribed"),
                            ("suppressed", "suppressed"),
                            ("released", "released"),
                        ],
                        max_length=12,
                        verbose_name="what",
                    ),
                ),
                (
                    "source",
                    models.CharField(
                        choices=[
                            ("form", "form"),
                            ("preferences", "email preferences"),
                            ("one_click", "one-click unsubscribe"),
                            ("staff", "staff"),
                            ("import", "import"),
                            ("api", "API"),
                            ("seed", "demo data"),
                        ],
                        max_length=12,
                        verbose_name="through",
                    ),
                ),
                ("wording", models.TextField(blank=True, verbose_name="wording")),
                ("wording_version", models.CharField(blank=True, max_length=40, verbose_name="version of the wording")),
                ("page", models.CharField(blank=True, max_length=500, verbose_name="page")),
                ("ip", models.GenericIPAddressField(blank=True, null=True, verbose_name="IP address")),
                ("user_agent", models.CharField(blank=True, max_length=300, verbose_name="browser")),
                ("detail", models.CharField(blank=True, max_length=500, verbose_name="detail")),
                ("staff", models.CharField(blank=True, max_length=150, verbose_name="by")),
                ("at", models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name="when")),
                (
                    "mailing_list",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="subscribers.mailinglist",
                        verbose_name="mailing list",
                    ),
                ),
                (
                    "subscriber",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="consent_records",
                        to="subscribers.subscriber",
                    ),
                ),
                (
                    "language",
                    models.CharField(blank=True, db_default="", max_length=10, verbose_name="language of the wording"),
                ),
            ],
            options={
                "verbose_name": "consent record",
                "verbose_name_plural": "consent records",
                "ordering": ["-at", "-pk"],
                "indexes": [
                    models.Index(fields=["mailing_list", "action", "at"], name="consents_of_a_list"),
                    models.Index(fields=["source", "id"], name="consents_by_source"),
                    models.Index(fields=["action", "id"], name="consents_by_action"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Subscription",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("pending", "waiting for confirmation"),
                            ("confirmed", "confirmed"),
                            ("left", "unsubscribed"),
                        ],
                        default="pending",
                        max_length=10,
                        verbose_name="status",
                    ),
                ),
                ("requested_at", models.DateTimeField(verbose_name="requested")),
                ("confirmed_at", models.DateTimeField(blank=True, null=True, verbose_name="confirmed")),
                (
                    "mailing_list",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="subscriptions",
                        to="subscribers.mailinglist",
                        verbose_name="mailing list",
                    ),
                ),
                (
                    "subscriber",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="subscriptions",
                        to="subscribers.subscriber",
                    ),
                ),
                (
                    "selection",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="subscribers.topicselection",
                    ),
                ),
                ("remind_at", models.DateTimeField(blank=True, editable=False, null=True)),
                ("unsubscribed_at", models.DateTimeField(blank=True, null=True, verbose_name="unsubscribed")),
            ],
            options={
                "verbose_name": "subscription",
                "verbose_name_plural": "subscriptions",
                "indexes": [
                    models.Index(fields=["mailing_list", "status", "subscriber"], name="audience_in_order"),
                    models.Index(
                        condition=models.Q(("remind_at__isnull", False)), fields=["remind_at"], name="to_be_reminded"
                    ),
                    models.Index(fields=["mailing_list", "status", "selection"], name="audience_by_choice"),
                    models.Index(
                        condition=models.Q(("confirmed_at__isnull", True), ("status", "pending")),
                        fields=["requested_at"],
                        name="never_confirmed",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("subscriber", "mailing_list"), name="one_subscription_a_list"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status", "confirmed"), _negated=True),
                            ("confirmed_at__isnull", False),
                            _connector="OR",
                        ),
                        name="confirmed_subscription_says_when",
                    ),
                ],
            },
        ),
    ]
