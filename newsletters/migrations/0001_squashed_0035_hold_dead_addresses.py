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
    ]

    initial = True

    dependencies = [
        ("subscribers", "0015_second_person_of_a_list"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Author",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=120, verbose_name="name")),
                ("slug", models.SlugField(max_length=120, unique=True, verbose_name="address")),
                ("about", models.TextField(blank=True, max_length=1000, verbose_name="about")),
            ],
            options={
                "verbose_name": "author",
                "verbose_name_plural": "authors",
                "ordering": ["name"],
            },
        ),
        migrations.CreateModel(
            name="Picture",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "alt",
                    models.CharField(
                        help_text="Describes the picture for people who can't see it.",
                        max_length=300,
                        verbose_name="alternative text",
                    ),
                ),
                ("caption", models.CharField(blank=True, max_length=500, verbose_name="caption")),
                (
                    "credit",
                    models.CharField(
                        blank=True, help_text="Without the words “Image credit”.", max_length=200, verbose_name="credit"
                    ),
                ),
                ("file", models.CharField(editable=False, max_length=200, verbose_name="file")),
                ("width", models.PositiveIntegerField(editable=False)),
                ("height", models.PositiveIntegerField(editable=False)),
                ("renditions", models.JSONField(default=list, editable=False)),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="added")),
            ],
            options={
                "verbose_name": "picture",
                "verbose_name_plural": "pictures",
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="Article",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title", models.CharField(max_length=200, verbose_name="headline")),
                ("slug", models.SlugField(max_length=120, unique=True, verbose_name="address")),
                (
                    "summary",
                    models.TextField(
                        help_text="Two sentences, shown in lists and emails.", max_length=600, verbose_name="summary"
                    ),
                ),
                ("body", models.TextField(verbose_name="text")),
                (
                    "status",
                    models.CharField(
                        choices=[("draft", "draft"), ("published", "published")],
                        default="draft",
                        max_length=10,
                        verbose_name="status",
                    ),
                ),
                ("published_at", models.DateTimeField(blank=True, db_index=True, null=True, verbose_name="published")),
                ("word_count", models.PositiveIntegerField(default=0, editable=False)),
                (
                    "reading_minutes",
                    models.PositiveSmallIntegerField(default=1, editable=False, verbose_name="reading time in minutes"),
                ),
                ("revision", models.PositiveIntegerField(default=1, editable=False)),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="last changed")),
                (
                    "topics",
                    models.ManyToManyField(related_name="articles", to="subscribers.topic", verbose_name="topics"),
                ),
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
                    "comments_open",
                    models.BooleanField(
                        default=True,
                        help_text="Readers can comment until comments close by the institute's settings.",
                        verbose_name="comments",
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
            name="ArticleAuthor",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveSmallIntegerField(default=0, verbose_name="position")),
                ("article", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="newsletters.article")),
                ("author", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to="newsletters.author")),
            ],
            options={
                "verbose_name": "by-line",
                "verbose_name_plural": "by-lines",
                "ordering": ["position", "pk"],
                "constraints": [models.UniqueConstraint(fields=("article", "author"), name="one_byline_an_author")],
            },
        ),
        migrations.CreateModel(
            name="Institute",
            fields=[
                ("id", models.PositiveSmallIntegerField(default=1, editable=False, primary_key=True, serialize=False)),
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
                ("contact_email", models.EmailField(blank=True, max_length=254, verbose_name="contact address")),
                ("copyright_line", models.CharField(blank=True, max_length=200, verbose_name="copyright line")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="last changed")),
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
            ],
            options={
                "verbose_name": "institute",
                "verbose_name_plural": "institute",
                "constraints": [models.CheckConstraint(condition=models.Q(("id", 1)), name="one_institute")],
            },
        ),
        migrations.CreateModel(
            name="Newsletter",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=120, verbose_name="name")),
                ("slug", models.SlugField(max_length=80, unique=True, verbose_name="address")),
                ("description", models.CharField(blank=True, max_length=400, verbose_name="description")),
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
                ("from_name", models.CharField(max_length=100, verbose_name="sender name")),
                ("from_email", models.EmailField(max_length=254, verbose_name="sender address")),
                ("reply_to", models.EmailField(blank=True, max_length=254, verbose_name="reply-to address")),
                (
                    "colour",
                    models.CharField(
                        default="#1F3A5F",
                        max_length=7,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^#[0-9A-Fa-f]{6}$", "Six hexadecimal digits after #, for example #1F3A5F."
                            )
                        ],
                        verbose_name="colour",
                    ),
                ),
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
                        default="UTC", help_text="For example Europe/Berlin.", max_length=64, verbose_name="time zone"
                    ),
                ),
                ("cadence_since", models.DateTimeField(blank=True, editable=False, null=True)),
                (
                    "mode",
                    models.CharField(
                        choices=[("automatic", "send automatically"), ("draft", "create a draft for an editor")],
                        default="draft",
                        max_length=10,
                        verbose_name="at the scheduled time",
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
                    "subject_template",
                    models.CharField(
                        default="{{ newsletter }}: {{ lead }}",
                        max_length=200,
                        verbose_name="subject of automatic editions",
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
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created")),
                ("updated_at", models.DateTimeField(auto_now=True, verbose_name="last changed")),
                (
                    "mailing_list",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="newsletters",
                        to="subscribers.mailinglist",
                        verbose_name="mailing list",
                    ),
                ),
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
                ("language", models.CharField(blank=True, db_default="", max_length=10, verbose_name="language")),
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
                ("design", models.CharField(default="brief", max_length=40, verbose_name="design")),
                ("font", models.CharField(blank=True, max_length=20, verbose_name="font")),
                ("own_mjml", models.TextField(blank=True, verbose_name="your own MJML")),
                (
                    "undo_send_seconds",
                    models.PositiveSmallIntegerField(
                        default=60,
                        help_text="How long we wait after Send before the first email goes out. 0 sends at once.",
                        validators=[django.core.validators.MaxValueValidator(3600)],
                        verbose_name="undo window (seconds)",
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
            },
        ),
        migrations.CreateModel(
            name="Occurrence",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
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
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "newsletter",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="occurrences",
                        to="newsletters.newsletter",
                    ),
                ),
            ],
            options={
                "verbose_name": "scheduled date",
                "verbose_name_plural": "scheduled dates",
                "ordering": ["-due_at"],
                "constraints": [
                    models.UniqueConstraint(fields=("newsletter", "nominal"), name="one_edition_an_occurrence")
                ],
            },
        ),
        migrations.CreateModel(
            name="SendingGuard",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
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
            },
        ),
        migrations.CreateModel(
            name="ArticleText",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title", models.TextField()),
                ("summary", models.TextField()),
                ("authors", models.TextField()),
                ("body", models.TextField()),
                ("folded", models.TextField()),
                (
                    "article",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="text", to="newsletters.article"
                    ),
                ),
            ],
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
                ("decided_by", models.CharField(blank=True, max_length=150, verbose_name="reviewed by")),
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
                    models.Index(
                        condition=models.Q(("email", ""), _negated=True),
                        fields=["decided_at"],
                        name="comment_with_email",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("parent", models.F("pk")), _negated=True), name="no_comment_answers_itself"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="EditionTemplate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=80, verbose_name="name")),
                (
                    "is_usual",
                    models.BooleanField(
                        default=False, help_text="Automatic editions start from this template.", verbose_name="usual"
                    ),
                ),
                ("draft", models.JSONField(editable=False)),
                ("articles_at", models.PositiveSmallIntegerField(editable=False)),
                ("made_by", models.CharField(blank=True, editable=False, max_length=150, verbose_name="created by")),
                ("made_at", models.DateTimeField(auto_now_add=True, verbose_name="made")),
                (
                    "newsletter",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="templates",
                        to="newsletters.newsletter",
                        verbose_name="newsletter",
                    ),
                ),
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
            },
        ),
        migrations.CreateModel(
            name="SeedList",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
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
            },
        ),
        migrations.CreateModel(
            name="RateLimit",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
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
                        validators=[django.core.validators.MinValueValidator(0.01)], verbose_name="emails per second"
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
            },
        ),
        migrations.CreateModel(
            name="SiteChange",
            fields=[
                ("id", models.BigAutoField(primary_key=True, serialize=False)),
            ],
        ),
        migrations.CreateModel(
            name="Edition",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField(editable=False, verbose_name="number")),
                ("slug", models.SlugField(editable=False, max_length=120, unique=True)),
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
                ("cutoff_at", models.DateTimeField(blank=True, null=True, verbose_name="articles published by")),
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
                ("send_at", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="send at")),
                ("queued_at", models.DateTimeField(blank=True, editable=False, null=True)),
                ("queued_by", models.CharField(blank=True, editable=False, max_length=150, verbose_name="sent by")),
                ("frozen_at", models.DateTimeField(blank=True, editable=False, null=True)),
                ("finished_at", models.DateTimeField(blank=True, editable=False, null=True, verbose_name="finished")),
                (
                    "paused_why",
                    models.CharField(blank=True, editable=False, max_length=300, verbose_name="why it was paused"),
                ),
                ("trouble", models.CharField(blank=True, editable=False, max_length=300)),
                ("candidates", models.PositiveIntegerField(default=0, editable=False, verbose_name="recipients")),
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
                    "newsletter",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="editions",
                        to="newsletters.newsletter",
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
                ("held_until", models.DateTimeField(blank=True, editable=False, null=True)),
                ("lifetime_hours", models.PositiveSmallIntegerField(default=24, editable=False)),
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
                        condition=models.Q(("status", "draft")), fields=["-updated_at"], name="drafts_last_touched"
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
                ],
            },
        ),
        migrations.CreateModel(
            name="Attempt",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
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
                (
                    "edition",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="newsletters.edition"
                    ),
                ),
            ],
            options={
                "ordering": ["at", "pk"],
                "indexes": [models.Index(fields=["edition", "subscriber_id"], name="attempts_at_a_mail")],
            },
        ),
        migrations.CreateModel(
            name="EditionItem",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveSmallIntegerField(default=0, verbose_name="position")),
                ("headline", models.CharField(blank=True, max_length=200, verbose_name="headline")),
                ("summary", models.TextField(blank=True, max_length=600, verbose_name="summary")),
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
                (
                    "edition",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="items", to="newsletters.edition"
                    ),
                ),
                ("html", models.TextField(blank=True, max_length=5000, verbose_name="text")),
                ("key", models.CharField(default=newsletters.models.editions.new_key, editable=False, max_length=16)),
                ("kind", models.CharField(default="article", max_length=30, verbose_name="kind")),
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
                ("url", models.CharField(blank=True, max_length=2000, verbose_name="link")),
                ("without_picture", models.BooleanField(default=False, verbose_name="no picture")),
            ],
            options={
                "verbose_name": "block of an edition",
                "verbose_name_plural": "blocks of an edition",
                "ordering": ["position", "pk"],
                "constraints": [
                    models.UniqueConstraint(fields=("edition", "article"), name="an_article_once_an_edition"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("article__isnull", False), ("kind", "article")),
                            models.Q(models.Q(("kind", "article"), _negated=True), ("article__isnull", True)),
                            _connector="OR",
                        ),
                        name="an_article_block_has_an_article",
                    ),
                    models.UniqueConstraint(fields=("edition", "key"), name="a_key_once_an_edition"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Variant",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveSmallIntegerField()),
                ("article_ids", models.JSONField()),
                ("subject", models.CharField(max_length=300)),
                ("html", models.TextField()),
                ("text", models.TextField()),
                ("slots", models.JSONField(default=list)),
                ("content_hash", models.CharField(max_length=64)),
                ("recipients", models.PositiveIntegerField(default=0)),
                (
                    "edition",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="variants", to="newsletters.edition"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("edition", "number"), name="one_variant_a_number")],
            },
        ),
        migrations.CreateModel(
            name="Inspection",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("asked_at", models.DateTimeField()),
                ("begun_at", models.DateTimeField(null=True)),
                ("done_at", models.DateTimeField(null=True)),
                ("fingerprint", models.CharField(blank=True, max_length=64)),
                ("links", models.JSONField(default=dict)),
                ("domain", models.JSONField(default=dict)),
                ("spam", models.JSONField(default=dict)),
                (
                    "edition",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="inspection", to="newsletters.edition"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="PreflightOverride",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("fingerprint", models.CharField(max_length=64)),
                ("codes", models.JSONField()),
                ("reason", models.CharField(max_length=500, verbose_name="reason")),
                ("by_name", models.CharField(max_length=150)),
                ("at", models.DateTimeField(auto_now_add=True)),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "edition",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="overrides", to="newsletters.edition"
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
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
                (
                    "edition",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="revisions", to="newsletters.edition"
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
                "verbose_name": "revision of a draft",
                "verbose_name_plural": "revisions of drafts",
                "ordering": ["-number"],
                "constraints": [models.UniqueConstraint(fields=("edition", "number"), name="one_revision_a_number")],
            },
        ),
        migrations.CreateModel(
            name="Approval",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
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
                ("asked_by_name", models.CharField(max_length=150)),
                ("asked_at", models.DateTimeField(auto_now_add=True)),
                ("decided_by_name", models.CharField(blank=True, max_length=150)),
                ("decided_at", models.DateTimeField(null=True)),
                ("note", models.CharField(blank=True, max_length=1000, verbose_name="note")),
                ("told_at", models.DateTimeField(null=True)),
                (
                    "asked_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "edition",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="approvals", to="newsletters.edition"
                    ),
                ),
            ],
            options={
                "verbose_name": "approval",
                "verbose_name_plural": "approvals",
                "ordering": ["-pk"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "asked")), fields=("edition",), name="one_open_request_an_edition"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="DeadAddress",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
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
                (
                    "edition",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="dead_addresses",
                        to="newsletters.edition",
                    ),
                ),
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
            name="Chunk",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(choices=[("first", "first"), ("retry", "retry")], default="first", max_length=6),
                ),
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
                ("fence", models.PositiveBigIntegerField(default=0)),
                ("beat", models.PositiveBigIntegerField(default=0)),
                ("accepted", models.PositiveIntegerField(default=0)),
                ("deferred", models.PositiveIntegerField(default=0)),
                ("retrying", models.PositiveIntegerField(default=0)),
                ("rejected", models.PositiveIntegerField(default=0)),
                ("skipped", models.PositiveIntegerField(default=0)),
                ("skip_reasons", models.JSONField(default=dict)),
                ("cancelled", models.PositiveIntegerField(default=0)),
                ("in_doubt", models.PositiveIntegerField(default=0)),
                (
                    "edition",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="chunks", to="newsletters.edition"
                    ),
                ),
                ("group", models.CharField(blank=True, max_length=253)),
                ("rate", models.FloatField(default=0)),
                ("heard_at", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(condition=models.Q(("state", "ready")), fields=["wave", "id"], name="chunks_to_claim"),
                    models.Index(fields=["edition", "state"], name="chunks_of_edition"),
                    models.Index(
                        condition=models.Q(("in_doubt__gt", 0)), fields=["edition", "in_doubt"], name="chunks_in_doubt"
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("edition", "kind", "seq"), name="one_chunk_a_number"),
                    models.CheckConstraint(
                        condition=models.Q(("handed_to__lte", models.F("n")), ("settled__lte", models.F("handed_to"))),
                        name="settled_were_handed_out_were_members",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Delivery",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("subscriber_id", models.PositiveBigIntegerField()),
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
                ("smtp_code", models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="reply code")),
                ("enhanced_status", models.CharField(blank=True, max_length=12, verbose_name="enhanced status")),
                ("attempts", models.PositiveSmallIntegerField(default=0, verbose_name="attempts")),
                ("retry_at", models.DateTimeField(blank=True, null=True, verbose_name="next attempt")),
                ("settled_at", models.DateTimeField(verbose_name="when")),
                (
                    "chunk",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="deliveries", to="newsletters.chunk"
                    ),
                ),
                (
                    "edition",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="deliveries", to="newsletters.edition"
                    ),
                ),
                ("reply", models.CharField(blank=True, max_length=500, verbose_name="last reply")),
                (
                    "provider_id",
                    models.CharField(blank=True, max_length=255, null=True, verbose_name="email service ID"),
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
                ],
                "constraints": [models.UniqueConstraint(fields=("edition", "subscriber_id"), name="once_an_edition")],
            },
        ),
        migrations.AddField(
            model_name="article",
            name="authors",
            field=models.ManyToManyField(
                blank=True,
                related_name="articles",
                through="newsletters.ArticleAuthor",
                to="newsletters.author",
                verbose_name="authors",
            ),
        ),
        migrations.RunPython(make, unmake),
        migrations.RunPython(migrations.RunPython.noop, drop_triggers),
    ]
