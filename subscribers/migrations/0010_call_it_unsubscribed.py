"""Subscriptions end by unsubscribing, and their columns and labels say so. Stored values stay as they are."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("subscribers", "0009_remove_the_outbox")]

    operations = [
        migrations.RenameField("subscription", "left_at", "unsubscribed_at"),
        migrations.AlterField(
            "subscription",
            "unsubscribed_at",
            models.DateTimeField(blank=True, null=True, verbose_name="unsubscribed"),
        ),
        migrations.AlterField("subscription", "requested_at", models.DateTimeField(verbose_name="requested")),
        migrations.AlterField(
            "subscription",
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
        migrations.AlterField(
            "consentrecord",
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
        migrations.AlterField(
            "consentrecord",
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
        migrations.AlterField("subscriber", "email", models.EmailField(max_length=254, verbose_name="email address")),
        migrations.AlterField(
            "suppression",
            "reason",
            models.CharField(
                choices=[
                    ("staff", "by staff"),
                    ("bounce", "mail to this address bounces"),
                    ("complaint", "reported as spam"),
                    ("erased", "asked to be erased"),
                ],
                max_length=12,
                verbose_name="reason",
            ),
        ),
    ]
