-- Which records of some kinds hold words, anywhere in them: for the search of a list, which then reads the records
-- themselves through both walls. SECURITY DEFINER of cqms_definer for the same reason as guard.find_records: LIKE is not
-- leakproof. It filters by the organization of the transaction itself, and sees nothing without one.
--
-- Words that stand in many records cost more to gather than to meet: where ten of the thousand newest hold them, or more
-- than `most` do, or no index can be asked because they are too short, it says `many` and names none. A list then meets
-- them soon enough when it reads its own rows in its own order.
CREATE FUNCTION guard.entries_holding(of_kinds text[], words text, with_text boolean, most integer)
RETURNS TABLE (many boolean, entries bigint[], records bigint[])
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan SET enable_seqscan = on SET enable_indexscan = on AS $body$
DECLARE
  here bigint := nullif(current_setting('app.organization', true), '')::bigint;
  held text := '%' || upper(regexp_replace(words, '([\\%_])', '\\\1', 'g')) || '%';
  newest integer := greatest(1000 / greatest(cardinality(of_kinds), 1), 100);
  of_one text;
BEGIN
  IF here IS NULL THEN RETURN; END IF;
  many := words !~ '[[:alnum:]]{3}|[[:alnum:]][^[:alnum:]]+[[:alnum:]]';
  IF NOT many THEN
    SELECT count(*) >= 10 INTO many
    FROM unnest(of_kinds) AS k (kind), LATERAL (
      SELECT s.number, s.title, s.text FROM public.search_searchentry s
      WHERE s.organization_id = here AND s.kind = k.kind ORDER BY s.record_id DESC LIMIT newest
    ) AS e
    WHERE upper(e.number) LIKE held OR upper(e.title) LIKE held OR (with_text AND upper(e.text) LIKE held);
  END IF;
  PERFORM set_config('enable_seqscan', 'off', true), set_config('enable_indexscan', 'off', true);
  FOREACH of_one IN ARRAY of_kinds LOOP
    EXIT WHEN many;
    SELECT array_cat(entries, array_agg(f.id)), array_cat(records, array_agg(f.record_id)) INTO entries, records
    FROM (
      SELECT e.id, e.record_id FROM public.search_searchentry e
      WHERE e.organization_id = here AND e.kind = of_one
        AND (upper(e.number) LIKE held OR upper(e.title) LIKE held OR (with_text AND upper(e.text) LIKE held))
      LIMIT most + 1
    ) AS f;
    many := coalesce(cardinality(entries), 0) > most;
  END LOOP;
  IF many THEN entries := NULL; records := NULL; END IF;
  RETURN NEXT;
END $body$;
REVOKE ALL ON FUNCTION guard.entries_holding FROM PUBLIC;
GRANT EXECUTE ON FUNCTION guard.entries_holding TO cqms_app;
