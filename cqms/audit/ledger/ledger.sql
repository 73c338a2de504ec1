-- The functions of the ledger, owned by cqms_definer. What is hashed must read the same in every session, so the
-- settings that change how values are written are fixed here.

-- What is hashed of a row. Format 1 has no salt; in format 2 sixteen random bytes keep anybody from finding out by
-- guessing what a redacted row said. A redaction leaves the salt empty.
CREATE OR REPLACE FUNCTION guard.payload(layout bigint, name text, content jsonb, salt bytea) RETURNS bytea
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
  SELECT convert_to((CASE WHEN salt IS NULL
    THEN jsonb_build_object('format', 1, 'layout', layout, 'table', name, 'row', content)
    ELSE jsonb_build_object('format', 2, 'layout', layout, 'table', name, 'row', content, 'salt', encode(salt, 'hex'))
  END)::text, 'UTF8')
$body$;

CREATE OR REPLACE FUNCTION guard.leaf_hash(payload bytea) RETURNS bytea
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$ SELECT sha256('\x00'::bytea || payload) $body$;

-- Row by row, because nearly every statement writes one: a table of the new rows would cost a save more than its hash.
-- The text of guard.payload, put together without going through JSON again. A SET clause for each setting would cost
-- more than the hash, too, and the portal's own sessions have them all: only a stranger's session changes them for a
-- moment.
CREATE OR REPLACE FUNCTION guard.queue_leaves() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
  salt bytea := uuid_send(gen_random_uuid());
  content jsonb;
  stranger text[];
BEGIN
  IF (current_setting('TimeZone'), current_setting('extra_float_digits'), current_setting('bytea_output'),
      current_setting('IntervalStyle')) IS DISTINCT FROM ('UTC', '1', 'hex', 'postgres') THEN
    stranger := guard.read_alike(ARRAY['UTC', '1', 'hex', 'postgres']);
  END IF;
  content := to_jsonb(NEW);
  INSERT INTO public.audit_ledgerqueue (organization_id, layout_id, row_id, salt, hash, queued_at)
  VALUES (NEW.organization_id, TG_ARGV[0]::bigint, (content->>TG_ARGV[1])::bigint, salt,
    sha256('\x00'::bytea || convert_to(
      '{"row": ' || content::text || ', "salt": "' || encode(salt, 'hex') || '", "table": "' || TG_TABLE_NAME
      || '", "format": 2, "layout": ' || TG_ARGV[0] || '}', 'UTF8')), clock_timestamp());
  IF stranger IS NOT NULL THEN PERFORM guard.read_alike(stranger); END IF;
  RETURN NULL;
END $body$;

-- Whose log a row of a table stands in. What belongs to no organization stands in that of the first one, who keeps the
-- portal: an expression over the row `t`.
CREATE OR REPLACE FUNCTION guard.log_of(name text) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $body$
  SELECT CASE WHEN EXISTS (SELECT FROM pg_attribute WHERE attrelid = format('public.%I', name)::regclass
    AND attname = 'organization_id' AND NOT attisdropped) THEN 't.organization_id' ELSE 'guard.first_organization()' END
$body$;

CREATE OR REPLACE FUNCTION guard.first_organization() RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
  SELECT min(id) FROM public.organizations_organization
$body$;

-- The same for a table whose rows belong to no organization. Before there is one, rows wait for guard.queue_left_rows.
CREATE OR REPLACE FUNCTION guard.queue_leaves_of_portal() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET timezone = 'UTC' SET extra_float_digits = 1 SET bytea_output = 'hex' SET intervalstyle = 'postgres' AS $body$
DECLARE
  first bigint := guard.first_organization();
  salt bytea := uuid_send(gen_random_uuid());
  content jsonb := to_jsonb(NEW);
BEGIN
  IF first IS NULL THEN RETURN NULL; END IF;
  INSERT INTO public.audit_ledgerqueue (organization_id, layout_id, row_id, salt, hash, queued_at)
  VALUES (first, TG_ARGV[0]::bigint, (content->>TG_ARGV[1])::bigint, salt,
    guard.leaf_hash(guard.payload(TG_ARGV[0]::bigint, TG_TABLE_NAME, content, salt)), clock_timestamp());
  RETURN NULL;
END $body$;

-- Sets how this transaction writes moments, numbers, bytes and intervals, and says how it did before.
CREATE OR REPLACE FUNCTION guard.read_alike(settings text[]) RETURNS text[]
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
  names text[] := ARRAY['TimeZone', 'extra_float_digits', 'bytea_output', 'IntervalStyle'];
  before text[];
BEGIN
  FOR i IN 1 .. 4 LOOP
    before[i] := current_setting(names[i]);
    PERFORM set_config(names[i], settings[i], true);
  END LOOP;
  RETURN before;
END $body$;

-- Rows that were there before the ledger: called once for a table, when its first layout is recorded.
CREATE OR REPLACE FUNCTION guard.queue_present_rows(name text, layout bigint, key text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET timezone = 'UTC' SET extra_float_digits = 1 SET bytea_output = 'hex' SET intervalstyle = 'postgres' AS $body$
BEGIN
  EXECUTE format(
    'INSERT INTO public.audit_ledgerqueue (organization_id, layout_id, row_id, salt, hash, queued_at)'
    ' SELECT organization_id, $1, %1$I, salt, guard.leaf_hash(guard.payload($1, $2, content, salt)), clock_timestamp()'
    ' FROM (SELECT %3$s AS organization_id, t.%1$I, to_jsonb(t) AS content, uuid_send(gen_random_uuid()) AS salt'
    ' FROM public.%2$I t) AS present WHERE organization_id IS NOT NULL AND NOT EXISTS ('
    ' SELECT FROM public.audit_ledgerqueue q WHERE q.organization_id = present.organization_id'
    ' AND q.layout_id = $1 AND q.row_id = present.%1$I) ORDER BY %1$I', key, name, guard.log_of(name))
    USING layout, name;
END $body$;

-- What was written before there was an organization: queued when the log of the first one begins.
CREATE OR REPLACE FUNCTION guard.queue_left_rows() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
  left_over record;
BEGIN
  FOR left_over IN SELECT DISTINCT ON (source) id, "table" FROM public.audit_ledgerlayout ORDER BY source, version DESC LOOP
    IF guard.log_of(left_over."table") <> 't.organization_id' THEN
      PERFORM guard.queue_present_rows(left_over."table", left_over.id, 'id');
    END IF;
  END LOOP;
END $body$;

-- Moves the oldest waiting leaves of the open organization to the end of its log; one transaction at a time.
CREATE OR REPLACE FUNCTION guard.seal_queue(at_most bigint, OUT first bigint, OUT sealed bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
  organization bigint := nullif(current_setting('app.organization', true), '')::bigint;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('cqms.ledger'), organization::int);
  SELECT coalesce(max(position) + 1, 0) INTO first FROM public.audit_ledgerleaf WHERE organization_id = organization;
  IF first = 0 AND organization = guard.first_organization() THEN PERFORM guard.queue_left_rows(); END IF;
  WITH gone AS (
    DELETE FROM public.audit_ledgerqueue WHERE id IN (
      SELECT id FROM public.audit_ledgerqueue WHERE organization_id = organization ORDER BY id LIMIT at_most)
    RETURNING *)
  INSERT INTO public.audit_ledgerleaf (id, organization_id, layout_id, row_id, salt, hash, queued_at, position)
  SELECT id, organization_id, layout_id, row_id, salt, hash, queued_at, first - 1 + row_number() OVER (ORDER BY id)
  FROM gone ORDER BY id;
  GET DIAGNOSTICS sealed = ROW_COUNT;
END $body$;

-- Before a migration removes a column, or changes how its values read: what it holds is kept.
CREATE OR REPLACE FUNCTION guard.keep_column(name text, layout bigint, key text, lost text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET timezone = 'UTC' SET extra_float_digits = 1 SET bytea_output = 'hex' SET intervalstyle = 'postgres' AS $body$
BEGIN
  EXECUTE format(
    'INSERT INTO public.audit_ledgerkept (organization_id, layout_id, row_id, "column", value)'
    ' SELECT %3$s, $1, %1$I, $2, coalesce(to_jsonb(t)->$2, ''null'') FROM public.%2$I t WHERE %3$s IS NOT NULL',
    key, name, guard.log_of(name))
    USING layout, lost;
END $body$;

-- The queue is emptied by guard.seal_queue alone, and nothing in it is changed but the salt of a redacted row.
CREATE OR REPLACE FUNCTION guard.refuse_unless_sealing() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
  -- no search path is fixed, which 30,000 leaves a second would pay for: the operators say their schema instead
  IF TG_OP OPERATOR(pg_catalog.=) 'DELETE' AND current_user OPERATOR(pg_catalog.=) 'cqms_definer' THEN RETURN OLD; END IF;
  -- what two redactions touch has lost its salt by the first already
  IF TG_OP OPERATOR(pg_catalog.=) 'UPDATE' AND guard.is_redacting()
    AND pg_catalog.to_jsonb(OLD) OPERATOR(pg_catalog.-) 'salt'
      OPERATOR(pg_catalog.=) (pg_catalog.to_jsonb(NEW) OPERATOR(pg_catalog.-) 'salt') THEN RETURN NEW; END IF;
  RAISE EXCEPTION '% is emptied by the sealer alone: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = '42501';
END $body$;

-- For whoever watches over the portal: since when something waits, and which keys must be there. No content.
CREATE OR REPLACE FUNCTION guard.waiting_since() RETURNS timestamptz
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
  SELECT queued_at FROM public.audit_ledgerqueue ORDER BY id LIMIT 1
$body$;

CREATE OR REPLACE FUNCTION guard.signing_keys() RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
  SELECT DISTINCT ON (organization_id) public_key FROM public.audit_ledgerkey ORDER BY organization_id, id DESC
$body$;

DROP FUNCTION IF EXISTS guard.payload(bigint, text, jsonb);

REVOKE EXECUTE ON FUNCTION guard.queue_present_rows(text, bigint, text), guard.keep_column(text, bigint, text, text),
  guard.queue_left_rows()
  FROM PUBLIC;
GRANT EXECUTE ON FUNCTION guard.queue_present_rows(text, bigint, text), guard.keep_column(text, bigint, text, text)
  TO cqms_owner;
