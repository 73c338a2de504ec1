-- The check of one tracked table, with a plan that the database keeps; owned by cqms_definer. guard.py fills in
-- :function, :table, :history, :history_name and :columns: what a history row has besides the row it keeps. A row that
-- this very transaction redacted has no new history row; the redaction changed its history as well.

CREATE OR REPLACE FUNCTION guard.:function() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
  live jsonb;
  newest jsonb;
  written_by bigint;
  history_row bigint;
BEGIN
  SELECT to_jsonb(t) INTO live FROM public.:table t WHERE id = NEW.id;
  SELECT to_jsonb(h) - ARRAY[:columns], h.transaction_id, h.history_id INTO newest, written_by, history_row
    FROM (SELECT * FROM public.:history WHERE id = NEW.id ORDER BY history_id DESC LIMIT 1) h;
  IF written_by IS DISTINCT FROM pg_current_xact_id()::text::bigint AND NOT EXISTS (
    SELECT FROM public.audit_ledgertombstone b WHERE b.organization_id = NEW.organization_id
      AND b."table" = ':history_name' AND b.row_id = history_row
      AND b.transaction_id = pg_current_xact_id()::text::bigint
  ) THEN
    RAISE EXCEPTION '% %: changed without a history row', TG_TABLE_NAME, NEW.id USING ERRCODE = '23514';
  END IF;
  IF live IS DISTINCT FROM newest THEN
    RAISE EXCEPTION '% %: differs from its newest history row', TG_TABLE_NAME, NEW.id USING ERRCODE = '23514';
  END IF;
  RETURN NULL;
END $body$;
