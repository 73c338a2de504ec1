from pathlib import Path

from django.db import migrations

_SQL = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):

    dependencies = [
        ('search', '0006_by_holding'),
    ]

    operations = [
        migrations.RunSQL(
            ["SET ROLE cqms_definer", _SQL, "RESET ROLE"],
            ["SET ROLE cqms_definer", "DROP FUNCTION guard.entries_holding", "RESET ROLE"],
        ),
    ]
