"""The tables of this app in one step, for a database that has none of them. One that has some goes the long way.

What the long way did to rows is left out: a new database has none. Decision 26 says when both may go.
"""

from __future__ import annotations

import uuid

import django.core.validators
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import subscribers.models.indexes
from lib.migrations import CreateModels


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
        ("subscribers", "0017_attributes_tags_segments"),
        ("subscribers", "0018_keep_imports"),
        ("subscribers", "0019_lists_with_other_ways_in"),
        ("subscribers", "0020_change_of_address_and_leaving_reasons"),
        ("subscribers", "0021_ask_people_of_imports"),
        ("subscribers", "0022_notes_about_people"),
        ("subscribers", "0023_how_often"),
        ("subscribers", "0024_changes_of_many_people"),
        ("subscribers", "0025_failures_of_imports"),
        ("subscribers", "0026_no_index_within_another"),
        ("subscribers", "0027_address_since"),
        ("subscribers", "0028_imports_partly_undone"),
        ("subscribers", "0029_find_the_batch_of_a_person"),
        ("subscribers", "0030_ids_of_earlier_batches"),
        ("subscribers", "0031_people_by_domain"),
    ]

    initial = True

    dependencies = [migrations.swappable_dependency(settings.AUTH_USER_MODEL)]

    operations = [
        CreateModels(
            [
                migrations.CreateModel(
                    name="Attribute",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
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
                        "indexes": [],
                        "constraints": [],
                    },
                ),
                migrations.CreateModel(
                    name="BulkJob",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "action",
                            models.CharField(
                                choices=[
                                    ("add", "Add to a list"),
                                    ("tag", "Add a tag"),
                                    ("untag", "Remove a tag"),
                                    ("leave", "Unsubscribe"),
                                    ("erase", "Erase permanently"),
                                ],
                                max_length=10,
                                verbose_name="what",
                            ),
                        ),
                        ("options", models.JSONField(default=dict)),
                        ("selection", models.JSONField(default=dict)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("running", "at work"),
                                    ("stopped", "stopped"),
                                    ("done", "done"),
                                    ("failed", "stopped by an error"),
                                    ("undoing", "being undone"),
                                    ("undone", "undone"),
                                ],
                                default="running",
                                max_length=10,
                                verbose_name="state",
                            ),
                        ),
                        ("total", models.PositiveBigIntegerField(default=0, verbose_name="people")),
                        ("last", models.PositiveBigIntegerField(default=0)),
                        ("cursor", models.PositiveBigIntegerField(default=0)),
                        ("done", models.PositiveBigIntegerField(default=0)),
                        ("changed", models.PositiveBigIntegerField(default=0, verbose_name="changed")),
                        ("left_out", models.JSONField(default=dict)),
                        ("trouble", models.CharField(blank=True, max_length=500)),
                        ("claimed_at", models.DateTimeField(blank=True, null=True)),
                        ("by", models.CharField(max_length=150, verbose_name="by")),
                        ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="when")),
                        ("finished_at", models.DateTimeField(blank=True, null=True, verbose_name="finished")),
                    ],
                    options={
                        "verbose_name": "change of many people",
                        "verbose_name_plural": "changes of many people",
                        "ordering": ["-pk"],
                        "indexes": [
                            models.Index(
                                condition=models.Q(("state__in", ["running", "undoing"])),
                                fields=["state"],
                                name="bulk_jobs_at_work",
                            )
                        ],
                        "constraints": [],
                    },
                ),
                migrations.CreateModel(
                    name="FormRequest",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
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
                        ("origin", models.CharField(blank=True, db_default="", max_length=60)),
                        ("ip", models.GenericIPAddressField(blank=True, null=True)),
                        ("user_agent", models.CharField(blank=True, max_length=300)),
                        ("asked_at", models.DateTimeField()),
                        ("due_at", models.DateTimeField(db_index=True)),
                    ],
                    options={"indexes": [], "constraints": []},
                ),
                migrations.CreateModel(
                    name="Import",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("name", models.CharField(max_length=255, verbose_name="file")),
                        ("folder", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("uploaded", "uploaded"),
                                    ("checking", "being checked"),
                                    ("checked", "checked"),
                                    ("running", "importing"),
                                    ("stopped", "stopped"),
                                    ("done", "imported"),
                                    ("failed", "can't be read"),
                                    ("undoing", "being undone"),
                                    ("undone", "undone"),
                                    ("partly", "partly undone"),
                                ],
                                default="uploaded",
                                max_length=10,
                                verbose_name="state",
                            ),
                        ),
                        ("options", models.JSONField(default=dict)),
                        ("rows", models.PositiveBigIntegerField(default=0, verbose_name="rows")),
                        ("passed", models.PositiveSmallIntegerField(default=0)),
                        ("cursor", models.BigIntegerField(default=0)),
                        ("done", models.PositiveBigIntegerField(default=0)),
                        ("plan", models.JSONField(default=dict)),
                        ("counts", models.JSONField(default=dict)),
                        ("trouble", models.CharField(blank=True, max_length=500)),
                        ("failures", models.PositiveSmallIntegerField(db_default=0, default=0)),
                        ("wants_stop", models.BooleanField(default=False)),
                        ("confirmed_to", models.BigIntegerField(blank=True, null=True)),
                        ("asked", models.JSONField(default=dict)),
                        ("claimed_at", models.DateTimeField(blank=True, null=True)),
                        ("by", models.CharField(blank=True, max_length=150, verbose_name="by")),
                        ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="when")),
                        ("started_at", models.DateTimeField(blank=True, null=True, verbose_name="started")),
                        ("finished_at", models.DateTimeField(blank=True, null=True, verbose_name="finished")),
                    ],
                    options={
                        "verbose_name": "import",
                        "verbose_name_plural": "imports",
                        "ordering": ["-pk"],
                        "indexes": [
                            models.Index(
                                condition=models.Q(("state__in", ["checking", "running", "undoing"])),
                                fields=["state"],
                                name="imports_at_work",
                            ),
                            models.Index(
                                condition=models.Q(("confirmed_to__isnull", False)),
                                fields=["confirmed_to"],
                                name="imports_that_ask",
                            ),
                        ],
                        "constraints": [],
                    },
                ),
                migrations.CreateModel(
                    name="JoinRequest",
                    fields=[],
                    options={
                        "verbose_name": "request to join",
                        "verbose_name_plural": "requests to join",
                        "proxy": True,
                        "default_permissions": (),
                        "indexes": [],
                        "constraints": [],
                    },
                    bases=("subscribers.subscription",),
                ),
                migrations.CreateModel(
                    name="Segment",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("name", models.CharField(max_length=120, unique=True, verbose_name="name")),
                        ("slug", models.SlugField(max_length=80, unique=True, verbose_name="address")),
                        ("description", models.CharField(blank=True, max_length=400, verbose_name="description")),
                        ("rule", models.JSONField(default=dict, verbose_name="rule")),
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
                        ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                        ("updated_at", models.DateTimeField(auto_now=True, verbose_name="last changed")),
                    ],
                    options={
                        "verbose_name": "segment",
                        "verbose_name_plural": "segments",
                        "ordering": ["name"],
                        "indexes": [],
                        "constraints": [],
                    },
                ),
                migrations.CreateModel(
                    name="Subscriber",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("uuid", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        ("email", models.EmailField(max_length=254, verbose_name="email address")),
                        ("email_key", models.CharField(editable=False, max_length=254, unique=True)),
                        ("name", models.CharField(blank=True, max_length=100, verbose_name="name")),
                        ("language", models.CharField(blank=True, max_length=10, verbose_name="language")),
                        (
                            "time_zone",
                            models.CharField(
                                blank=True, db_default="", default="", max_length=64, verbose_name="time zone"
                            ),
                        ),
                        (
                            "attributes",
                            models.JSONField(
                                blank=True,
                                db_default=models.Value({}, models.JSONField()),
                                default=dict,
                                verbose_name="attributes",
                            ),
                        ),
                        ("paused_until", models.DateTimeField(blank=True, null=True, verbose_name="paused until")),
                        (
                            "is_suppressed",
                            models.BooleanField(default=False, editable=False, verbose_name="suppressed"),
                        ),
                        (
                            "address_since",
                            models.DateTimeField(blank=True, editable=False, null=True, verbose_name="address changed"),
                        ),
                        (
                            "reminded_at",
                            models.DateTimeField(
                                blank=True, editable=False, null=True, verbose_name="reminded to confirm"
                            ),
                        ),
                        ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                        ("updated_at", models.DateTimeField(auto_now=True, verbose_name="last changed")),
                    ],
                    options={
                        "verbose_name": "subscriber",
                        "verbose_name_plural": "subscribers",
                        "permissions": [
                            ("suppress_subscriber", "Can suppress and release an address"),
                            ("export_subscriber", "Can export subscribers"),
                            ("import_subscriber", "Can import subscribers"),
                        ],
                        "indexes": [
                            models.Index(
                                condition=models.Q(("reminded_at__isnull", False)),
                                fields=["reminded_at"],
                                name="reminded",
                            ),
                            models.Index(
                                condition=models.Q(("is_suppressed", True)), fields=["id"], name="suppressed_people"
                            ),
                            models.Index(
                                condition=models.Q(("paused_until__isnull", False)),
                                fields=["paused_until"],
                                name="people_who_pause",
                            ),
                            subscribers.models.indexes.BeginningIndex(fields=["name"], name="people_by_name"),
                            models.Index(
                                subscribers.models.indexes.AddressDomain("email_key"), name="people_by_domain"
                            ),
                        ],
                        "constraints": [],
                    },
                ),
                migrations.CreateModel(
                    name="Suppression",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
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
                        "constraints": [],
                    },
                ),
                migrations.CreateModel(
                    name="Topic",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("name", models.CharField(max_length=80, unique=True, verbose_name="name")),
                        ("slug", models.SlugField(max_length=80, unique=True, verbose_name="address")),
                        ("description", models.CharField(blank=True, max_length=300, verbose_name="description")),
                        ("position", models.PositiveSmallIntegerField(default=100, verbose_name="position")),
                    ],
                    options={
                        "verbose_name": "topic",
                        "verbose_name_plural": "topics",
                        "ordering": ["position", "name"],
                        "indexes": [],
                        "constraints": [],
                    },
                ),
                migrations.CreateModel(
                    name="AddressChange",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "subscriber",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="address_change",
                                to="subscribers.subscriber",
                            ),
                        ),
                        ("email", models.CharField(max_length=254, verbose_name="new address")),
                        ("asked_at", models.DateTimeField(db_index=True, verbose_name="requested")),
                    ],
                    options={
                        "verbose_name": "change of address",
                        "verbose_name_plural": "changes of address",
                        "indexes": [],
                        "constraints": [],
                    },
                ),
                migrations.CreateModel(
                    name="BulkJobBatch",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "job",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="batches",
                                to="subscribers.bulkjob",
                            ),
                        ),
                        ("changes", models.JSONField(default=list)),
                    ],
                    options={"ordering": ["-pk"], "indexes": [], "constraints": []},
                ),
                migrations.CreateModel(
                    name="FormerSubscriber",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("former_id", models.PositiveBigIntegerField(unique=True)),
                        ("former_uuid", models.UUIDField(unique=True)),
                        (
                            "subscriber",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="former",
                                to="subscribers.subscriber",
                            ),
                        ),
                        ("merged_at", models.DateTimeField(auto_now_add=True, verbose_name="merged")),
                        ("by", models.CharField(blank=True, max_length=150, verbose_name="by")),
                    ],
                    options={
                        "verbose_name": "merged subscriber",
                        "verbose_name_plural": "merged subscribers",
                        "indexes": [],
                        "constraints": [],
                    },
                ),
                migrations.CreateModel(
                    name="ImportBatch",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "of",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="batches",
                                to="subscribers.import",
                            ),
                        ),
                        ("people", models.JSONField(default=list)),
                        ("lines", models.JSONField(db_default=models.Value([], models.JSONField()), default=list)),
                        ("subscriptions", models.JSONField(default=list)),
                        ("before", models.JSONField(default=dict)),
                        ("first_person", models.BigIntegerField(blank=True, null=True)),
                        ("last_person", models.BigIntegerField(blank=True, null=True)),
                        ("first_subscription", models.BigIntegerField(blank=True, null=True)),
                        ("last_subscription", models.BigIntegerField(blank=True, null=True)),
                    ],
                    options={
                        "ordering": ["-pk"],
                        "indexes": [
                            models.Index(fields=["last_person", "first_person"], name="batches_of_a_person"),
                            models.Index(
                                fields=["last_subscription", "first_subscription"], name="batches_of_a_subscription"
                            ),
                        ],
                        "constraints": [],
                    },
                ),
                migrations.CreateModel(
                    name="MailingList",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
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
                        ("needs_approval", models.BooleanField(default=False, verbose_name="require approval")),
                        ("is_public", models.BooleanField(default=True, verbose_name="offered in the sign-up form")),
                        (
                            "opt_in",
                            models.CharField(
                                choices=[
                                    ("double", "double: people confirm by email"),
                                    ("single", "single: the form is enough"),
                                ],
                                db_default="double",
                                default="double",
                                max_length=10,
                                verbose_name="opt-in",
                            ),
                        ),
                        (
                            "is_moderated",
                            models.BooleanField(
                                db_default=False, default=False, verbose_name="staff approve each sign-up"
                            ),
                        ),
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
                    ],
                    options={
                        "verbose_name": "mailing list",
                        "verbose_name_plural": "mailing lists",
                        "ordering": ["position", "name"],
                        "permissions": [
                            ("choose_single_opt_in", "Can let people subscribe without confirming by email")
                        ],
                        "indexes": [],
                        "constraints": [],
                    },
                ),
                migrations.CreateModel(
                    name="PersonNote",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "subscriber",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="notes",
                                to="subscribers.subscriber",
                            ),
                        ),
                        ("text", models.TextField(max_length=2000, verbose_name="note")),
                        ("by", models.CharField(max_length=150, verbose_name="by")),
                        ("at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="when")),
                    ],
                    options={
                        "verbose_name": "note about a person",
                        "verbose_name_plural": "notes about people",
                        "ordering": ["-at", "-pk"],
                        "indexes": [],
                        "constraints": [],
                    },
                ),
                migrations.CreateModel(
                    name="Tag",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("name", models.CharField(max_length=80, verbose_name="name")),
                        ("key", models.CharField(editable=False, max_length=255, unique=True)),
                        ("slug", models.SlugField(max_length=80, unique=True, verbose_name="address")),
                        (
                            "subscribers",
                            models.ManyToManyField(
                                related_name="tags", through="subscribers.TaggedSubscriber", to="subscribers.subscriber"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "tag",
                        "verbose_name_plural": "tags",
                        "ordering": ["name"],
                        "indexes": [],
                        "constraints": [],
                    },
                ),
                migrations.CreateModel(
                    name="TopicSelection",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("fingerprint", models.CharField(editable=False, max_length=32, unique=True)),
                        ("topics", models.ManyToManyField(related_name="selections", to="subscribers.topic")),
                    ],
                    options={
                        "verbose_name": "choice of topics",
                        "verbose_name_plural": "choices of topics",
                        "indexes": [],
                        "constraints": [],
                    },
                ),
                migrations.CreateModel(
                    name="ConsentRecord",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
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
                        ("address_hash", models.CharField(max_length=64)),
                        (
                            "mailing_list",
                            models.ForeignKey(
                                blank=True,
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="subscribers.mailinglist",
                                verbose_name="mailing list",
                            ),
                        ),
                        (
                            "action",
                            models.CharField(
                                choices=[
                                    ("asked", "asked to subscribe"),
                                    ("confirmed", "confirmed"),
                                    ("held", "confirmed, waiting for approval"),
                                    ("declined", "declined"),
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
                        (
                            "wording_version",
                            models.CharField(blank=True, max_length=40, verbose_name="version of the wording"),
                        ),
                        (
                            "language",
                            models.CharField(
                                blank=True, db_default="", max_length=10, verbose_name="language of the wording"
                            ),
                        ),
                        ("page", models.CharField(blank=True, max_length=500, verbose_name="page")),
                        (
                            "origin",
                            models.CharField(
                                blank=True, db_default="", max_length=60, verbose_name="source of the sign-up"
                            ),
                        ),
                        ("ip", models.GenericIPAddressField(blank=True, null=True, verbose_name="IP address")),
                        ("user_agent", models.CharField(blank=True, max_length=300, verbose_name="browser")),
                        ("detail", models.CharField(blank=True, max_length=500, verbose_name="detail")),
                        (
                            "leaving_reason",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("too_many", "Too many emails"),
                                    ("not_relevant", "Not what I want to read about"),
                                    ("never_asked", "I didn’t subscribe"),
                                    ("other_way", "I read you elsewhere"),
                                    ("other", "Another reason"),
                                ],
                                db_default="",
                                max_length=12,
                                verbose_name="reason for unsubscribing",
                            ),
                        ),
                        ("staff", models.CharField(blank=True, max_length=150, verbose_name="by")),
                        (
                            "at",
                            models.DateTimeField(
                                default=django.utils.timezone.now, editable=False, verbose_name="when"
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "consent record",
                        "verbose_name_plural": "consent records",
                        "ordering": ["-at", "-pk"],
                        "indexes": [
                            models.Index(
                                condition=models.Q(("subscriber__isnull", True)),
                                fields=["address_hash"],
                                name="consents_of_nobody",
                            ),
                            models.Index(fields=["mailing_list", "action", "at"], name="consents_of_a_list"),
                            models.Index(fields=["source", "id"], name="consents_by_source"),
                            models.Index(fields=["action", "id"], name="consents_by_action"),
                            models.Index(
                                condition=models.Q(("leaving_reason", ""), _negated=True),
                                fields=["leaving_reason", "id"],
                                name="consents_by_leaving_reason",
                            ),
                        ],
                        "constraints": [],
                    },
                ),
                migrations.CreateModel(
                    name="Subscription",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "subscriber",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="subscriptions",
                                to="subscribers.subscriber",
                            ),
                        ),
                        (
                            "mailing_list",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="subscriptions",
                                to="subscribers.mailinglist",
                                verbose_name="mailing list",
                            ),
                        ),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("pending", "waiting for confirmation"),
                                    ("held", "waiting for approval"),
                                    ("confirmed", "confirmed"),
                                    ("left", "unsubscribed"),
                                ],
                                default="pending",
                                max_length=10,
                                verbose_name="status",
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
                        ("requested_at", models.DateTimeField(verbose_name="requested")),
                        ("confirmed_at", models.DateTimeField(blank=True, null=True, verbose_name="confirmed")),
                        ("unsubscribed_at", models.DateTimeField(blank=True, null=True, verbose_name="unsubscribed")),
                        ("origin", models.CharField(blank=True, db_default="", max_length=60, verbose_name="source")),
                        (
                            "frequency",
                            models.CharField(
                                choices=[
                                    ("each", "each edition"),
                                    ("daily", "daily"),
                                    ("weekly", "weekly"),
                                    ("monthly", "monthly"),
                                ],
                                db_default="each",
                                default="each",
                                max_length=8,
                                verbose_name="how often",
                            ),
                        ),
                        ("frequency_set_at", models.DateTimeField(blank=True, editable=False, null=True)),
                        ("remind_at", models.DateTimeField(blank=True, editable=False, null=True)),
                    ],
                    options={
                        "verbose_name": "subscription",
                        "verbose_name_plural": "subscriptions",
                        "indexes": [
                            models.Index(fields=["mailing_list", "status", "subscriber"], name="audience_in_order"),
                            models.Index(
                                condition=models.Q(("confirmed_at__isnull", True), ("status", "pending")),
                                fields=["requested_at"],
                                name="never_confirmed",
                            ),
                            models.Index(
                                condition=models.Q(("remind_at__isnull", False)),
                                fields=["remind_at"],
                                name="to_be_reminded",
                            ),
                            models.Index(
                                condition=models.Q(("status", "held")),
                                fields=["requested_at"],
                                name="sign_ups_to_approve",
                            ),
                            models.Index(
                                condition=models.Q(("frequency_set_at__isnull", False)),
                                fields=["mailing_list", "frequency", "subscriber"],
                                name="readers_of_digests",
                            ),
                            models.Index(fields=["mailing_list", "status", "selection"], name="audience_by_choice"),
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("subscriber", "mailing_list"), name="one_subscription_a_list"
                            ),
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
                migrations.CreateModel(
                    name="TaggedSubscriber",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
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
                        (
                            "subscriber",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="subscribers.subscriber",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "tag of a person",
                        "verbose_name_plural": "tags of people",
                        "constraints": [
                            models.UniqueConstraint(fields=("tag", "subscriber"), name="a_tag_once_a_person")
                        ],
                        "indexes": [],
                    },
                ),
            ]
        )
    ]
