from pathlib import Path

from django.db import migrations

_SQL = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
_BEFORE = Path(__file__).with_name("0002_find_records.sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):

    dependencies = [
        ('search', '0007_entries_holding'),
    ]

    operations = [
        migrations.RunSQL("SELECT public.similarity('a', 'b')", migrations.RunSQL.noop),  # makes its settings known
        migrations.RunSQL(
            ["SET ROLE cqms_definer", _SQL, "RESET ROLE"],
            ["SET ROLE cqms_definer", _BEFORE, "RESET ROLE"],
        ),
    ]
