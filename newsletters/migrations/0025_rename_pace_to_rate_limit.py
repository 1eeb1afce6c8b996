"""A limit on speed is called a rate limit."""

from __future__ import annotations

import django.core.validators
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("newsletters", "0024_snapshots_of_articles_alone_get_blocks")]

    operations = [
        migrations.RenameModel("Pace", "RateLimit"),
        migrations.AlterModelOptions(
            name="ratelimit",
            options={"ordering": ["domain"], "verbose_name": "rate limit", "verbose_name_plural": "rate limits"},
        ),
        migrations.RemoveConstraint("ratelimit", "a_pace_moves"),
        migrations.AddConstraint(
            "ratelimit",
            models.CheckConstraint(condition=models.Q(("per_second__gt", 0)), name="a_rate_limit_lets_mail_through"),
        ),
        migrations.AlterField(
            "ratelimit",
            "domain",
            models.CharField(
                blank=True,
                help_text="For example gmail.com. Leave it empty to limit all mail together.",
                max_length=253,
                unique=True,
                verbose_name="recipient domain",
            ),
        ),
        migrations.AlterField(
            "ratelimit",
            "per_second",
            models.FloatField(
                validators=[django.core.validators.MinValueValidator(0.01)], verbose_name="mails per second"
            ),
        ),
    ]
