from pathlib import Path

from django.db import migrations

_SQL = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):

    dependencies = [
        ('redactions', '0001_initial'),
        ('audit', '0006_tombstones_and_salts'),
        ('signatures', '__first__'),
    ]

    operations = [
        migrations.RunSQL(
            [
                "GRANT DELETE ON redactions_redactionwords TO cqms_definer",
                "SET ROLE cqms_definer", _SQL, "RESET ROLE",
            ],
            [
                "SET ROLE cqms_definer",
                "DROP FUNCTION guard.redact, guard.approved_redaction, guard.columns_without, guard.without_in_json,"
                " guard.without",
                "RESET ROLE",
            ],
        ),
    ]
