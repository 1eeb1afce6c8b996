import json
from hashlib import sha256

from django.db import migrations


def give_blocks(apps, schema_editor):
    """Editions that were approved before there were other blocks than articles hold a list of articles. Their hash is
    made again: freezing and sending compare the snapshot with it."""
    editions = apps.get_model("newsletters", "Edition").objects.using(schema_editor.connection.alias)
    for edition in editions.filter(snapshot__has_key="articles").only("pk", "snapshot").iterator():
        snapshot = dict(edition.snapshot)
        snapshot["blocks"] = [{"kind": "article", "article": article} for article in snapshot.pop("articles")]
        canonical = json.dumps(snapshot, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        digest = sha256(canonical.encode()).hexdigest()
        editions.filter(pk=edition.pk).update(snapshot=snapshot, content_hash=digest)


class Migration(migrations.Migration):
    dependencies = [("newsletters", "0023_kinds_of_blocks_are_listed_in_code")]

    operations = [migrations.RunPython(give_blocks, migrations.RunPython.noop)]
