from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("newsletters", "0022_relabel_outcomes")]

    operations = [
        migrations.AlterField(
            model_name="editionitem",
            name="kind",
            field=models.CharField(default="article", max_length=30, verbose_name="kind"),
        ),
    ]
