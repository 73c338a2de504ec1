-- The check of one tracked table, with a plan that the database keeps; owned by cqms_definer. guard.py fills in
-- :function, :table, :history, :history_name and :columns: those of the history row that keep the row itself, in the
-- table's order. Both are compared byte by byte; a column that came after the function was made makes them differ in
-- length: refused. A row that this very transaction redacted has no new history row; the redaction changed its history
-- as well.

CREATE OR REPLACE FUNCTION guard.:function() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
  written_by bigint;
  history_row bigint;
  alike boolean;
BEGIN
  SELECT h.transaction_id, h.history_id,
      (SELECT record_image_eq(ROW(t.*), ROW(:columns)) FROM public.:table t WHERE t.id = h.id)
    INTO written_by, history_row, alike
    FROM public.:history h WHERE h.id = NEW.id AND h.organization_id = NEW.organization_id ORDER BY h.history_id DESC LIMIT 1;
  IF written_by IS DISTINCT FROM pg_current_xact_id()::text::bigint THEN
    IF NOT EXISTS (
      SELECT FROM public.audit_ledgertombstone b WHERE b.organization_id = NEW.organization_id
        AND b."table" = ':history_name' AND b.row_id = history_row
        AND b.transaction_id = pg_current_xact_id()::text::bigint
    ) THEN
      RAISE EXCEPTION '% %: changed without a history row', TG_TABLE_NAME, NEW.id USING ERRCODE = '23514';
    END IF;
  END IF;
  IF alike IS NOT TRUE THEN
    RAISE EXCEPTION '% %: differs from its newest history row', TG_TABLE_NAME, NEW.id USING ERRCODE = '23514';
  END IF;
  RETURN NULL;
END $body$;
