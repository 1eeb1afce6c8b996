from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("newsletters", "0070_reengagements"),
    ]

    operations = [
        migrations.AddField(
            model_name="feedback",
            name="attempts",
            field=models.PositiveSmallIntegerField(db_default=0, default=0),
        ),
        migrations.AddField(
            model_name="feedback",
            name="due_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="feedback",
            name="error",
            field=models.CharField(blank=True, db_default="", max_length=500, verbose_name="error"),
        ),
        migrations.AlterField(
            model_name="feedback",
            name="effect",
            field=models.CharField(
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
    ]
