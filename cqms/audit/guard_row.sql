-- The check of one tracked table, with a plan that the database keeps; owned by cqms_definer. guard.py fills in
-- :function, :table, :history and :columns: what a history row has besides the row it keeps.

CREATE OR REPLACE FUNCTION guard.:function() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
  live jsonb;
  newest jsonb;
  written_by bigint;
BEGIN
  SELECT to_jsonb(t) INTO live FROM public.:table t WHERE id = NEW.id;
  SELECT to_jsonb(h) - ARRAY[:columns], h.transaction_id INTO newest, written_by
    FROM (SELECT * FROM public.:history WHERE id = NEW.id ORDER BY history_id DESC LIMIT 1) h;
  IF written_by IS DISTINCT FROM pg_current_xact_id()::text::bigint THEN
    RAISE EXCEPTION '% %: changed without a history row', TG_TABLE_NAME, NEW.id USING ERRCODE = '23514';
  END IF;
  IF live IS DISTINCT FROM newest THEN
    RAISE EXCEPTION '% %: differs from its newest history row', TG_TABLE_NAME, NEW.id USING ERRCODE = '23514';
  END IF;
  RETURN NULL;
END $body$;
