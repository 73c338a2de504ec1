-- Keeps what identifies a person or an organization: each new state of a row, in the transaction that made it, and none
-- without an event of that transaction. What is new needs none: its first state is the entry. Owned by cqms_definer;
-- states.py fills in :function, :states, :key, :events and :untold, the columns that are left out.

CREATE OR REPLACE FUNCTION guard.:function() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET timezone = 'UTC' AS $body$
DECLARE
  told jsonb := to_jsonb(NEW) - :untold;
BEGIN
  IF TG_OP = 'UPDATE' THEN
    IF told = to_jsonb(OLD) - :untold THEN RETURN NULL; END IF;
    IF NOT EXISTS (SELECT FROM public.:events AND e.transaction_id = pg_current_xact_id()::text::bigint) THEN
      RAISE EXCEPTION '% %: changed without an event', TG_TABLE_NAME, NEW.id USING ERRCODE = '23514';
    END IF;
  ELSIF TG_TABLE_NAME = 'organizations_organization' AND NEW.id < (SELECT min(organization_id) FROM public.audit_organizationstate) THEN
    RAISE EXCEPTION 'organization % takes the place of the first, in whose log accounts are sealed', NEW.id
      USING ERRCODE = '23514';
  END IF;
  INSERT INTO public.:states (:key, content, at, transaction_id)
  VALUES (NEW.id, told, clock_timestamp(), pg_current_xact_id()::text::bigint);
  RETURN NULL;
END $body$;
