from django.db import migrations, models

FIX = """
CREATE FUNCTION deadlines_alarms_are_fixed() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
  RAISE EXCEPTION 'deadline %: its alarms never change', OLD.id USING ERRCODE = '23514';
END $body$;
CREATE TRIGGER alarms_are_fixed BEFORE UPDATE ON deadlines_deadline FOR EACH ROW
  WHEN (OLD.alarms IS DISTINCT FROM NEW.alarms)
  EXECUTE FUNCTION deadlines_alarms_are_fixed();
ALTER TABLE deadlines_deadline ENABLE ALWAYS TRIGGER alarms_are_fixed;
"""
LOOSEN = """
DROP TRIGGER alarms_are_fixed ON deadlines_deadline;
DROP FUNCTION deadlines_alarms_are_fixed();
"""


class Migration(migrations.Migration):
    """The alarms of a legal clock; the database itself refuses to mute or move them."""

    dependencies = [("deadlines", "0002_original_due_is_fixed")]
    operations = [
        migrations.AddField("deadline", "alarms", models.JSONField(blank=True, default=list, editable=False)),
        migrations.AddField("historicaldeadline", "alarms", models.JSONField(blank=True, default=list, editable=False)),
        migrations.RunSQL(FIX, LOOSEN),
    ]
