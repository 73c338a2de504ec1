from django.db import migrations

FIX = """
CREATE FUNCTION deadlines_original_due_is_fixed() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
  RAISE EXCEPTION 'deadline %: the first due moment never changes', OLD.id USING ERRCODE = '23514';
END $body$;
CREATE TRIGGER original_due_is_fixed BEFORE UPDATE ON deadlines_deadline FOR EACH ROW
  WHEN (OLD.original_due IS DISTINCT FROM NEW.original_due)
  EXECUTE FUNCTION deadlines_original_due_is_fixed();
ALTER TABLE deadlines_deadline ENABLE ALWAYS TRIGGER original_due_is_fixed;
"""
LOOSEN = """
DROP TRIGGER original_due_is_fixed ON deadlines_deadline;
DROP FUNCTION deadlines_original_due_is_fixed();
"""


class Migration(migrations.Migration):
    """The database itself refuses to move the date first promised."""

    dependencies = [("deadlines", "0001_initial")]
    operations = [migrations.RunSQL(FIX, LOOSEN)]
