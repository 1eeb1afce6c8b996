import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("newsletters", "0011_language_of_a_newsletter"),
    ]

    operations = [
        migrations.CreateModel(
            name="EditionTemplate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=80, verbose_name="name")),
                (
                    "is_usual",
                    models.BooleanField(
                        default=False,
                        help_text="Editions that are made by themselves begin from this one.",
                        verbose_name="usual",
                    ),
                ),
                ("draft", models.JSONField(editable=False)),
                ("articles_at", models.PositiveSmallIntegerField(editable=False)),
                ("made_by", models.CharField(blank=True, editable=False, max_length=150, verbose_name="made by")),
                ("made_at", models.DateTimeField(auto_now_add=True, verbose_name="made")),
                (
                    "newsletter",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="templates",
                        to="newsletters.newsletter",
                        verbose_name="newsletter",
                    ),
                ),
            ],
            options={
                "verbose_name": "template of editions",
                "verbose_name_plural": "templates of editions",
                "ordering": ["newsletter", "name"],
                "constraints": [
                    models.UniqueConstraint(fields=("newsletter", "name"), name="one_template_a_name"),
                    models.UniqueConstraint(
                        condition=models.Q(("is_usual", True)),
                        fields=("newsletter",),
                        name="one_usual_template_a_newsletter",
                    ),
                ],
            },
        ),
    ]
