from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("audit", "0004_what_happens_to_accounts")]

    operations = [
        migrations.AddIndex(
            model_name="auditevent",
            index=models.Index(fields=["organization", "record_kind", "-id"], name="event_of_kind"),
        ),
        migrations.AddIndex(
            model_name="auditevent",
            index=models.Index(fields=["organization", "-at", "-id"], name="event_by_moment"),
        ),
    ]
