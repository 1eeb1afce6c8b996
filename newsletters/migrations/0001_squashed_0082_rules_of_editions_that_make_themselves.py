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

import newsletters.models.editions
from lib.migrations import CreateModels
from newsletters.migrations._search_index import make, unmake
from newsletters.migrations._site_triggers import drop_triggers


class Migration(migrations.Migration):
    replaces = [
        ("newsletters", "0001_initial"),
        ("newsletters", "0002_fences_paces_and_last_words"),
        ("newsletters", "0003_chunk_heard_at"),
        ("newsletters", "0004_inspections_and_overrides"),
        ("newsletters", "0005_texts_for_the_search"),
        ("newsletters", "0006_index_articles_that_are_there"),
        ("newsletters", "0007_comments"),
        ("newsletters", "0008_blocks_and_revisions"),
        ("newsletters", "0009_give_blocks_their_keys"),
        ("newsletters", "0010_a_key_once_an_edition"),
        ("newsletters", "0011_language_of_a_newsletter"),
        ("newsletters", "0012_templates_of_editions"),
        ("newsletters", "0013_designs_of_mails"),
        ("newsletters", "0014_call_back_window"),
        ("newsletters", "0015_a_second_person"),
        ("newsletters", "0016_seed_lists"),
        ("newsletters", "0017_indexes_for_the_desk"),
        ("newsletters", "0018_who_saved_a_revision"),
        ("newsletters", "0019_forget_addresses_of_comments"),
        ("newsletters", "0020_who_says_that_a_second_person_is_needed"),
        ("newsletters", "0021_name_stored_reasons_by_their_new_codes"),
        ("newsletters", "0022_relabel_outcomes"),
        ("newsletters", "0023_kinds_of_blocks_are_listed_in_code"),
        ("newsletters", "0024_snapshots_of_articles_alone_get_blocks"),
        ("newsletters", "0025_rename_pace_to_rate_limit"),
        ("newsletters", "0026_rename_permissions_of_paces"),
        ("newsletters", "0027_lifetime_of_an_edition"),
        ("newsletters", "0028_copy_lifetimes_out_of_snapshots"),
        ("newsletters", "0029_call_undo_send_by_its_name"),
        ("newsletters", "0030_provider_id_of_deliveries"),
        ("newsletters", "0031_plain_words_for_labels"),
        ("newsletters", "0032_plain_words_for_undo_and_email_service"),
        ("newsletters", "0033_note_changes_of_the_site"),
        ("newsletters", "0034_second_person_belongs_to_the_list"),
        ("newsletters", "0035_hold_dead_addresses"),
        ("newsletters", "0036_former_addresses_of_articles"),
        ("newsletters", "0037_look_of_the_institute"),
        ("newsletters", "0038_standing_pages"),
        ("newsletters", "0039_language_of_an_article"),
        ("newsletters", "0040_number_given_when_sent"),
        ("newsletters", "0041_drafts_lose_their_numbers"),
        ("newsletters", "0042_zone_and_set_up_of_the_institute"),
        ("newsletters", "0043_reviews_previews_and_corrections"),
        ("newsletters", "0044_recipients_apart_from_skipped"),
        ("newsletters", "0045_revisions_of_articles"),
        ("newsletters", "0046_headlines_is_the_usual_design"),
        ("newsletters", "0047_revisions_of_articles_repeat_others"),
        ("newsletters", "0048_pictures_that_are_being_prepared"),
        ("newsletters", "0049_texts_of_lists"),
        ("newsletters", "0050_windows_that_began_two_articles"),
        ("newsletters", "0051_one_article_a_window"),
        ("newsletters", "0052_digests"),
        ("newsletters", "0053_segments_of_an_edition"),
        ("newsletters", "0054_revisions_of_pages"),
        ("newsletters", "0055_blocks_for_a_segment"),
        ("newsletters", "0056_ledger_rows_unchecked"),
        ("newsletters", "0057_counted_links"),
        ("newsletters", "0058_sums_for_reports"),
        ("newsletters", "0059_sum_what_was_counted"),
        ("newsletters", "0060_count_clicks_unless_told"),
        ("newsletters", "0061_feedback"),
        ("newsletters", "0062_list_welcomes"),
        ("newsletters", "0063_opens_readers_and_mended_links"),
        ("newsletters", "0064_editions_say_what_is_counted"),
        ("newsletters", "0065_readers_of_an_edition"),
        ("newsletters", "0066_policy_words"),
        ("newsletters", "0068_api_tokens"),
        ("newsletters", "0069_engagement_without_indexes"),
        ("newsletters", "0070_reengagements"),
        ("newsletters", "0071_feedback_that_could_not_take_effect"),
        ("newsletters", "0072_feeds_that_articles_come_in_by"),
        ("newsletters", "0073_feedback_for_reports"),
        ("newsletters", "0074_numbers_of_editions_by_age"),
        ("newsletters", "0075_api_tokens_made_once_a_form"),
        ("newsletters", "0076_folders_of_clicks_by_machine"),
        ("newsletters", "0077_archives_that_articles_come_in_by"),
        ("newsletters", "0078_counts_that_are_rolled_up"),
        ("newsletters", "0079_dates_that_are_skipped_or_moved"),
        ("newsletters", "0080_conditions_of_blocks"),
        ("newsletters", "0081_editions_drafted_ahead"),
        ("newsletters", "0082_rules_of_editions_that_make_themselves"),
    ]

    initial = True

    dependencies = [("subscribers", "0031_people_by_domain"), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]

    operations = [
        CreateModels(
            [
                migrations.CreateModel(
                    name="Agent",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("name", models.CharField(max_length=300, unique=True)),
                    ],
                    options={"indexes": [], "constraints": []},
                ),
                migrations.CreateModel(
                    name="ApiToken",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "user",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="api_tokens",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("name", models.CharField(max_length=80, verbose_name="name")),
                        ("digest", models.CharField(editable=False, max_length=64, unique=True)),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="created")),
                        ("expires_at", models.DateTimeField(verbose_name="works until")),
                        ("last_used_at", models.DateTimeField(blank=True, null=True, verbose_name="last used")),
                        ("revoked_at", models.DateTimeField(blank=True, null=True, verbose_name="revoked")),
                        ("revoked_by", models.CharField(blank=True, max_length=150, verbose_name="revoked by")),
                        ("idempotency_key", models.CharField(editable=False, max_length=32, null=True)),
                    ],
                    options={
                        "ordering": ["-pk"],
                        "default_permissions": (),
                        "constraints": [
                            models.UniqueConstraint(fields=("user", "idempotency_key"), name="one_api_token_a_form"),
                            models.CheckConstraint(
                                condition=models.Q(("expires_at__gt", models.F("created_at"))),
                                name="an_api_token_expires_later",
                            ),
                        ],
                        "indexes": [],
                    },
                ),
                migrations.CreateModel(
                    name="ArchiveImport",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("name", models.CharField(max_length=500, verbose_name="file or address")),
                        ("address", models.CharField(blank=True, default="", max_length=500)),
                        ("folder", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                        ("system", models.CharField(blank=True, default="", max_length=20, verbose_name="system")),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("checking", "being checked"),
                                    ("checked", "checked"),
                                    ("running", "coming in"),
                                    ("stopped", "stopped"),
                                    ("done", "brought in"),
                                    ("failed", "can't be read"),
                                    ("undoing", "being undone"),
                                    ("undone", "undone"),
                                ],
                                default="checking",
                                max_length=10,
                                verbose_name="state",
                            ),
                        ),
                        ("options", models.JSONField(default=dict)),
                        ("total", models.PositiveIntegerField(default=0)),
                        ("cursor", models.PositiveIntegerField(default=0)),
                        ("notes", models.JSONField(default=list)),
                        ("made", models.JSONField(default=dict)),
                        ("trouble", models.CharField(blank=True, default="", max_length=500)),
                        ("failures", models.PositiveSmallIntegerField(default=0)),
                        ("wants_stop", models.BooleanField(default=False)),
                        ("claimed_at", models.DateTimeField(blank=True, null=True)),
                        ("by", models.CharField(blank=True, default="", max_length=150, verbose_name="by")),
                        ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="when")),
                        ("started_at", models.DateTimeField(blank=True, null=True)),
                        ("finished_at", models.DateTimeField(blank=True, null=True)),
                    ],
                    options={
                        "verbose_name": "archive",
                        "verbose_name_plural": "archives",
                        "ordering": ["-pk"],
                        "indexes": [
                            models.Index(
                                condition=models.Q(("state__in", ["checking", "running", "undoing"])),
                                fields=["state"],
                                name="archives_at_work",
                            )
                        ],
                        "constraints": [],
                    },
                ),
                migrations.CreateModel(
                    name="Author",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("name", models.CharField(max_length=120, verbose_name="name")),
                        ("slug", models.SlugField(max_length=120, unique=True, verbose_name="address")),
                        ("about", models.TextField(blank=True, max_length=1000, verbose_name="about")),
                    ],
                    options={
                        "verbose_name": "author",
                        "verbose_name_plural": "authors",
                        "ordering": ["name"],
                        "indexes": [],
                        "constraints": [],
                    },
                ),
                migrations.CreateModel(
                    name="ClickSpool",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("name", models.CharField(max_length=100, unique=True)),
                        ("offset", models.PositiveBigIntegerField(default=0)),
                    ],
                    options={"indexes": [], "constraints": []},
                ),
                migrations.CreateModel(
                    name="CountedFolder",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("name", models.CharField(max_length=80, unique=True)),
                        ("counted_to", models.DateTimeField()),
                    ],
                    options={"default_permissions": (), "indexes": [], "constraints": []},
                ),
                migrations.CreateModel(
                    name="Engagement",
                    fields=[
                        ("subscriber_id", models.PositiveBigIntegerField(primary_key=True, serialize=False)),
                        ("opened_at", models.DateTimeField(null=True)),
                        ("clicked_at", models.DateTimeField(null=True)),
                        ("opens", models.PositiveIntegerField(default=0)),
                        ("clicks", models.PositiveIntegerField(default=0)),
                    ],
                    options={"default_permissions": (), "indexes": [], "constraints": []},
                ),
                migrations.CreateModel(
                    name="FeedSource",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "name",
                            models.CharField(
                                blank=True,
                                help_text="Leave it empty for the feed's own.",
                                max_length=200,
                                verbose_name="name",
                            ),
                        ),
                        (
                            "address",
                            models.CharField(
                                help_text="Of the feed, or of a site that names its feed.",
                                max_length=500,
                                unique=True,
                                validators=[django.core.validators.URLValidator(["http", "https"])],
                                verbose_name="address",
                            ),
                        ),
                        (
                            "mode",
                            models.CharField(
                                choices=[
                                    ("draft", "Hold as draft: an editor publishes it"),
                                    ("publish", "Publish at once"),
                                    (
                                        "link",
                                        "Publish at once, and link out: the article stays where it is, and our links lead there",
                                    ),
                                ],
                                default="draft",
                                max_length=8,
                                verbose_name="new articles",
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("active", "active"),
                                    ("paused", "paused"),
                                    ("stopped", "stopped: the feed is gone"),
                                ],
                                default="active",
                                max_length=8,
                                verbose_name="state",
                            ),
                        ),
                        (
                            "bring_first",
                            models.PositiveSmallIntegerField(
                                default=0,
                                help_text="How many of those that are in the feed now come in as drafts. The others never do.",
                                verbose_name="older articles",
                            ),
                        ),
                        ("etag", models.CharField(blank=True, editable=False, max_length=500)),
                        ("last_modified", models.CharField(blank=True, editable=False, max_length=100)),
                        ("begun_at", models.DateTimeField(editable=False, null=True)),
                        ("poll_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                        ("looking_until", models.DateTimeField(editable=False, null=True)),
                        ("holds_new", models.BooleanField(default=False, editable=False)),
                        ("polled_at", models.DateTimeField(editable=False, null=True, verbose_name="last checked")),
                        ("failures", models.PositiveIntegerField(default=0, editable=False)),
                        (
                            "problem",
                            models.CharField(blank=True, editable=False, max_length=500, verbose_name="problem"),
                        ),
                        ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="added")),
                        (
                            "topics",
                            models.ManyToManyField(
                                blank=True,
                                help_text="Of every article from this feed, besides those that its categories stand for.",
                                related_name="+",
                                to="subscribers.topic",
                                verbose_name="topics",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "feed",
                        "verbose_name_plural": "feeds",
                        "ordering": ["name", "pk"],
                        "indexes": [
                            models.Index(
                                condition=models.Q(("state", "active")), fields=["poll_at"], name="feed_source_is_due"
                            )
                        ],
                        "constraints": [],
                    },
                ),
                migrations.CreateModel(
                    name="ListFigures",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "mailing_list",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="subscribers.mailinglist",
                            ),
                        ),
                        ("figures", models.JSONField(default=dict)),
                        ("counted_at", models.DateTimeField(default=django.utils.timezone.now)),
                    ],
                    options={"indexes": [], "constraints": []},
                ),
                migrations.CreateModel(
                    name="Page",
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
                                choices=[
                                    ("privacy", "privacy notice"),
                                    ("imprint", "imprint"),
                                    ("about", "about us"),
                                    ("contact", "contact"),
                                    ("other", "other page"),
                                ],
                                default="other",
                                max_length=10,
                                verbose_name="kind",
                            ),
                        ),
                        ("title", models.CharField(max_length=120, verbose_name="title")),
                        ("slug", models.SlugField(max_length=120, verbose_name="address")),
                        ("language", models.CharField(blank=True, max_length=16, verbose_name="language")),
                        ("body", models.TextField(blank=True, verbose_name="text")),
                        (
                            "status",
                            models.CharField(
                                choices=[("draft", "draft"), ("published", "published")],
                                default="draft",
                                max_length=10,
                                verbose_name="status",
                            ),
                        ),
                        ("position", models.PositiveSmallIntegerField(default=0, verbose_name="position")),
                        ("revision", models.PositiveIntegerField(db_default=1, default=1, editable=False)),
                        ("in_footer", models.BooleanField(default=True, verbose_name="in the footer")),
                        ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                        ("updated_at", models.DateTimeField(auto_now=True, verbose_name="last changed")),
                    ],
                    options={
                        "verbose_name": "page",
                        "verbose_name_plural": "pages",
                        "ordering": ["position", "pk"],
                        "constraints": [
                            models.UniqueConstraint(fields=("slug", "language"), name="one_page_an_address"),
                            models.UniqueConstraint(
                                condition=models.Q(("kind", "other"), _negated=True),
                                fields=("kind", "language"),
                                name="one_page_a_kind_and_language",
                            ),
                        ],
                        "indexes": [],
                    },
                ),
                migrations.CreateModel(
                    name="Picture",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "alt",
                            models.CharField(
                                blank=True,
                                help_text="Describes the picture for people who can't see it.",
                                max_length=300,
                                verbose_name="alternative text",
                            ),
                        ),
                        (
                            "is_decorative",
                            models.BooleanField(db_default=False, default=False, verbose_name="decorative"),
                        ),
                        ("caption", models.CharField(blank=True, max_length=500, verbose_name="caption")),
                        (
                            "credit",
                            models.CharField(
                                blank=True,
                                help_text="Without the words “Image credit”.",
                                max_length=200,
                                verbose_name="credit",
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("ready", "ready"),
                                    ("preparing", "being prepared"),
                                    ("failed", "couldn't be prepared"),
                                ],
                                db_default="ready",
                                default="ready",
                                editable=False,
                                max_length=10,
                            ),
                        ),
                        ("file", models.CharField(editable=False, max_length=200, verbose_name="file")),
                        ("focus_x", models.PositiveSmallIntegerField(db_default=50, default=50, editable=False)),
                        ("focus_y", models.PositiveSmallIntegerField(db_default=50, default=50, editable=False)),
                        ("width", models.PositiveIntegerField(editable=False)),
                        ("height", models.PositiveIntegerField(editable=False)),
                        ("renditions", models.JSONField(default=list, editable=False)),
                        ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="added")),
                    ],
                    options={
                        "verbose_name": "picture",
                        "verbose_name_plural": "pictures",
                        "ordering": ["-pk"],
                        "indexes": [],
                        "constraints": [],
                    },
                ),
                migrations.CreateModel(
                    name="PolledMailbox",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("key", models.CharField(max_length=64, unique=True)),
                        ("uid_validity", models.PositiveBigIntegerField(default=0)),
                        ("last_uid", models.PositiveBigIntegerField(default=0)),
                        ("looked_at", models.DateTimeField()),
                        ("error", models.CharField(blank=True, max_length=500)),
                    ],
                    options={"indexes": [], "constraints": []},
                ),
                migrations.CreateModel(
                    name="RateLimit",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "domain",
                            models.CharField(
                                blank=True,
                                help_text="For example gmail.com. Leave it empty to limit all mail together.",
                                max_length=253,
                                unique=True,
                                verbose_name="recipient domain",
                            ),
                        ),
                        (
                            "per_second",
                            models.FloatField(
                                validators=[django.core.validators.MinValueValidator(0.01)],
                                verbose_name="emails per second",
                            ),
                        ),
                        ("tokens", models.FloatField(default=0, editable=False)),
                        ("refilled_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                    ],
                    options={
                        "verbose_name": "rate limit",
                        "verbose_name_plural": "rate limits",
                        "ordering": ["domain"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("per_second__gt", 0)), name="a_rate_limit_lets_mail_through"
                            )
                        ],
                        "indexes": [],
                    },
                ),
                migrations.CreateModel(
                    name="RawEvent",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("source", models.CharField(max_length=20, verbose_name="source")),
                        ("digest", models.CharField(max_length=64)),
                        ("body", models.BinaryField()),
                        ("size", models.PositiveIntegerField(verbose_name="size")),
                        ("content_type", models.CharField(blank=True, max_length=200)),
                        ("received_at", models.DateTimeField(verbose_name="received")),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("waiting", "not read yet"),
                                    ("done", "read"),
                                    ("failed", "could not be processed"),
                                ],
                                default="waiting",
                                max_length=8,
                                verbose_name="state",
                            ),
                        ),
                        ("due_at", models.DateTimeField()),
                        ("attempts", models.PositiveSmallIntegerField(default=0)),
                        ("error", models.CharField(blank=True, max_length=500, verbose_name="error")),
                        ("rules", models.PositiveSmallIntegerField(default=0)),
                        ("kind", models.CharField(blank=True, max_length=12, verbose_name="kind")),
                    ],
                    options={
                        "verbose_name": "received email or event",
                        "verbose_name_plural": "received emails and events",
                        "indexes": [
                            models.Index(
                                condition=models.Q(("state", "waiting")), fields=["due_at"], name="raw_events_waiting"
                            ),
                            models.Index(fields=["received_at"], name="raw_events_by_age"),
                        ],
                        "constraints": [models.UniqueConstraint(fields=("source", "digest"), name="raw_event_once")],
                    },
                ),
                migrations.CreateModel(
                    name="SeedList",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("name", models.CharField(max_length=80, unique=True, verbose_name="name")),
                        (
                            "addresses",
                            models.TextField(
                                help_text="One per line, at most 20. Use your own mailboxes, never readers'.",
                                max_length=8000,
                                verbose_name="addresses",
                            ),
                        ),
                        ("updated_at", models.DateTimeField(auto_now=True, verbose_name="last changed")),
                    ],
                    options={
                        "verbose_name": "seed list",
                        "verbose_name_plural": "seed lists",
                        "ordering": ["name"],
                        "indexes": [],
                        "constraints": [],
                    },
                ),
                migrations.CreateModel(
                    name="SendingGuard",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("installation", models.UUIDField(default=uuid.uuid4, editable=False)),
                        ("fence", models.PositiveBigIntegerField(default=0)),
                        ("location", models.CharField(blank=True, max_length=300)),
                        ("halted_why", models.CharField(blank=True, max_length=300)),
                        ("halted_at", models.DateTimeField(blank=True, null=True)),
                        ("confirmed_by", models.CharField(blank=True, max_length=150)),
                        ("confirmed_at", models.DateTimeField(blank=True, null=True)),
                    ],
                    options={
                        "constraints": [models.CheckConstraint(condition=models.Q(("pk", 1)), name="one_guard")],
                        "indexes": [],
                    },
                ),
                migrations.CreateModel(
                    name="SiteChange",
                    fields=[("id", models.BigAutoField(primary_key=True, serialize=False))],
                    options={"indexes": [], "constraints": []},
                ),
                migrations.CreateModel(
                    name="ArchiveCategory",
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
                                related_name="categories",
                                to="newsletters.archiveimport",
                            ),
                        ),
                        ("name", models.CharField(max_length=100, verbose_name="category in the archive")),
                        ("key", models.CharField(max_length=100)),
                        ("is_tag", models.BooleanField(default=False)),
                        (
                            "topic",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="subscribers.topic",
                                verbose_name="topic",
                            ),
                        ),
                        ("articles", models.PositiveIntegerField(default=0, verbose_name="articles")),
                    ],
                    options={
                        "ordering": ["-articles", "name"],
                        "constraints": [models.UniqueConstraint(fields=("of", "key"), name="archive_category_once")],
                        "indexes": [],
                    },
                ),
                migrations.CreateModel(
                    name="ArchivedPictureFile",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("key", models.CharField(max_length=64, unique=True)),
                        (
                            "picture",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="newsletters.picture"
                            ),
                        ),
                        (
                            "made_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="pictures",
                                to="newsletters.archiveimport",
                            ),
                        ),
                    ],
                    options={"indexes": [], "constraints": []},
                ),
                migrations.CreateModel(
                    name="Article",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("title", models.CharField(max_length=200, verbose_name="headline")),
                        ("slug", models.SlugField(max_length=120, unique=True, verbose_name="address")),
                        (
                            "summary",
                            models.TextField(
                                help_text="Two sentences, shown in lists and emails.",
                                max_length=600,
                                verbose_name="summary",
                            ),
                        ),
                        (
                            "language",
                            models.CharField(
                                blank=True, db_default="", default="", max_length=10, verbose_name="language"
                            ),
                        ),
                        ("body", models.TextField(verbose_name="text")),
                        (
                            "lead_picture",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="newsletters.picture",
                                verbose_name="lead picture",
                            ),
                        ),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("draft", "draft"),
                                    ("review", "ready for review"),
                                    ("published", "published"),
                                ],
                                default="draft",
                                max_length=10,
                                verbose_name="status",
                            ),
                        ),
                        (
                            "published_at",
                            models.DateTimeField(blank=True, db_index=True, null=True, verbose_name="published"),
                        ),
                        (
                            "comments_open",
                            models.BooleanField(
                                default=True,
                                help_text="Readers can comment until comments close by the institute's settings.",
                                verbose_name="comments",
                            ),
                        ),
                        (
                            "original_url",
                            models.CharField(
                                blank=True,
                                db_default="",
                                default="",
                                help_text="Where the article lives, if it isn't here. Links on the site and in emails lead there.",
                                max_length=2000,
                                validators=[django.core.validators.URLValidator(["http", "https"])],
                                verbose_name="address of the original",
                            ),
                        ),
                        ("word_count", models.PositiveIntegerField(default=0, editable=False)),
                        (
                            "reading_minutes",
                            models.PositiveSmallIntegerField(
                                default=1, editable=False, verbose_name="reading time in minutes"
                            ),
                        ),
                        ("revision", models.PositiveIntegerField(default=1, editable=False)),
                        ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                        ("updated_at", models.DateTimeField(auto_now=True, verbose_name="last changed")),
                        (
                            "topics",
                            models.ManyToManyField(
                                related_name="articles", to="subscribers.topic", verbose_name="topics"
                            ),
                        ),
                        (
                            "authors",
                            models.ManyToManyField(
                                blank=True,
                                related_name="articles",
                                through="newsletters.ArticleAuthor",
                                to="newsletters.author",
                                verbose_name="authors",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "article",
                        "verbose_name_plural": "articles",
                        "ordering": ["-published_at", "-pk"],
                        "permissions": [("publish_article", "Can publish articles")],
                        "indexes": [models.Index(fields=["status", "-published_at"], name="article_newest_published")],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("status", "published"), _negated=True),
                                    ("published_at__isnull", False),
                                    _connector="OR",
                                ),
                                name="published_article_says_when",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="FeedCategory",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "source",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="categories",
                                to="newsletters.feedsource",
                            ),
                        ),
                        ("name", models.CharField(max_length=100, verbose_name="category in the feed")),
                        ("key", models.CharField(max_length=100)),
                        (
                            "topic",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="subscribers.topic",
                                verbose_name="topic",
                            ),
                        ),
                        ("items", models.PositiveIntegerField(default=0, verbose_name="items")),
                    ],
                    options={
                        "verbose_name": "category of a feed",
                        "verbose_name_plural": "categories of this feed",
                        "ordering": ["-items", "name"],
                        "constraints": [models.UniqueConstraint(fields=("source", "key"), name="feed_category_once")],
                        "indexes": [],
                    },
                ),
                migrations.CreateModel(
                    name="FeedLogEntry",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "source",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="log",
                                to="newsletters.feedsource",
                            ),
                        ),
                        ("at", models.DateTimeField(default=django.utils.timezone.now)),
                        ("sentence", models.TextField()),
                        ("is_problem", models.BooleanField(default=False)),
                    ],
                    options={
                        "ordering": ["-at", "-pk"],
                        "indexes": [models.Index(fields=["source", "-at"], name="feed_log_newest")],
                        "constraints": [],
                    },
                ),
                migrations.CreateModel(
                    name="FeedPicture",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "source",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="pictures",
                                to="newsletters.feedsource",
                            ),
                        ),
                        ("key", models.CharField(max_length=64)),
                        (
                            "picture",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="newsletters.picture"
                            ),
                        ),
                    ],
                    options={
                        "constraints": [models.UniqueConstraint(fields=("source", "key"), name="feed_picture_once")],
                        "indexes": [],
                    },
                ),
                migrations.CreateModel(
                    name="FormerPageAddress",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("slug", models.SlugField(max_length=120)),
                        ("language", models.CharField(blank=True, max_length=16)),
                        (
                            "page",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="former_addresses",
                                to="newsletters.page",
                            ),
                        ),
                        ("changed_at", models.DateTimeField(auto_now_add=True)),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("slug", "language"), name="one_page_a_former_address")
                        ],
                        "indexes": [],
                    },
                ),
                migrations.CreateModel(
                    name="Institute",
                    fields=[
                        (
                            "id",
                            models.PositiveSmallIntegerField(
                                default=1, editable=False, primary_key=True, serialize=False
                            ),
                        ),
                        ("name", models.CharField(default="Iria", max_length=80, verbose_name="name")),
                        ("tagline", models.CharField(blank=True, max_length=160, verbose_name="tagline")),
                        (
                            "description",
                            models.TextField(
                                blank=True,
                                help_text="Shown at the bottom of every page.",
                                max_length=1000,
                                verbose_name="description",
                            ),
                        ),
                        (
                            "contact_email",
                            models.EmailField(blank=True, max_length=254, verbose_name="contact address"),
                        ),
                        ("copyright_line", models.CharField(blank=True, max_length=200, verbose_name="copyright line")),
                        (
                            "logo",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="newsletters.picture",
                                verbose_name="logo",
                            ),
                        ),
                        (
                            "logo_dark",
                            models.ForeignKey(
                                blank=True,
                                help_text="If there is none, the logo is shown on a light plate.",
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="newsletters.picture",
                                verbose_name="logo for dark mode",
                            ),
                        ),
                        (
                            "shows_name",
                            models.BooleanField(
                                db_default=True,
                                default=True,
                                help_text="Turn it off if the logo itself says the name.",
                                verbose_name="name beside the logo",
                            ),
                        ),
                        (
                            "icon",
                            models.ForeignKey(
                                blank=True,
                                help_text="A square picture for browser tabs and home screens, 512 pixels wide or more.",
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="newsletters.picture",
                                verbose_name="icon",
                            ),
                        ),
                        (
                            "accent",
                            models.CharField(
                                blank=True,
                                db_default="",
                                default="",
                                help_text="For buttons, links and lines. Any colour works: we keep the words on it readable.",
                                max_length=7,
                                validators=[
                                    django.core.validators.RegexValidator(
                                        "^#[0-9A-Fa-f]{6}$", "Six hexadecimal digits after #, for example #1F3A5F."
                                    )
                                ],
                                verbose_name="accent colour",
                            ),
                        ),
                        (
                            "typeface",
                            models.CharField(
                                blank=True, db_default="", default="", max_length=20, verbose_name="typeface"
                            ),
                        ),
                        (
                            "share_picture",
                            models.ForeignKey(
                                blank=True,
                                help_text="Shown where somebody shares a page that has no picture of its own. 1200 × 630 pixels fit best.",
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="newsletters.picture",
                                verbose_name="picture for shared links",
                            ),
                        ),
                        (
                            "social_links",
                            models.TextField(
                                blank=True,
                                db_default="",
                                default="",
                                help_text="The addresses of your profiles, one a line. We link to them at the bottom of every page.",
                                max_length=2000,
                                verbose_name="social networks",
                            ),
                        ),
                        (
                            "zone",
                            models.CharField(
                                db_default="UTC",
                                default="UTC",
                                help_text="For example Europe/Berlin.",
                                max_length=64,
                                verbose_name="time zone",
                            ),
                        ),
                        ("set_up_dismissed_at", models.DateTimeField(blank=True, editable=False, null=True)),
                        (
                            "comments_days",
                            models.PositiveSmallIntegerField(
                                blank=True,
                                default=30,
                                help_text="Counted from publication. Leave it empty to keep comments open; 0 turns comments off.",
                                null=True,
                                validators=[django.core.validators.MaxValueValidator(3650)],
                                verbose_name="close comments after (days)",
                            ),
                        ),
                        (
                            "comments_email",
                            models.EmailField(
                                blank=True,
                                help_text="Gets an email when comments are waiting. If empty, we use the contact address.",
                                max_length=254,
                                verbose_name="address for comment notices",
                            ),
                        ),
                        ("updated_at", models.DateTimeField(auto_now=True, verbose_name="last changed")),
                    ],
                    options={
                        "verbose_name": "institute",
                        "verbose_name_plural": "institute",
                        "constraints": [models.CheckConstraint(condition=models.Q(("id", 1)), name="one_institute")],
                        "indexes": [],
                    },
                ),
                migrations.CreateModel(
                    name="ListText",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "mailing_list",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="subscribers.mailinglist",
                                verbose_name="mailing list",
                            ),
                        ),
                        ("language", models.CharField(blank=True, max_length=16, verbose_name="language")),
                        ("heading", models.CharField(blank=True, max_length=120, verbose_name="heading")),
                        (
                            "picture",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="newsletters.picture",
                                verbose_name="picture",
                            ),
                        ),
                        ("page_text", models.TextField(blank=True, verbose_name="text of the sign-up page")),
                        (
                            "welcome_subject",
                            models.CharField(blank=True, max_length=150, verbose_name="subject of the welcome email"),
                        ),
                        ("welcome_text", models.TextField(blank=True, verbose_name="text of the welcome email")),
                        ("updated_at", models.DateTimeField(auto_now=True, verbose_name="last changed")),
                    ],
                    options={
                        "verbose_name": "text of a list",
                        "verbose_name_plural": "texts of lists",
                        "ordering": ["mailing_list", "language"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("mailing_list", "language"), name="one_text_a_list_and_language"
                            )
                        ],
                        "indexes": [],
                    },
                ),
                migrations.CreateModel(
                    name="PageRevision",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("number", models.PositiveIntegerField(verbose_name="revision")),
                        ("fields", models.JSONField(verbose_name="fields")),
                        ("written_revision", models.PositiveIntegerField()),
                        ("is_applied", models.BooleanField(verbose_name="applied")),
                        ("restored_from", models.PositiveIntegerField(null=True)),
                        ("window", models.CharField(max_length=40)),
                        ("saved_by", models.CharField(blank=True, max_length=150, verbose_name="saved by")),
                        (
                            "saved_by_user",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("saved_at", models.DateTimeField(auto_now_add=True, verbose_name="saved")),
                        (
                            "page",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="revisions",
                                to="newsletters.page",
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
                migrations.CreateModel(
                    name="PictureUpload",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "picture",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="uploads",
                                to="newsletters.picture",
                            ),
                        ),
                        ("original", models.CharField(max_length=40, unique=True)),
                        ("size", models.PositiveIntegerField()),
                        ("replaces", models.BooleanField()),
                        ("tries", models.PositiveSmallIntegerField(default=0)),
                        ("try_at", models.DateTimeField(default=django.utils.timezone.now)),
                        ("problem", models.CharField(blank=True, max_length=300)),
                        ("created_at", models.DateTimeField(auto_now_add=True)),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("problem", "")), fields=["try_at"], name="picture_upload_waits"
                            )
                        ],
                        "constraints": [],
                    },
                ),
                migrations.CreateModel(
                    name="ArchiveLine",
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
                                related_name="lines",
                                to="newsletters.archiveimport",
                            ),
                        ),
                        ("number", models.PositiveIntegerField()),
                        ("title", models.CharField(max_length=200)),
                        ("address", models.CharField(blank=True, default="", max_length=2000)),
                        (
                            "outcome",
                            models.CharField(
                                choices=[
                                    ("new", "comes in"),
                                    ("changed", "changes"),
                                    ("same", "is here already"),
                                    ("edited", "stays as it is here"),
                                    ("left_out", "left out"),
                                    ("removed", "removed again"),
                                    ("kept", "stays, though the rest was undone"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("sentences", models.JSONField(default=list)),
                        ("is_done", models.BooleanField(default=False)),
                        (
                            "article",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="newsletters.article",
                            ),
                        ),
                    ],
                    options={
                        "ordering": ["number"],
                        "constraints": [models.UniqueConstraint(fields=("of", "number"), name="archive_line_once")],
                        "indexes": [],
                    },
                ),
                migrations.CreateModel(
                    name="ArchivedItem",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("system", models.CharField(max_length=20)),
                        ("site", models.CharField(blank=True, max_length=255)),
                        ("key", models.CharField(max_length=64)),
                        ("fingerprint", models.CharField(max_length=64)),
                        (
                            "article",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="archived_items",
                                to="newsletters.article",
                            ),
                        ),
                        ("written_revision", models.PositiveIntegerField(default=0)),
                        ("was_published", models.BooleanField(default=False)),
                        (
                            "made_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="items",
                                to="newsletters.archiveimport",
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("system", "site", "key"), name="archived_item_once")
                        ],
                        "indexes": [],
                    },
                ),
                migrations.CreateModel(
                    name="ArticleAuthor",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "article",
                            models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="newsletters.article"),
                        ),
                        (
                            "author",
                            models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="newsletters.author"),
                        ),
                        ("position", models.PositiveSmallIntegerField(default=0, verbose_name="position")),
                    ],
                    options={
                        "verbose_name": "by-line",
                        "verbose_name_plural": "by-lines",
                        "ordering": ["position", "pk"],
                        "constraints": [
                            models.UniqueConstraint(fields=("article", "author"), name="one_byline_an_author")
                        ],
                        "indexes": [],
                    },
                ),
                migrations.CreateModel(
                    name="ArticleRevision",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("number", models.PositiveIntegerField(verbose_name="revision")),
                        ("fields", models.JSONField(verbose_name="fields")),
                        ("written_revision", models.PositiveIntegerField()),
                        ("is_applied", models.BooleanField(verbose_name="applied")),
                        ("restored_from", models.PositiveIntegerField(null=True)),
                        ("window", models.CharField(max_length=40)),
                        ("saved_by", models.CharField(blank=True, max_length=150, verbose_name="saved by")),
                        (
                            "saved_by_user",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("saved_at", models.DateTimeField(auto_now_add=True, verbose_name="saved")),
                        (
                            "article",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="revisions",
                                to="newsletters.article",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "revision of an article",
                        "verbose_name_plural": "revisions of articles",
                        "ordering": ["-number"],
                        "abstract": False,
                        "indexes": [models.Index(fields=["window"], name="article_revision_of_a_window")],
                        "constraints": [
                            models.UniqueConstraint(fields=("article", "number"), name="one_article_revision_a_number"),
                            models.UniqueConstraint(
                                condition=models.Q(("number", 1), models.Q(("window", ""), _negated=True)),
                                fields=("window",),
                                name="one_article_a_window",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ArticleText",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "article",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="text",
                                to="newsletters.article",
                            ),
                        ),
                        ("title", models.TextField()),
                        ("summary", models.TextField()),
                        ("authors", models.TextField()),
                        ("body", models.TextField()),
                        ("folded", models.TextField()),
                    ],
                    options={"indexes": [], "constraints": []},
                ),
                migrations.CreateModel(
                    name="Comment",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
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
                                verbose_name="reply to",
                            ),
                        ),
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
                        ("decided_by", models.CharField(blank=True, max_length=150, verbose_name="reviewed by")),
                    ],
                    options={
                        "verbose_name": "comment",
                        "verbose_name_plural": "comments",
                        "ordering": ["-pk"],
                        "indexes": [
                            models.Index(fields=["article", "state", "created_at"], name="comment_of_article"),
                            models.Index(
                                condition=models.Q(("state", "held")), fields=["created_at"], name="comment_held"
                            ),
                            models.Index(fields=["told_at"], name="comment_told"),
                            models.Index(
                                condition=models.Q(("ip__isnull", False)), fields=["created_at"], name="comment_with_ip"
                            ),
                            models.Index(
                                condition=models.Q(("state", "spam")), fields=["decided_at"], name="comment_spam"
                            ),
                            models.Index(
                                condition=models.Q(("email", ""), _negated=True),
                                fields=["decided_at"],
                                name="comment_with_email",
                            ),
                        ],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("parent", models.F("pk")), _negated=True),
                                name="no_comment_answers_itself",
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Correction",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "article",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="corrections",
                                to="newsletters.article",
                            ),
                        ),
                        ("text", models.CharField(max_length=600, verbose_name="correction")),
                        (
                            "corrected_at",
                            models.DateTimeField(default=django.utils.timezone.now, verbose_name="corrected"),
                        ),
                        ("by_name", models.CharField(max_length=150)),
                    ],
                    options={
                        "verbose_name": "correction",
                        "verbose_name_plural": "corrections",
                        "ordering": ["corrected_at", "pk"],
                        "default_permissions": (),
                        "indexes": [],
                        "constraints": [],
                    },
                ),
                migrations.CreateModel(
                    name="FeedItem",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "source",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="items",
                                to="newsletters.feedsource",
                            ),
                        ),
                        ("key", models.CharField(max_length=64)),
                        ("link_key", models.CharField(blank=True, max_length=64)),
                        ("title_key", models.CharField(max_length=64)),
                        ("published_at", models.DateTimeField(null=True)),
                        ("fingerprint", models.CharField(max_length=64)),
                        ("raw_fingerprint", models.CharField(max_length=64)),
                        ("changes", models.PositiveSmallIntegerField(default=0)),
                        ("changed_at", models.DateTimeField(null=True)),
                        (
                            "article",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="feed_items",
                                to="newsletters.article",
                            ),
                        ),
                        ("written_revision", models.PositiveIntegerField(default=0)),
                        ("seen_at", models.DateTimeField(auto_now_add=True)),
                    ],
                    options={
                        "indexes": [models.Index(fields=["source", "link_key"], name="feed_item_by_link")],
                        "constraints": [models.UniqueConstraint(fields=("source", "key"), name="feed_item_once")],
                    },
                ),
                migrations.CreateModel(
                    name="FormerAddress",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("slug", models.SlugField(max_length=120, unique=True)),
                        (
                            "article",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="former_addresses",
                                to="newsletters.article",
                            ),
                        ),
                        ("changed_at", models.DateTimeField(auto_now_add=True)),
                    ],
                    options={"indexes": [], "constraints": []},
                ),
                migrations.CreateModel(
                    name="Newsletter",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("name", models.CharField(max_length=120, verbose_name="name")),
                        ("slug", models.SlugField(max_length=80, unique=True, verbose_name="address")),
                        ("description", models.CharField(blank=True, max_length=400, verbose_name="description")),
                        (
                            "mailing_list",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="newsletters",
                                to="subscribers.mailinglist",
                                verbose_name="mailing list",
                            ),
                        ),
                        ("is_active", models.BooleanField(default=True, verbose_name="active")),
                        (
                            "language",
                            models.CharField(blank=True, db_default="", max_length=10, verbose_name="language"),
                        ),
                        ("from_name", models.CharField(max_length=100, verbose_name="sender name")),
                        ("from_email", models.EmailField(max_length=254, verbose_name="sender address")),
                        ("reply_to", models.EmailField(blank=True, max_length=254, verbose_name="reply-to address")),
                        (
                            "logo",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="newsletters.picture",
                                verbose_name="logo",
                            ),
                        ),
                        (
                            "colour",
                            models.CharField(
                                blank=True,
                                default="",
                                max_length=7,
                                validators=[
                                    django.core.validators.RegexValidator(
                                        "^#[0-9A-Fa-f]{6}$", "Six hexadecimal digits after #, for example #1F3A5F."
                                    )
                                ],
                                verbose_name="colour",
                            ),
                        ),
                        ("design", models.CharField(default="headlines", max_length=40, verbose_name="design")),
                        ("font", models.CharField(blank=True, max_length=20, verbose_name="font")),
                        (
                            "background",
                            models.CharField(
                                default="#EEF0F2",
                                max_length=7,
                                validators=[
                                    django.core.validators.RegexValidator(
                                        "^#[0-9A-Fa-f]{6}$", "Six hexadecimal digits after #, for example #1F3A5F."
                                    )
                                ],
                                verbose_name="background colour",
                            ),
                        ),
                        ("own_mjml", models.TextField(blank=True, verbose_name="your own MJML")),
                        ("footer", models.TextField(blank=True, max_length=1000, verbose_name="footer")),
                        (
                            "postal_address",
                            models.TextField(
                                help_text="Required by law in many countries. Shown in every email.",
                                max_length=500,
                                verbose_name="postal address",
                            ),
                        ),
                        (
                            "cadence",
                            models.CharField(
                                choices=[("none", "no schedule"), ("weekly", "weekly"), ("monthly", "monthly")],
                                default="none",
                                max_length=10,
                                verbose_name="schedule",
                            ),
                        ),
                        ("weekdays", models.JSONField(blank=True, default=list, verbose_name="weekdays")),
                        (
                            "day_of_month",
                            models.PositiveSmallIntegerField(
                                blank=True,
                                help_text="In shorter months, we use the last day.",
                                null=True,
                                validators=[
                                    django.core.validators.MinValueValidator(1),
                                    django.core.validators.MaxValueValidator(31),
                                ],
                                verbose_name="day of the month",
                            ),
                        ),
                        ("send_time", models.TimeField(blank=True, null=True, verbose_name="time of day")),
                        (
                            "zone",
                            models.CharField(
                                default="UTC",
                                help_text="For example Europe/Berlin.",
                                max_length=64,
                                verbose_name="time zone",
                            ),
                        ),
                        (
                            "holidays_country",
                            models.CharField(
                                blank=True,
                                db_default="",
                                default="",
                                max_length=2,
                                verbose_name="skip the public holidays of",
                            ),
                        ),
                        (
                            "holidays_region",
                            models.CharField(
                                blank=True,
                                db_default="",
                                default="",
                                help_text="For the holidays of one region, such as BY for Bavaria. Leave it empty for those of the country.",
                                max_length=40,
                                verbose_name="region",
                            ),
                        ),
                        ("cadence_since", models.DateTimeField(blank=True, editable=False, null=True)),
                        (
                            "mode",
                            models.CharField(
                                choices=[
                                    ("automatic", "send automatically"),
                                    ("draft", "create a draft for an editor"),
                                    ("drop", "drop the draft, unless an editor has sent it or worked on it"),
                                ],
                                default="draft",
                                max_length=10,
                                verbose_name="at the scheduled time",
                            ),
                        ),
                        (
                            "draft_hours",
                            models.PositiveSmallIntegerField(
                                db_default=0,
                                default=0,
                                help_text="So many hours before the scheduled time, we draft the edition and mail it to all who may send: to look at it, send it or skip it. 0 makes it at the scheduled time.",
                                validators=[django.core.validators.MaxValueValidator(168)],
                                verbose_name="draft it ahead (hours)",
                            ),
                        ),
                        (
                            "at_most",
                            models.PositiveSmallIntegerField(
                                default=10,
                                validators=[
                                    django.core.validators.MinValueValidator(1),
                                    django.core.validators.MaxValueValidator(50),
                                ],
                                verbose_name="maximum articles",
                            ),
                        ),
                        (
                            "at_least",
                            models.PositiveSmallIntegerField(
                                default=1,
                                validators=[
                                    django.core.validators.MinValueValidator(1),
                                    django.core.validators.MaxValueValidator(50),
                                ],
                                verbose_name="skip if fewer articles than",
                            ),
                        ),
                        (
                            "lead_rule",
                            models.CharField(
                                choices=[("newest", "the newest article"), ("most_read", "the most read article")],
                                db_default="newest",
                                default="newest",
                                max_length=10,
                                verbose_name="lead",
                            ),
                        ),
                        (
                            "pinned_article",
                            models.ForeignKey(
                                blank=True,
                                editable=False,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="newsletters.article",
                                verbose_name="pinned article",
                            ),
                        ),
                        (
                            "by_topic",
                            models.BooleanField(
                                db_default=False, default=False, verbose_name="group articles by topic"
                            ),
                        ),
                        (
                            "with_most_read",
                            models.BooleanField(
                                db_default=False, default=False, verbose_name="add “Most read since last time”"
                            ),
                        ),
                        (
                            "with_missed",
                            models.BooleanField(
                                db_default=False, default=False, verbose_name="add “In case you missed it”"
                            ),
                        ),
                        (
                            "subject_template",
                            models.CharField(
                                default="{{ newsletter }}: {{ lead }}",
                                max_length=200,
                                verbose_name="subject of automatic editions",
                            ),
                        ),
                        (
                            "undo_send_seconds",
                            models.PositiveSmallIntegerField(
                                default=60,
                                help_text="How long we wait after Send before the first email goes out. 0 sends at once.",
                                validators=[django.core.validators.MaxValueValidator(3600)],
                                verbose_name="undo window (seconds)",
                            ),
                        ),
                        (
                            "lifetime_hours",
                            models.PositiveSmallIntegerField(
                                default=24,
                                validators=[
                                    django.core.validators.MinValueValidator(1),
                                    django.core.validators.MaxValueValidator(120),
                                ],
                                verbose_name="keep retrying for (hours)",
                            ),
                        ),
                        (
                            "tracking",
                            models.CharField(
                                choices=[
                                    ("off", "don't count clicks and opens"),
                                    ("anonymous", "count clicks and opens without knowing whose they are"),
                                    ("reader", "count clicks and opens of each reader"),
                                ],
                                db_default="anonymous",
                                default="anonymous",
                                max_length=10,
                                verbose_name="clicks and opens",
                            ),
                        ),
                        (
                            "utm",
                            models.CharField(blank=True, db_default="", max_length=300, verbose_name="UTM parameters"),
                        ),
                        ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                        ("updated_at", models.DateTimeField(auto_now=True, verbose_name="last changed")),
                        (
                            "topics",
                            models.ManyToManyField(
                                blank=True,
                                help_text="Choose none to include articles on all topics.",
                                related_name="+",
                                to="subscribers.topic",
                                verbose_name="topics",
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "newsletter",
                        "verbose_name_plural": "newsletters",
                        "ordering": ["name"],
                        "permissions": [
                            ("own_design_newsletter", "Can write MJML for a newsletter"),
                            ("require_approval_newsletter", "Can change whether a newsletter requires approval"),
                        ],
                        "indexes": [],
                        "constraints": [],
                    },
                ),
                migrations.CreateModel(
                    name="OldAddress",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("path", models.CharField(max_length=500, unique=True)),
                        (
                            "article",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="old_addresses",
                                to="newsletters.article",
                            ),
                        ),
                    ],
                    options={"indexes": [], "constraints": []},
                ),
                migrations.CreateModel(
                    name="PreviewLink",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "article",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="preview_links",
                                to="newsletters.article",
                            ),
                        ),
                        ("made_by_name", models.CharField(max_length=150)),
                        ("made_at", models.DateTimeField(auto_now_add=True)),
                        ("ends_at", models.DateTimeField(verbose_name="ends")),
                    ],
                    options={
                        "verbose_name": "private preview",
                        "verbose_name_plural": "private previews",
                        "ordering": ["-pk"],
                        "default_permissions": (),
                        "indexes": [],
                        "constraints": [],
                    },
                ),
                migrations.CreateModel(
                    name="ReviewRequest",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "article",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="review_requests",
                                to="newsletters.article",
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("asked", "requested"),
                                    ("published", "published"),
                                    ("returned", "sent back"),
                                    ("withdrawn", "withdrawn"),
                                ],
                                default="asked",
                                max_length=10,
                                verbose_name="state",
                            ),
                        ),
                        (
                            "asked_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("asked_by_name", models.CharField(max_length=150)),
                        ("asked_at", models.DateTimeField(auto_now_add=True)),
                        ("decided_by_name", models.CharField(blank=True, max_length=150)),
                        ("decided_at", models.DateTimeField(null=True)),
                        ("note", models.CharField(blank=True, max_length=1000, verbose_name="note")),
                    ],
                    options={
                        "verbose_name": "review request",
                        "verbose_name_plural": "review requests",
                        "ordering": ["-pk"],
                        "default_permissions": (),
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("state", "asked")),
                                fields=("article",),
                                name="one_open_request_an_article",
                            )
                        ],
                        "indexes": [],
                    },
                ),
                migrations.CreateModel(
                    name="EditionTemplate",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "newsletter",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="templates",
                                to="newsletters.newsletter",
                                verbose_name="newsletter",
                            ),
                        ),
                        ("name", models.CharField(max_length=80, verbose_name="name")),
                        (
                            "is_usual",
                            models.BooleanField(
                                default=False,
                                help_text="Automatic editions start from this template.",
                                verbose_name="usual",
                            ),
                        ),
                        ("draft", models.JSONField(editable=False)),
                        ("articles_at", models.PositiveSmallIntegerField(editable=False)),
                        (
                            "made_by",
                            models.CharField(blank=True, editable=False, max_length=150, verbose_name="created by"),
                        ),
                        ("made_at", models.DateTimeField(auto_now_add=True, verbose_name="made")),
                    ],
                    options={
                        "verbose_name": "edition template",
                        "verbose_name_plural": "edition templates",
                        "ordering": ["newsletter", "name"],
                        "constraints": [
                            models.UniqueConstraint(fields=("newsletter", "name"), name="one_template_a_name"),
                            models.UniqueConstraint(
                                condition=models.Q(("is_usual", True)),
                                fields=("newsletter",),
                                name="one_usual_template_a_newsletter",
                            ),
                        ],
                        "indexes": [],
                    },
                ),
                migrations.CreateModel(
                    name="ListWelcome",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "mailing_list",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="subscribers.mailinglist",
                                verbose_name="mailing list",
                            ),
                        ),
                        (
                            "newsletter",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="newsletters.newsletter",
                                verbose_name="newsletter",
                            ),
                        ),
                        ("language", models.CharField(blank=True, max_length=16, verbose_name="language")),
                        ("content", models.JSONField(editable=False)),
                        ("content_hash", models.CharField(editable=False, max_length=64)),
                        (
                            "chosen_by",
                            models.CharField(blank=True, editable=False, max_length=150, verbose_name="chosen by"),
                        ),
                        ("chosen_at", models.DateTimeField(editable=False, verbose_name="chosen")),
                    ],
                    options={
                        "verbose_name": "welcome email",
                        "verbose_name_plural": "welcome emails",
                        "ordering": ["mailing_list", "language"],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("mailing_list", "language"), name="one_welcome_a_list_and_language"
                            )
                        ],
                        "indexes": [],
                    },
                ),
                migrations.CreateModel(
                    name="Occurrence",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "newsletter",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="occurrences",
                                to="newsletters.newsletter",
                            ),
                        ),
                        ("nominal", models.CharField(max_length=16, verbose_name="local time")),
                        ("due_at", models.DateTimeField(verbose_name="due")),
                        (
                            "state",
                            models.CharField(
                                choices=[("made", "edition created"), ("skipped", "skipped"), ("missed", "missed")],
                                max_length=8,
                                verbose_name="state",
                            ),
                        ),
                        ("reason", models.CharField(blank=True, max_length=200, verbose_name="reason")),
                        ("draft_revision", models.PositiveIntegerField(blank=True, editable=False, null=True)),
                        ("created_at", models.DateTimeField(auto_now_add=True)),
                    ],
                    options={
                        "verbose_name": "scheduled date",
                        "verbose_name_plural": "scheduled dates",
                        "ordering": ["-due_at"],
                        "indexes": [
                            models.Index(
                                condition=models.Q(("draft_revision__isnull", False)),
                                fields=["due_at"],
                                name="dates_drafted_ahead",
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(fields=("newsletter", "nominal"), name="one_edition_an_occurrence")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="ScheduleChange",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "newsletter",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="schedule_changes",
                                to="newsletters.newsletter",
                            ),
                        ),
                        ("day", models.DateField(verbose_name="day")),
                        ("moved_to", models.DateTimeField(blank=True, null=True, verbose_name="moved to")),
                        ("reason", models.CharField(blank=True, max_length=120, verbose_name="reason")),
                        ("created_at", models.DateTimeField(auto_now_add=True)),
                    ],
                    options={
                        "verbose_name": "changed date",
                        "verbose_name_plural": "changed dates",
                        "ordering": ["day"],
                        "constraints": [
                            models.UniqueConstraint(fields=("newsletter", "day"), name="one_change_a_date")
                        ],
                        "indexes": [],
                    },
                ),
                migrations.CreateModel(
                    name="Edition",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "newsletter",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="editions",
                                to="newsletters.newsletter",
                            ),
                        ),
                        (
                            "parent",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="children",
                                to="newsletters.edition",
                            ),
                        ),
                        (
                            "occurrence",
                            models.OneToOneField(
                                blank=True,
                                editable=False,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="edition",
                                to="newsletters.occurrence",
                            ),
                        ),
                        (
                            "digest",
                            models.CharField(blank=True, db_default="", default="", editable=False, max_length=8),
                        ),
                        (
                            "number",
                            models.PositiveIntegerField(blank=True, editable=False, null=True, verbose_name="number"),
                        ),
                        ("slug", models.SlugField(blank=True, editable=False, max_length=120, null=True, unique=True)),
                        ("subject", models.CharField(blank=True, max_length=200, verbose_name="subject")),
                        (
                            "preheader",
                            models.CharField(
                                blank=True,
                                help_text="Follows the subject in most inboxes.",
                                max_length=200,
                                verbose_name="preheader",
                            ),
                        ),
                        ("introduction", models.TextField(blank=True, max_length=5000, verbose_name="introduction")),
                        (
                            "include_segments",
                            models.JSONField(blank=True, db_default=models.Value([], models.JSONField()), default=list),
                        ),
                        (
                            "exclude_segments",
                            models.JSONField(blank=True, db_default=models.Value([], models.JSONField()), default=list),
                        ),
                        (
                            "cutoff_at",
                            models.DateTimeField(blank=True, null=True, verbose_name="articles published by"),
                        ),
                        (
                            "status",
                            models.CharField(
                                choices=[
                                    ("draft", "draft"),
                                    ("queued", "queued"),
                                    ("sending", "sending"),
                                    ("paused", "paused"),
                                    ("sent", "sent"),
                                    ("cancelled", "cancelled"),
                                ],
                                default="draft",
                                editable=False,
                                max_length=10,
                                verbose_name="status",
                            ),
                        ),
                        ("revision", models.PositiveIntegerField(default=1, editable=False)),
                        ("snapshot", models.JSONField(blank=True, editable=False, null=True)),
                        ("content_hash", models.CharField(blank=True, editable=False, max_length=64)),
                        ("lifetime_hours", models.PositiveSmallIntegerField(default=24, editable=False)),
                        (
                            "send_at",
                            models.DateTimeField(blank=True, editable=False, null=True, verbose_name="send at"),
                        ),
                        ("held_until", models.DateTimeField(blank=True, editable=False, null=True)),
                        ("queued_at", models.DateTimeField(blank=True, editable=False, null=True)),
                        (
                            "queued_by",
                            models.CharField(blank=True, editable=False, max_length=150, verbose_name="sent by"),
                        ),
                        ("frozen_at", models.DateTimeField(blank=True, editable=False, null=True)),
                        ("tracking", models.CharField(blank=True, db_default="", editable=False, max_length=10)),
                        (
                            "finished_at",
                            models.DateTimeField(blank=True, editable=False, null=True, verbose_name="finished"),
                        ),
                        (
                            "paused_why",
                            models.CharField(
                                blank=True, editable=False, max_length=300, verbose_name="why it was paused"
                            ),
                        ),
                        ("trouble", models.CharField(blank=True, editable=False, max_length=300)),
                        (
                            "candidates",
                            models.PositiveIntegerField(default=0, editable=False, verbose_name="frozen audience"),
                        ),
                        ("set_aside", models.PositiveIntegerField(default=0, editable=False)),
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
                        "verbose_name": "edition",
                        "verbose_name_plural": "editions",
                        "ordering": ["-pk"],
                        "permissions": [("send_edition", "Can send, pause, resume and cancel editions")],
                        "indexes": [
                            models.Index(
                                condition=models.Q(("status__in", ["queued", "sending", "paused"])),
                                fields=["status", "send_at"],
                                name="editions_at_work",
                            ),
                            models.Index(
                                condition=models.Q(("status", "draft")),
                                fields=["-updated_at"],
                                name="drafts_last_touched",
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(fields=("newsletter", "number"), name="one_edition_a_number"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("status__in", ["draft", "cancelled"]),
                                    models.Q(("content_hash__gt", ""), ("snapshot__isnull", False)),
                                    _connector="OR",
                                ),
                                name="what_is_sent_has_a_snapshot",
                            ),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("frozen_at__isnull", True),
                                    models.Q(("number__isnull", False), ("slug__isnull", False)),
                                    models.Q(("slug__isnull", False), models.Q(("digest", ""), _negated=True)),
                                    _connector="OR",
                                ),
                                name="what_went_out_has_a_number",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="Approval",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "edition",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="approvals",
                                to="newsletters.edition",
                            ),
                        ),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("asked", "requested"),
                                    ("approved", "approved"),
                                    ("returned", "rejected"),
                                    ("overtaken", "outdated by a change"),
                                ],
                                default="asked",
                                max_length=10,
                                verbose_name="state",
                            ),
                        ),
                        ("fingerprint", models.CharField(max_length=64)),
                        ("content", models.JSONField()),
                        (
                            "asked_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("asked_by_name", models.CharField(max_length=150)),
                        ("asked_at", models.DateTimeField(auto_now_add=True)),
                        (
                            "decided_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("decided_by_name", models.CharField(blank=True, max_length=150)),
                        ("decided_at", models.DateTimeField(null=True)),
                        ("note", models.CharField(blank=True, max_length=1000, verbose_name="note")),
                        ("told_at", models.DateTimeField(null=True)),
                    ],
                    options={
                        "verbose_name": "approval",
                        "verbose_name_plural": "approvals",
                        "ordering": ["-pk"],
                        "constraints": [
                            models.UniqueConstraint(
                                condition=models.Q(("state", "asked")),
                                fields=("edition",),
                                name="one_open_request_an_edition",
                            )
                        ],
                        "indexes": [],
                    },
                ),
                migrations.CreateModel(
                    name="Attempt",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "edition",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="newsletters.edition",
                            ),
                        ),
                        ("subscriber_id", models.PositiveBigIntegerField()),
                        (
                            "outcome",
                            models.CharField(
                                choices=[
                                    ("accepted", "Accepted"),
                                    ("deferred", "Deferred"),
                                    ("retrying", "Retrying"),
                                    ("rejected", "Rejected"),
                                    ("skipped", "Skipped"),
                                    ("cancelled", "Cancelled"),
                                    ("in_doubt", "In doubt"),
                                ],
                                max_length=10,
                            ),
                        ),
                        ("reply", models.CharField(blank=True, max_length=500)),
                        ("at", models.DateTimeField()),
                    ],
                    options={
                        "ordering": ["at", "pk"],
                        "indexes": [models.Index(fields=["edition", "subscriber_id"], name="attempts_at_a_mail")],
                        "constraints": [],
                    },
                ),
                migrations.CreateModel(
                    name="Chunk",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "edition",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="chunks",
                                to="newsletters.edition",
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[("first", "first"), ("retry", "retry")], default="first", max_length=6
                            ),
                        ),
                        ("group", models.CharField(blank=True, max_length=253)),
                        ("wave", models.DateTimeField()),
                        ("seq", models.PositiveIntegerField()),
                        ("members", models.BinaryField()),
                        ("n", models.PositiveIntegerField()),
                        ("handed_to", models.PositiveIntegerField(default=0)),
                        ("settled", models.PositiveIntegerField(default=0)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("ready", "ready"),
                                    ("claimed", "claimed"),
                                    ("done", "done"),
                                    ("cancelled", "cancelled"),
                                ],
                                default="ready",
                                max_length=10,
                            ),
                        ),
                        ("owner", models.CharField(blank=True, max_length=120)),
                        ("rate", models.FloatField(default=0)),
                        ("fence", models.PositiveBigIntegerField(default=0)),
                        ("beat", models.PositiveBigIntegerField(default=0)),
                        ("heard_at", models.DateTimeField(null=True)),
                        ("accepted", models.PositiveIntegerField(default=0)),
                        ("deferred", models.PositiveIntegerField(default=0)),
                        ("retrying", models.PositiveIntegerField(default=0)),
                        ("rejected", models.PositiveIntegerField(default=0)),
                        ("skipped", models.PositiveIntegerField(default=0)),
                        ("skip_reasons", models.JSONField(default=dict)),
                        ("cancelled", models.PositiveIntegerField(default=0)),
                        ("in_doubt", models.PositiveIntegerField(default=0)),
                    ],
                    options={
                        "indexes": [
                            models.Index(
                                condition=models.Q(("state", "ready")), fields=["wave", "id"], name="chunks_to_claim"
                            ),
                            models.Index(fields=["edition", "state"], name="chunks_of_edition"),
                            models.Index(
                                condition=models.Q(("in_doubt__gt", 0)),
                                fields=["edition", "in_doubt"],
                                name="chunks_in_doubt",
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(fields=("edition", "kind", "seq"), name="one_chunk_a_number"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    ("handed_to__lte", models.F("n")), ("settled__lte", models.F("handed_to"))
                                ),
                                name="settled_were_handed_out_were_members",
                            ),
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="CountedLink",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "edition",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="links",
                                to="newsletters.edition",
                            ),
                        ),
                        ("number", models.PositiveSmallIntegerField()),
                        ("url", models.TextField(verbose_name="address")),
                        (
                            "article",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="newsletters.article",
                            ),
                        ),
                        ("people", models.PositiveBigIntegerField(db_default=0, default=0)),
                        ("machines", models.PositiveBigIntegerField(db_default=0, default=0)),
                        ("utm", models.TextField(blank=True, db_default="")),
                    ],
                    options={
                        "ordering": ["edition", "number"],
                        "constraints": [
                            models.UniqueConstraint(fields=("edition", "number"), name="one_link_a_number")
                        ],
                        "indexes": [],
                    },
                ),
                migrations.CreateModel(
                    name="DeadAddress",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "edition",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="dead_addresses",
                                to="newsletters.edition",
                            ),
                        ),
                        ("subscriber_id", models.PositiveBigIntegerField()),
                        ("address_hash", models.CharField(max_length=64)),
                        (
                            "state",
                            models.CharField(
                                choices=[
                                    ("waiting", "Waiting"),
                                    ("held", "Held"),
                                    ("suppressed", "Suppressed"),
                                    ("kept", "Kept"),
                                ],
                                default="waiting",
                                max_length=10,
                            ),
                        ),
                        ("decided_by", models.CharField(blank=True, max_length=150)),
                        ("at", models.DateTimeField()),
                    ],
                    options={
                        "indexes": [
                            models.Index(fields=["edition", "state"], name="dead_addresses_by_state"),
                            models.Index(
                                condition=models.Q(("state", "waiting")), fields=["at"], name="dead_addresses_waiting"
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(fields=("edition", "subscriber_id"), name="dead_once_an_edition")
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="DigestArticle",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("subscriber_id", models.PositiveBigIntegerField()),
                        (
                            "article",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="newsletters.article",
                            ),
                        ),
                        (
                            "edition",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="newsletters.edition"
                            ),
                        ),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("subscriber_id", "article"), name="an_article_once_in_digests"
                            )
                        ],
                        "indexes": [],
                    },
                ),
                migrations.CreateModel(
                    name="DigestRun",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "mailing_list",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="+",
                                to="subscribers.mailinglist",
                            ),
                        ),
                        (
                            "frequency",
                            models.CharField(
                                choices=[
                                    ("each", "each edition"),
                                    ("daily", "daily"),
                                    ("weekly", "weekly"),
                                    ("monthly", "monthly"),
                                ],
                                max_length=8,
                            ),
                        ),
                        ("zone", models.CharField(blank=True, max_length=64)),
                        ("starts_at", models.DateTimeField()),
                        ("ends_at", models.DateTimeField()),
                        (
                            "edition",
                            models.OneToOneField(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="digest_run",
                                to="newsletters.edition",
                            ),
                        ),
                        ("created_at", models.DateTimeField(auto_now_add=True)),
                    ],
                    options={
                        "verbose_name": "digest",
                        "verbose_name_plural": "digests",
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("mailing_list", "frequency", "zone", "ends_at"), name="one_digest_a_window"
                            )
                        ],
                        "indexes": [],
                    },
                ),
                migrations.CreateModel(
                    name="EditionAge",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "edition",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="ages",
                                to="newsletters.edition",
                            ),
                        ),
                        ("age", models.PositiveIntegerField()),
                        ("delivered", models.PositiveIntegerField()),
                        ("clickers", models.PositiveIntegerField(null=True)),
                    ],
                    options={
                        "default_permissions": (),
                        "constraints": [models.UniqueConstraint(fields=("edition", "age"), name="once_an_age")],
                        "indexes": [],
                    },
                ),
                migrations.CreateModel(
                    name="EditionHour",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "edition",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="hours",
                                to="newsletters.edition",
                            ),
                        ),
                        ("kind", models.CharField(choices=[("click", "click"), ("open", "open")], max_length=5)),
                        ("hour", models.DateTimeField()),
                        ("people", models.PositiveBigIntegerField(default=0)),
                        ("machines", models.PositiveBigIntegerField(default=0)),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("edition", "kind", "hour"), name="one_sum_an_hour")
                        ],
                        "indexes": [],
                    },
                ),
                migrations.CreateModel(
                    name="EditionItem",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "edition",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="items",
                                to="newsletters.edition",
                            ),
                        ),
                        (
                            "key",
                            models.CharField(
                                default=newsletters.models.editions.new_key, editable=False, max_length=16
                            ),
                        ),
                        ("kind", models.CharField(default="article", max_length=30, verbose_name="kind")),
                        ("position", models.PositiveSmallIntegerField(default=0, verbose_name="position")),
                        (
                            "article",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="edition_items",
                                to="newsletters.article",
                                verbose_name="article",
                            ),
                        ),
                        ("headline", models.CharField(blank=True, max_length=200, verbose_name="headline")),
                        ("summary", models.TextField(blank=True, max_length=600, verbose_name="summary")),
                        ("html", models.TextField(blank=True, max_length=5000, verbose_name="text")),
                        ("url", models.CharField(blank=True, max_length=2000, verbose_name="link")),
                        ("label", models.CharField(blank=True, max_length=60, verbose_name="label")),
                        (
                            "picture",
                            models.ForeignKey(
                                blank=True,
                                null=True,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="newsletters.picture",
                                verbose_name="picture",
                            ),
                        ),
                        ("without_picture", models.BooleanField(default=False, verbose_name="no picture")),
                        (
                            "only_segment",
                            models.PositiveBigIntegerField(blank=True, null=True, verbose_name="only readers in"),
                        ),
                        (
                            "only_field",
                            models.CharField(
                                blank=True, db_default="", default="", max_length=80, verbose_name="only readers whose"
                            ),
                        ),
                        (
                            "only_value",
                            models.CharField(blank=True, db_default="", default="", max_length=200, verbose_name="is"),
                        ),
                        (
                            "is_for_others",
                            models.BooleanField(db_default=False, default=False, verbose_name="for everybody else"),
                        ),
                    ],
                    options={
                        "verbose_name": "block of an edition",
                        "verbose_name_plural": "blocks of an edition",
                        "ordering": ["position", "pk"],
                        "constraints": [
                            models.UniqueConstraint(fields=("edition", "article"), name="an_article_once_an_edition"),
                            models.UniqueConstraint(fields=("edition", "key"), name="a_key_once_an_edition"),
                            models.CheckConstraint(
                                condition=models.Q(
                                    models.Q(("article__isnull", False), ("kind", "article")),
                                    models.Q(models.Q(("kind", "article"), _negated=True), ("article__isnull", True)),
                                    _connector="OR",
                                ),
                                name="an_article_block_has_an_article",
                            ),
                        ],
                        "indexes": [],
                    },
                ),
                migrations.CreateModel(
                    name="EditionRevision",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "edition",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="revisions",
                                to="newsletters.edition",
                            ),
                        ),
                        ("number", models.PositiveIntegerField(verbose_name="revision")),
                        ("draft", models.JSONField(verbose_name="draft")),
                        ("state", models.PositiveIntegerField()),
                        ("before", models.PositiveIntegerField(null=True)),
                        ("undone", models.PositiveIntegerField(null=True)),
                        ("saved_by", models.CharField(blank=True, max_length=150, verbose_name="saved by")),
                        (
                            "saved_by_user",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("saved_at", models.DateTimeField(auto_now_add=True, verbose_name="saved")),
                    ],
                    options={
                        "verbose_name": "revision of a draft",
                        "verbose_name_plural": "revisions of drafts",
                        "ordering": ["-number"],
                        "constraints": [
                            models.UniqueConstraint(fields=("edition", "number"), name="one_revision_a_number")
                        ],
                        "indexes": [],
                    },
                ),
                migrations.CreateModel(
                    name="Feedback",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("source", models.CharField(max_length=20, verbose_name="source")),
                        ("key", models.CharField(max_length=64)),
                        (
                            "raw",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="feedback",
                                to="newsletters.rawevent",
                                verbose_name="as it came",
                            ),
                        ),
                        (
                            "kind",
                            models.CharField(
                                choices=[
                                    ("soft", "not delivered this time"),
                                    ("full", "mailbox full"),
                                    ("policy", "rejected as spam or by policy"),
                                    ("hard", "no such address"),
                                    ("unsubscribe", "unsubscribed by email"),
                                    ("complaint", "reported as spam"),
                                ],
                                max_length=12,
                                verbose_name="kind",
                            ),
                        ),
                        (
                            "edition",
                            models.ForeignKey(
                                db_index=False,
                                null=True,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="feedback",
                                to="newsletters.edition",
                                verbose_name="edition",
                            ),
                        ),
                        ("subscriber_id", models.PositiveBigIntegerField(null=True, verbose_name="subscriber")),
                        ("message_id", models.PositiveBigIntegerField(null=True, verbose_name="message")),
                        ("address", models.CharField(blank=True, max_length=254, verbose_name="address")),
                        ("address_hash", models.CharField(blank=True, max_length=64)),
                        ("domain", models.CharField(blank=True, max_length=253, verbose_name="domain")),
                        ("status", models.CharField(blank=True, max_length=12, verbose_name="status")),
                        ("rule", models.CharField(blank=True, max_length=80, verbose_name="rule")),
                        ("rules", models.PositiveSmallIntegerField(default=0)),
                        ("words", models.CharField(blank=True, max_length=500, verbose_name="in the server's words")),
                        ("at", models.DateTimeField(verbose_name="when")),
                        (
                            "effect",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("waiting", "about to take effect"),
                                    ("", "noted"),
                                    ("counted", "counted"),
                                    ("suppressed", "address suppressed"),
                                    ("held", "held for a decision"),
                                    ("unlikely", "not believed, since too many bounced"),
                                    ("stopped", "domain stopped for this edition"),
                                    ("left", "unsubscribed"),
                                    ("failed", "could not take effect"),
                                ],
                                max_length=10,
                                verbose_name="what was done",
                            ),
                        ),
                        ("attempts", models.PositiveSmallIntegerField(db_default=0, default=0)),
                        ("due_at", models.DateTimeField(null=True)),
                        ("error", models.CharField(blank=True, db_default="", max_length=500, verbose_name="error")),
                        ("undone_at", models.DateTimeField(null=True, verbose_name="undone")),
                        ("undone_by", models.CharField(blank=True, max_length=150, verbose_name="undone by")),
                        ("undone_note", models.CharField(blank=True, max_length=500, verbose_name="why it was undone")),
                    ],
                    options={
                        "verbose_name": "bounce or complaint",
                        "verbose_name_plural": "bounces and complaints",
                        "ordering": ["-at", "-pk"],
                        "indexes": [
                            models.Index(fields=["edition", "kind", "domain"], name="feedback_of_an_edition"),
                            models.Index(
                                fields=["edition", "kind", "at", "subscriber_id", "source", "undone_at"],
                                name="feedback_for_reports",
                            ),
                            models.Index(fields=["address_hash", "at"], name="feedback_of_an_address"),
                            models.Index(fields=["subscriber_id"], name="feedback_of_a_subscriber"),
                            models.Index(fields=["at"], name="feedback_by_time"),
                            models.Index(
                                condition=models.Q(("effect", "waiting")), fields=["id"], name="feedback_waiting"
                            ),
                        ],
                        "constraints": [models.UniqueConstraint(fields=("source", "key"), name="feedback_once")],
                    },
                ),
                migrations.CreateModel(
                    name="Inspection",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "edition",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="inspection",
                                to="newsletters.edition",
                            ),
                        ),
                        ("asked_at", models.DateTimeField()),
                        ("begun_at", models.DateTimeField(null=True)),
                        ("done_at", models.DateTimeField(null=True)),
                        ("fingerprint", models.CharField(blank=True, max_length=64)),
                        ("links", models.JSONField(default=dict)),
                        ("domain", models.JSONField(default=dict)),
                        ("spam", models.JSONField(default=dict)),
                    ],
                    options={"indexes": [], "constraints": []},
                ),
                migrations.CreateModel(
                    name="MendedLink",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "edition",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="mended_links",
                                to="newsletters.edition",
                            ),
                        ),
                        ("number", models.PositiveSmallIntegerField()),
                        ("before", models.TextField()),
                        ("after", models.TextField()),
                        ("by", models.CharField(max_length=150)),
                        ("at", models.DateTimeField(auto_now_add=True)),
                    ],
                    options={"default_permissions": (), "indexes": [], "constraints": []},
                ),
                migrations.CreateModel(
                    name="OpenCount",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "edition",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="opens",
                                to="newsletters.edition",
                            ),
                        ),
                        ("hour", models.DateTimeField()),
                        (
                            "agent",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="newsletters.agent",
                            ),
                        ),
                        ("method", models.CharField(max_length=8)),
                        ("rule", models.CharField(blank=True, max_length=20)),
                        ("rules", models.PositiveSmallIntegerField()),
                        ("opens", models.PositiveIntegerField()),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("edition", "hour", "agent", "method", "rule"), name="one_open_count_an_hour"
                            )
                        ],
                        "indexes": [],
                    },
                ),
                migrations.CreateModel(
                    name="PreflightOverride",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "edition",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="overrides",
                                to="newsletters.edition",
                            ),
                        ),
                        ("fingerprint", models.CharField(max_length=64)),
                        ("codes", models.JSONField()),
                        ("reason", models.CharField(max_length=500, verbose_name="reason")),
                        (
                            "by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("by_name", models.CharField(max_length=150)),
                        ("at", models.DateTimeField(auto_now_add=True)),
                    ],
                    options={"ordering": ["pk"], "indexes": [], "constraints": []},
                ),
                migrations.CreateModel(
                    name="ReaderCount",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "edition",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="reader_counts",
                                to="newsletters.edition",
                            ),
                        ),
                        ("subscriber_id", models.PositiveBigIntegerField()),
                        ("kind", models.CharField(choices=[("o", "open"), ("c", "click")], max_length=1)),
                        (
                            "agent",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="newsletters.agent",
                            ),
                        ),
                        ("rule", models.CharField(blank=True, max_length=20)),
                        ("rules", models.PositiveSmallIntegerField()),
                        ("times", models.PositiveIntegerField()),
                        ("first_at", models.DateTimeField()),
                        ("last_at", models.DateTimeField()),
                        ("links", models.BigIntegerField(default=0)),
                    ],
                    options={
                        "default_permissions": (),
                        "indexes": [
                            models.Index(
                                fields=["edition", "kind", "rule", "subscriber_id"], name="readers_of_an_edition"
                            )
                        ],
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("subscriber_id", "edition", "kind", "agent", "rule"), name="one_count_a_reader"
                            )
                        ],
                    },
                ),
                migrations.CreateModel(
                    name="RecipientGroups",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "edition",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="recipient_groups",
                                to="newsletters.edition",
                            ),
                        ),
                        ("groups", models.JSONField(default=dict)),
                        ("counted_at", models.DateTimeField(default=django.utils.timezone.now)),
                    ],
                    options={"indexes": [], "constraints": []},
                ),
                migrations.CreateModel(
                    name="Reengagement",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "edition",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="reengagement",
                                to="newsletters.edition",
                            ),
                        ),
                        (
                            "silent",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="subscribers.segment",
                            ),
                        ),
                        ("days", models.PositiveSmallIntegerField(verbose_name="days to react")),
                        ("unsubscribes", models.BooleanField(default=False, verbose_name="unsubscribes by itself")),
                        (
                            "started_by",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                        ("created_at", models.DateTimeField(auto_now_add=True)),
                        (
                            "job",
                            models.ForeignKey(
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to="subscribers.bulkjob",
                            ),
                        ),
                        ("found", models.PositiveIntegerField(null=True)),
                        ("over_at", models.DateTimeField(null=True)),
                    ],
                    options={
                        "ordering": ["-pk"],
                        "default_permissions": (),
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("days__gte", 1), ("days__lte", 365)), name="days_to_react_are_a_few"
                            )
                        ],
                        "indexes": [],
                    },
                ),
                migrations.CreateModel(
                    name="RolledUpCounts",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "edition",
                            models.OneToOneField(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="rolled_up_counts",
                                to="newsletters.edition",
                            ),
                        ),
                        ("at", models.DateTimeField()),
                    ],
                    options={"default_permissions": (), "indexes": [], "constraints": []},
                ),
                migrations.CreateModel(
                    name="SharedReport",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "edition",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="shared_reports",
                                to="newsletters.edition",
                            ),
                        ),
                        ("created_by", models.CharField(blank=True, max_length=150, verbose_name="created by")),
                        ("created_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="created")),
                        ("expires_at", models.DateTimeField(verbose_name="works until")),
                        ("revoked_at", models.DateTimeField(blank=True, null=True, verbose_name="revoked")),
                        ("revoked_by", models.CharField(blank=True, max_length=150, verbose_name="revoked by")),
                    ],
                    options={
                        "ordering": ["-pk"],
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("expires_at__gt", models.F("created_at"))),
                                name="a_shared_report_expires_later",
                            )
                        ],
                        "indexes": [],
                    },
                ),
                migrations.CreateModel(
                    name="StoppedDomain",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "edition",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="stopped_domains",
                                to="newsletters.edition",
                            ),
                        ),
                        ("domain", models.CharField(max_length=253)),
                        ("words", models.CharField(max_length=500)),
                        ("at", models.DateTimeField()),
                        ("resumed_at", models.DateTimeField(null=True)),
                        ("resumed_by", models.CharField(blank=True, max_length=150)),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("edition", "domain"), name="domain_stopped_once")
                        ],
                        "indexes": [],
                    },
                ),
                migrations.CreateModel(
                    name="Variant",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "edition",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="variants",
                                to="newsletters.edition",
                            ),
                        ),
                        ("number", models.PositiveSmallIntegerField()),
                        ("article_ids", models.JSONField()),
                        ("subject", models.CharField(max_length=300)),
                        ("html", models.TextField()),
                        ("text", models.TextField()),
                        ("slots", models.JSONField(default=list)),
                        ("content_hash", models.CharField(max_length=64)),
                        ("recipients", models.PositiveIntegerField(default=0)),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=("edition", "number"), name="one_variant_a_number")
                        ],
                        "indexes": [],
                    },
                ),
                migrations.CreateModel(
                    name="ClickCount",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "link",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="clicks",
                                to="newsletters.countedlink",
                            ),
                        ),
                        ("hour", models.DateTimeField()),
                        (
                            "agent",
                            models.ForeignKey(
                                db_index=False,
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name="+",
                                to="newsletters.agent",
                            ),
                        ),
                        ("method", models.CharField(max_length=8)),
                        ("rule", models.CharField(blank=True, max_length=20)),
                        ("rules", models.PositiveSmallIntegerField()),
                        ("clicks", models.PositiveIntegerField()),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(
                                fields=("link", "hour", "agent", "method", "rule"), name="one_count_an_hour"
                            )
                        ],
                        "indexes": [],
                    },
                ),
                migrations.CreateModel(
                    name="Delivery",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        (
                            "edition",
                            models.ForeignKey(
                                db_constraint=False,
                                db_index=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="deliveries",
                                to="newsletters.edition",
                            ),
                        ),
                        ("subscriber_id", models.PositiveBigIntegerField()),
                        (
                            "chunk",
                            models.ForeignKey(
                                db_constraint=False,
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="deliveries",
                                to="newsletters.chunk",
                            ),
                        ),
                        ("fence", models.PositiveBigIntegerField()),
                        ("variant", models.PositiveSmallIntegerField()),
                        (
                            "outcome",
                            models.CharField(
                                choices=[
                                    ("accepted", "Accepted"),
                                    ("deferred", "Deferred"),
                                    ("retrying", "Retrying"),
                                    ("rejected", "Rejected"),
                                    ("skipped", "Skipped"),
                                    ("cancelled", "Cancelled"),
                                    ("in_doubt", "In doubt"),
                                ],
                                max_length=10,
                                verbose_name="what became of it",
                            ),
                        ),
                        ("reason", models.CharField(blank=True, max_length=60, verbose_name="why")),
                        (
                            "smtp_code",
                            models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="reply code"),
                        ),
                        (
                            "enhanced_status",
                            models.CharField(blank=True, max_length=12, verbose_name="enhanced status"),
                        ),
                        ("attempts", models.PositiveSmallIntegerField(default=0, verbose_name="attempts")),
                        ("retry_at", models.DateTimeField(blank=True, null=True, verbose_name="next attempt")),
                        ("settled_at", models.DateTimeField(verbose_name="when")),
                        ("reply", models.CharField(blank=True, max_length=500, verbose_name="last reply")),
                        (
                            "provider_id",
                            models.CharField(blank=True, max_length=255, null=True, verbose_name="email service ID"),
                        ),
                        (
                            "reported",
                            models.CharField(
                                blank=True,
                                choices=[
                                    ("delivered", "delivered"),
                                    ("bounced", "bounced"),
                                    ("complained", "reported as spam"),
                                ],
                                max_length=10,
                                null=True,
                            ),
                        ),
                    ],
                    options={
                        "verbose_name": "delivery",
                        "verbose_name_plural": "deliveries",
                        "indexes": [
                            models.Index(fields=["edition", "outcome", "id"], name="ledger_by_outcome"),
                            models.Index(
                                condition=models.Q(("outcome", "deferred")), fields=["retry_at"], name="deferrals_due"
                            ),
                            models.Index(fields=["subscriber_id"], name="mails_of_a_subscriber"),
                            models.Index(
                                condition=models.Q(("provider_id__isnull", False)),
                                fields=["provider_id"],
                                name="mails_at_a_service",
                            ),
                            models.Index(
                                condition=models.Q(("reported__isnull", False)),
                                fields=["edition", "reported"],
                                name="mails_reported_on",
                            ),
                        ],
                        "constraints": [
                            models.UniqueConstraint(fields=("edition", "subscriber_id"), name="once_an_edition")
                        ],
                    },
                ),
            ]
        ),
        migrations.RunPython(make, unmake),
        migrations.RunPython(migrations.RunPython.noop, drop_triggers),
    ]
