from django.db import migrations, models

import newsletters.models.editions


class Migration(migrations.Migration):
    dependencies = [("newsletters", "0009_give_blocks_their_keys")]

    operations = [
        migrations.AlterField(
            model_name="editionitem",
            name="key",
            field=models.CharField(default=newsletters.models.editions.new_key, editable=False, max_length=16),
        ),
        migrations.AddConstraint(
            model_name="editionitem",
            constraint=models.UniqueConstraint(fields=("edition", "key"), name="a_key_once_an_edition"),
        ),
    ]
