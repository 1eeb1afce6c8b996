import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("newsletters", "0056_ledger_rows_unchecked"),
    ]

    operations = [
        migrations.CreateModel(
            name="Agent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=300, unique=True)),
            ],
        ),
        migrations.CreateModel(
            name="ClickSpool",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=100, unique=True)),
                ("offset", models.PositiveBigIntegerField(default=0)),
            ],
        ),
        migrations.AddField(
            model_name="newsletter",
            name="tracking",
            field=models.CharField(
                choices=[("off", "don't count clicks"), ("anonymous", "count clicks without knowing whose they are")],
                db_default="off",
                default="off",
                max_length=10,
                verbose_name="clicks",
            ),
        ),
        migrations.CreateModel(
            name="CountedLink",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveSmallIntegerField()),
                ("url", models.TextField(verbose_name="address")),
                (
                    "edition",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="links", to="newsletters.edition"
                    ),
                ),
            ],
            options={
                "ordering": ["edition", "number"],
            },
        ),
        migrations.CreateModel(
            name="ClickCount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("hour", models.DateTimeField()),
                ("method", models.CharField(max_length=8)),
                ("rule", models.CharField(blank=True, max_length=20)),
                ("rules", models.PositiveSmallIntegerField()),
                ("clicks", models.PositiveIntegerField()),
                (
                    "agent",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="newsletters.agent",
                    ),
                ),
                (
                    "link",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="clicks", to="newsletters.countedlink"
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="countedlink",
            constraint=models.UniqueConstraint(fields=("edition", "number"), name="one_link_a_number"),
        ),
        migrations.AddConstraint(
            model_name="clickcount",
            constraint=models.UniqueConstraint(
                fields=("link", "hour", "agent", "method", "rule"), name="one_count_an_hour"
            ),
        ),
    ]
