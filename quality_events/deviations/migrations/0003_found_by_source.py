from django.db import migrations

REFILL = """
DO $body$
DECLARE
  here bigint;
BEGIN
  FOR here IN SELECT id FROM organizations_organization LOOP
    PERFORM set_config('app.organization', here::text, true);
    UPDATE search_searchentry e SET text = left(e.text || ' ' || d.source_id, 100000)
    FROM deviations_protocoldeviation d
    WHERE e.organization_id = here AND e.kind = 'deviations.protocoldeviation'
      AND d.organization_id = here AND d.id = e.record_id AND d.source_id <> ''
      AND right(e.text, length(d.source_id) + 1) <> ' ' || d.source_id;
  END LOOP;
  PERFORM set_config('app.organization', '', true);
END $body$;
"""


class Migration(migrations.Migration):
    """Deviations are found by their id in the source system: those that were imported before, too."""

    dependencies = [
        ("deviations", "0002_historicaldeviationimport_deviationimport"),
        ("organizations", "0003_suspended"),
        ("search", "0001_initial"),
    ]
    operations = [migrations.RunSQL(REFILL, migrations.RunSQL.noop)]
