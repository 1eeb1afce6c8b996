from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("subscribers", "0002_language_of_consent"),
    ]

    operations = [
        migrations.AddField(
            model_name="subscriber",
            name="reminded_at",
            field=models.DateTimeField(blank=True, editable=False, null=True, verbose_name="reminded to confirm"),
        ),
        migrations.AddField(
            model_name="subscription",
            name="remind_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AlterField(
            model_name="outboxmail",
            name="kind",
            field=models.CharField(
                choices=[
                    ("confirmation", "confirmation"),
                    ("reminder", "reminder"),
                    ("welcome", "welcome"),
                    ("preferences_link", "link to the preferences"),
                ],
                max_length=20,
                verbose_name="kind",
            ),
        ),
        migrations.AddIndex(
            model_name="subscriber",
            index=models.Index(
                condition=models.Q(("reminded_at__isnull", False)), fields=["reminded_at"], name="reminded"
            ),
        ),
        migrations.AddIndex(
            model_name="subscription",
            index=models.Index(
                condition=models.Q(("remind_at__isnull", False)), fields=["remind_at"], name="to_be_reminded"
            ),
        ),
    ]
