-- The one way to write over sealed rows. Owned by cqms_definer; does only what an approved redaction covers: words
-- that both signatures name by their hash, asked for by one person, approved by another. Every sealed row that changes
-- gets its tombstone in the same transaction, and the words are forgotten at the end, so that it works once.

CREATE OR REPLACE FUNCTION guard.without(value text, words text[], instead text) RETURNS text
LANGUAGE plpgsql IMMUTABLE AS $body$
DECLARE
  word text;
  in_json text;
BEGIN
  FOREACH word IN ARRAY words LOOP
    in_json := substr(to_json(word)::text, 2, length(to_json(word)::text) - 2);
    value := replace(replace(value, word, instead), in_json, instead);
  END LOOP;
  RETURN value;
END $body$;

CREATE OR REPLACE FUNCTION guard.without_in_json(value jsonb, words text[], instead text) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE AS $body$
BEGIN
  RETURN CASE jsonb_typeof(value)
    WHEN 'string' THEN to_jsonb(guard.without(value #>> '{}', words, instead))
    WHEN 'array' THEN (SELECT coalesce(jsonb_agg(guard.without_in_json(each, words, instead) ORDER BY place), '[]')
      FROM jsonb_array_elements(value) WITH ORDINALITY AS rows(each, place))
    WHEN 'object' THEN (SELECT coalesce(jsonb_object_agg(
      guard.without(name, words, instead), guard.without_in_json(each, words, instead)), '{}')
      FROM jsonb_each(value) AS rows(name, each))
    ELSE value END;
END $body$;

-- The part of UPDATE … SET for columns of a table; $3 are the words, $4 what stands instead.
CREATE OR REPLACE FUNCTION guard.columns_without(name text, columns text[]) RETURNS text
LANGUAGE sql STABLE AS $body$
  SELECT string_agg(CASE
    WHEN atttypid = 'jsonb'::regtype THEN format('%1$I = guard.without_in_json(%1$I, $3, $4)', attname)
    WHEN typelem <> 0 AND typcategory = 'A' THEN format(
      '%1$I = ARRAY(SELECT guard.without(each, $3, $4) FROM unnest(%1$I) WITH ORDINALITY AS rows(each, place)'
      ' ORDER BY place)::%2$s', attname, format_type(atttypid, atttypmod))
    WHEN atttypmod > 4 THEN format('%1$I = left(guard.without(%1$I, $3, $4), %2$s)', attname, atttypmod - 4)
    ELSE format('%1$I = guard.without(%1$I, $3, $4)', attname) END, ', ')
  FROM pg_attribute JOIN pg_type ON pg_type.oid = atttypid
  WHERE attrelid = format('public.%I', name)::regclass AND attname = ANY(columns) AND attnum > 0
$body$;

-- The redaction of the open organization that is to be carried out, with its words and both signatures.
CREATE OR REPLACE FUNCTION guard.approved_redaction(redaction bigint, OUT number text, OUT why text, OUT words text[],
  OUT asked_by text, OUT approved_by text, OUT request bigint, OUT approval bigint)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
DECLARE
  here bigint := nullif(current_setting('app.organization', true), '')::bigint;
BEGIN
  SELECT r.number, r.why, w.words, asked.signer_name, approved.signer_name, asked.id, approved.id
    INTO number, why, words, asked_by, approved_by, request, approval
  FROM public.redactions_redaction r
  JOIN public.redactions_redactionwords w ON w.organization_id = r.organization_id AND w.redaction_id = r.id
    AND r.words_sha256 = encode(sha256(w.salt || convert_to(array_to_string(w.words, E'\n'), 'UTF8')), 'hex')
  JOIN public.signatures_signature asked ON asked.organization_id = r.organization_id AND asked.record_id = r.id
    AND asked.record_kind = 'redactions.redaction' AND asked.meaning = 'authored' AND asked.signer_id = r.owner_id
  JOIN public.signatures_signature approved ON approved.organization_id = r.organization_id
    AND approved.record_id = r.id AND approved.record_kind = 'redactions.redaction' AND approved.meaning = 'approved'
    AND approved.signer_id = r.approved_by_id AND approved.signer_id <> asked.signer_id
    AND approved.content_hash = asked.content_hash
  WHERE r.organization_id = here AND r.id = redaction AND r.state = 'redacted'
  ORDER BY asked.id DESC, approved.id DESC LIMIT 1;
  IF number IS NULL THEN
    RAISE EXCEPTION 'redaction % is not approved by two people, or done already', redaction USING ERRCODE = '42501';
  END IF;
END $body$;

CREATE OR REPLACE FUNCTION guard.redact(redaction bigint, places jsonb) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET timezone = 'UTC' SET extra_float_digits = 1 SET bytea_output = 'hex' SET intervalstyle = 'postgres' AS $body$
DECLARE
  here bigint := nullif(current_setting('app.organization', true), '')::bigint;
  asked record;
  place record;
  layout bigint;
  known bigint[];
  total bigint := 0;
  changed bigint;
  instead text;
BEGIN
  SELECT * INTO asked FROM guard.approved_redaction(redaction);
  instead := format('[redacted, see %s]', asked.number);
  PERFORM set_config('guard.redaction', redaction::text, true);
  FOR place IN SELECT * FROM jsonb_to_recordset(places) AS p("table" text, key text, columns text[], ids bigint[]) LOOP
    EXECUTE format('UPDATE public.%I SET %s WHERE organization_id = $1 AND %I = ANY($2)',
      place."table", guard.columns_without(place."table", place.columns), place.key)
      USING here, place.ids, asked.words, instead;
    SELECT max(id) INTO layout FROM public.audit_ledgerlayout l WHERE l."table" = place."table";
    CONTINUE WHEN layout IS NULL;
    SELECT array_agg(id) INTO known FROM public.audit_ledgerlayout l
      WHERE l.source = (SELECT source FROM public.audit_ledgerlayout WHERE id = layout);
    UPDATE public.audit_ledgerkept SET value = guard.without_in_json(value, asked.words, instead)
      WHERE organization_id = here AND layout_id = ANY(known) AND row_id = ANY(place.ids);
    EXECUTE format(
      'INSERT INTO public.audit_ledgertombstone (organization_id, "table", layout_id, row_id, old_hash, new_hash,'
      ' redaction_id, redaction, asked_by, approved_by, reason, at, request_signature_id, approval_signature_id,'
      ' transaction_id)'
      ' SELECT $1, %1$L, $2, l.row_id, l.hash,'
      ' guard.leaf_hash(guard.payload($2, %1$L, to_jsonb(t), '''')), $5, $6, $7, $8, $9, now(), $10, $11,'
      ' pg_current_xact_id()::text::bigint FROM public.%1$I t JOIN ('
      ' SELECT row_id, hash FROM public.audit_ledgerleaf WHERE organization_id = $1 AND layout_id = ANY($3)'
      ' AND row_id = ANY($4) UNION ALL'
      ' SELECT row_id, hash FROM public.audit_ledgerqueue WHERE organization_id = $1 AND layout_id = ANY($3)'
      ' AND row_id = ANY($4)) l ON l.row_id = t.%2$I WHERE t.organization_id = $1 ORDER BY l.row_id',
      place."table", place.key)
      USING here, layout, known, place.ids, redaction, asked.number, asked.asked_by, asked.approved_by, asked.why,
        asked.request, asked.approval;
    GET DIAGNOSTICS changed = ROW_COUNT;
    total := total + changed;
    UPDATE public.audit_ledgerleaf SET salt = '' WHERE organization_id = here AND layout_id = ANY(known)
      AND row_id = ANY(place.ids) AND salt IS NOT NULL;
    UPDATE public.audit_ledgerqueue SET salt = '' WHERE organization_id = here AND layout_id = ANY(known)
      AND row_id = ANY(place.ids) AND salt IS NOT NULL;
  END LOOP;
  DELETE FROM public.redactions_redactionwords w WHERE w.organization_id = here AND w.redaction_id = redaction;
  PERFORM set_config('guard.redaction', '', true);
  RETURN total;
END $body$;

REVOKE EXECUTE ON FUNCTION guard.approved_redaction(bigint), guard.redact(bigint, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION guard.redact(bigint, jsonb) TO cqms_app;
