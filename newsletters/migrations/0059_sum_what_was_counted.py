from django.db import migrations
from django.db.models import Q, Sum


def sum_counts(apps, schema_editor):
    """What was counted before there were sums."""
    counts = apps.get_model("newsletters", "ClickCount").objects.order_by()
    people, machines = Sum("clicks", filter=Q(rule=""), default=0), Sum("clicks", filter=~Q(rule=""), default=0)
    links = apps.get_model("newsletters", "CountedLink").objects
    by_link = counts.values("link").annotate(people=people, machines=machines)
    for row in by_link.iterator(chunk_size=2000):
        links.filter(pk=row["link"]).update(people=row["people"], machines=row["machines"])
    hours = apps.get_model("newsletters", "EditionHour")
    by_hour = counts.values("link__edition", "hour").annotate(people=people, machines=machines)
    hours.objects.bulk_create(
        (
            hours(
                edition_id=row["link__edition"],
                kind="click",
                hour=row["hour"],
                people=row["people"],
                machines=row["machines"],
            )
            for row in by_hour.iterator(chunk_size=2000)
        ),
        batch_size=500,
    )


class Migration(migrations.Migration):
    dependencies = [
        ("newsletters", "0058_sums_for_reports"),
    ]

    operations = [
        migrations.RunPython(sum_counts, migrations.RunPython.noop),
    ]
