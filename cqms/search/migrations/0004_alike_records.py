from pathlib import Path

from django.db import migrations

_SQL = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):

    dependencies = [
        ('search', '0003_newest_first'),
    ]

    operations = [
        migrations.RunSQL("SELECT public.similarity('a', 'b')", migrations.RunSQL.noop),  # makes its settings known
        migrations.RunSQL(
            ["SET ROLE cqms_definer", _SQL, "RESET ROLE"],
            ["SET ROLE cqms_definer", "DROP FUNCTION guard.alike_records", "RESET ROLE"],
        ),
    ]
