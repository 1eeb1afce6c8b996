"""Those of an edition's frozen audience who get nothing, in a column: of what has begun, as many as the ledger says."""

from django.db import migrations, models
from django.db.models import OuterRef, Subquery, Sum


def count_skipped(apps, schema_editor):
    editions = apps.get_model("newsletters", "Edition").objects
    chunks = apps.get_model("newsletters", "Chunk").objects.filter(edition=OuterRef("pk")).order_by()
    skipped = chunks.values("edition").annotate(all=Sum("skipped")).values("all")
    begun = editions.filter(frozen_at__isnull=False).annotate(all=Subquery(skipped))
    for pk, count in begun.filter(all__gt=0).values_list("pk", "all"):
        editions.filter(pk=pk).update(set_aside=count)


class Migration(migrations.Migration):
    dependencies = [
        ("newsletters", "0043_reviews_previews_and_corrections"),
    ]

    operations = [
        migrations.AddField(
            model_name="edition",
            name="set_aside",
            field=models.PositiveIntegerField(default=0, editable=False),
        ),
        migrations.AlterField(
            model_name="edition",
            name="candidates",
            field=models.PositiveIntegerField(default=0, editable=False, verbose_name="frozen audience"),
        ),
        migrations.RunPython(count_skipped, migrations.RunPython.noop),
    ]
