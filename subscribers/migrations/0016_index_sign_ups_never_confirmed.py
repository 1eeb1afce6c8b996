"""An index of the sign-ups that nobody confirmed, which are deleted after some weeks."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("subscribers", "0015_second_person_of_a_list"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="subscription",
            index=models.Index(
                condition=models.Q(("confirmed_at__isnull", True), ("status", "pending")),
                fields=["requested_at"],
                name="never_confirmed",
            ),
        ),
    ]
