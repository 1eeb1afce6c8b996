import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("newsletters", "0057_counted_links"),
        ("subscribers", "0030_ids_of_earlier_batches"),
    ]

    operations = [
        migrations.AddField(
            model_name="countedlink",
            name="machines",
            field=models.PositiveBigIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="countedlink",
            name="people",
            field=models.PositiveBigIntegerField(db_default=0, default=0),
        ),
        migrations.CreateModel(
            name="ListFigures",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("figures", models.JSONField(default=dict)),
                ("counted_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "mailing_list",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="subscribers.mailinglist"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="RecipientGroups",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("groups", models.JSONField(default=dict)),
                ("counted_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "edition",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="recipient_groups",
                        to="newsletters.edition",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="EditionHour",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(choices=[("click", "click"), ("open", "open")], max_length=5)),
                ("hour", models.DateTimeField()),
                ("people", models.PositiveBigIntegerField(default=0)),
                ("machines", models.PositiveBigIntegerField(default=0)),
                (
                    "edition",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="hours",
                        to="newsletters.edition",
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("edition", "kind", "hour"), name="one_sum_an_hour")],
            },
        ),
        migrations.CreateModel(
            name="SharedReport",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("created_by", models.CharField(blank=True, max_length=150, verbose_name="created by")),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="created")),
                ("expires_at", models.DateTimeField(verbose_name="works until")),
                ("revoked_at", models.DateTimeField(blank=True, null=True, verbose_name="revoked")),
                ("revoked_by", models.CharField(blank=True, max_length=150, verbose_name="revoked by")),
                (
                    "edition",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="shared_reports",
                        to="newsletters.edition",
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("expires_at__gt", models.F("created_at"))),
                        name="a_shared_report_expires_later",
                    )
                ],
            },
        ),
    ]
