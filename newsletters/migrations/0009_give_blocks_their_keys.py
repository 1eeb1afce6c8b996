from django.db import migrations
from django.db.models import CharField, F, Value
from django.db.models.functions import Cast, Concat


def give_keys(apps, schema_editor):
    items = apps.get_model("newsletters", "EditionItem").objects.using(schema_editor.connection.alias)
    items.filter(key="").update(key=Concat(Value("a"), Cast(F("pk"), CharField())))


class Migration(migrations.Migration):
    dependencies = [("newsletters", "0008_blocks_and_revisions")]

    operations = [migrations.RunPython(give_keys, migrations.RunPython.noop)]
