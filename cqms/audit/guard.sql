-- The functions of the guard that all tables share, owned by cqms_definer. :events is filled in by guard.py. None of them
-- may find another operator or function than PostgreSQL's by the search path of whoever writes: it is fixed, or, where
-- that would cost every save something, each name says its schema.

CREATE OR REPLACE FUNCTION guard.stamp_transaction() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
  NEW.transaction_id := pg_catalog.pg_current_xact_id()::text::bigint;
  RETURN NEW;
END $body$;

-- Whether guard.redact is at work: it says so for its own transaction, and nobody signs in as its owner.
CREATE OR REPLACE FUNCTION guard.is_redacting() RETURNS boolean
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $body$
  SELECT current_user = 'cqms_definer' AND coalesce(current_setting('guard.redaction', true), '') <> ''
$body$;

CREATE OR REPLACE FUNCTION guard.refuse() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
  IF TG_OP = 'UPDATE' AND guard.is_redacting() THEN RETURN NEW; END IF;
  RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = '42501';
END $body$;

-- The action alone is looked up: written as one comparison, the rest leads no planner to an index that holds every
-- event of the organization, as one without statistics chose it.
CREATE OR REPLACE FUNCTION guard.history_has_event() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
BEGIN
  IF NOT EXISTS (
    SELECT FROM public.:events WHERE action_id = NEW.action_id
      AND (record_kind, record_id, organization_id, transaction_id)
        IS NOT DISTINCT FROM (TG_ARGV[0], NEW.id, NEW.organization_id, NEW.transaction_id)
  ) THEN
    RAISE EXCEPTION '% %: history without an event', TG_ARGV[0], NEW.id USING ERRCODE = '23514';
  END IF;
  RETURN NULL;
END $body$;
