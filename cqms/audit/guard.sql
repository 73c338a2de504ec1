-- The functions of the guard, owned by cqms_definer. :events and :history_columns are filled in by guard.py.

CREATE OR REPLACE FUNCTION guard.stamp_transaction() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
  NEW.transaction_id := pg_current_xact_id()::text::bigint;
  RETURN NEW;
END $body$;

CREATE OR REPLACE FUNCTION guard.refuse() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
  RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = '42501';
END $body$;

CREATE OR REPLACE FUNCTION guard.row_equals_history() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
  live jsonb;
  newest jsonb;
BEGIN
  EXECUTE format('SELECT to_jsonb(t) FROM public.%I t WHERE id = $1', TG_ARGV[0]) INTO live USING NEW.id;
  EXECUTE format('SELECT to_jsonb(h) FROM public.%I h WHERE id = $1 ORDER BY history_id DESC LIMIT 1', TG_ARGV[1])
    INTO newest USING NEW.id;
  IF newest IS NULL OR (newest->>'transaction_id')::bigint <> pg_current_xact_id()::text::bigint THEN
    RAISE EXCEPTION '% %: changed without a history row', TG_ARGV[0], NEW.id USING ERRCODE = '23514';
  END IF;
  IF live IS DISTINCT FROM (newest - ARRAY[:history_columns]) THEN
    RAISE EXCEPTION '% %: differs from its newest history row', TG_ARGV[0], NEW.id USING ERRCODE = '23514';
  END IF;
  RETURN NULL;
END $body$;

CREATE OR REPLACE FUNCTION guard.history_has_event() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
  IF NOT EXISTS (
    SELECT 1 FROM public.:events
    WHERE action_id = NEW.action_id AND record_kind = TG_ARGV[0] AND record_id = NEW.id
      AND organization_id = NEW.organization_id AND transaction_id = NEW.transaction_id
  ) THEN
    RAISE EXCEPTION '% %: history without an event', TG_ARGV[0], NEW.id USING ERRCODE = '23514';
  END IF;
  RETURN NULL;
END $body$;
