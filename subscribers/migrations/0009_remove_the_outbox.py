from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("subscribers", "0008_hand_messages_to_mail"),
    ]

    operations = [
        migrations.DeleteModel(
            name="OutboxMail",
        ),
    ]
