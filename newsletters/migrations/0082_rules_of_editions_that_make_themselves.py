import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("newsletters", "0081_editions_drafted_ahead")]

    operations = [
        migrations.AddField(
            model_name="newsletter",
            name="lead_rule",
            field=models.CharField(
                choices=[("newest", "the newest article"), ("most_read", "the most read article")],
                db_default="newest",
                default="newest",
                max_length=10,
                verbose_name="lead",
            ),
        ),
        migrations.AddField(
            model_name="newsletter",
            name="pinned_article",
            field=models.ForeignKey(
                blank=True,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="newsletters.article",
                verbose_name="pinned article",
            ),
        ),
        migrations.AddField(
            model_name="newsletter",
            name="by_topic",
            field=models.BooleanField(db_default=False, default=False, verbose_name="group articles by topic"),
        ),
        migrations.AddField(
            model_name="newsletter",
            name="with_most_read",
            field=models.BooleanField(db_default=False, default=False, verbose_name="add “Most read since last time”"),
        ),
        migrations.AddField(
            model_name="newsletter",
            name="with_missed",
            field=models.BooleanField(db_default=False, default=False, verbose_name="add “In case you missed it”"),
        ),
    ]
