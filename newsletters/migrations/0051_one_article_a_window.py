"""A page begins one article, however many of its requests arrive at once."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("newsletters", "0050_windows_that_began_two_articles"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddConstraint(
            model_name="articlerevision",
            constraint=models.UniqueConstraint(
                condition=models.Q(("number", 1), models.Q(("window", ""), _negated=True)),
                fields=("window",),
                name="one_article_a_window",
            ),
        ),
    ]
