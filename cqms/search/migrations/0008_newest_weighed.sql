-- Finds records for one reader. SECURITY DEFINER of cqms_definer, because `@@`, LIKE and likeness are not leakproof:
-- behind row-level security their indexes would not be used. It filters by the organization of the transaction
-- itself, and sees nothing without one. Ids are bigint throughout: an int4 would not use the index.
--
-- The index of words gathers every match before the first is read. Words that stand in three of a hundred of the newest
-- entries are met sooner by reading on from the newest; of what is found so often the newest is weighed.
CREATE OR REPLACE FUNCTION guard.find_records(
  number_begins text, tokens text[], words text, everywhere boolean, place_kinds text[], place_ids bigint[],
  closed text[], of_kind text, most integer
) RETURNS TABLE (id bigint, place double precision)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET pg_trgm.word_similarity_threshold = 0.45 SET plan_cache_mode = force_custom_plan AS $body$
DECLARE
  here bigint := nullif(current_setting('app.organization', true), '')::bigint;
  token text;
  part tsquery;
  query tsquery;
  longest text;
  near bigint[];
  newest integer;
BEGIN
  IF here IS NULL THEN RETURN; END IF;
  FOREACH token IN ARRAY tokens LOOP
    part := plainto_tsquery('english', token) || to_tsquery('simple', token || ':*');
    query := CASE WHEN query IS NULL THEN part ELSE query && part END;
  END LOOP;
  query := query || plainto_tsquery('simple', words);
  SELECT t INTO longest FROM unnest(tokens) AS t ORDER BY length(t) DESC LIMIT 1;

  FOREACH newest IN ARRAY ARRAY[500, 8000] LOOP
    near := ARRAY(
      SELECT n.id FROM (
        SELECT e.id, e.kind, e.lane, e.anchor_kind, e.anchor_id, e.vector FROM public.search_searchentry e
        WHERE e.organization_id = here ORDER BY e.id DESC LIMIT newest
      ) AS n
      WHERE n.vector @@ query
        AND (everywhere OR (n.anchor_kind, n.anchor_id) IN (SELECT * FROM unnest(place_kinds, place_ids)))
        AND n.lane <> ALL (closed) AND (of_kind = '' OR n.kind = of_kind)
      LIMIT 600
    );
    CONTINUE WHEN cardinality(near) >= greatest(most, 15) OR (newest = 500 AND cardinality(near) >= 15);
    near := '{}';
    EXIT;
  END LOOP;

  RETURN QUERY
  WITH by_number AS (
    SELECT e.id, 10 - least(length(e.number), 90) / 100.0::float8 AS place FROM public.search_searchentry e
    WHERE e.organization_id = here AND upper(e.number) LIKE number_begins || '%'
      AND (everywhere OR (e.anchor_kind, e.anchor_id) IN (SELECT * FROM unnest(place_kinds, place_ids)))
      AND e.lane <> ALL (closed) AND (of_kind = '' OR e.kind = of_kind)
    ORDER BY length(e.number), e.number LIMIT most
  ), matching AS (
    SELECT e.id, e.vector FROM public.search_searchentry e WHERE e.id = ANY (near)
    UNION ALL
    (SELECT e.id, e.vector FROM public.search_searchentry e
     WHERE near = '{}' AND e.organization_id = here AND e.vector @@ query
       AND (everywhere OR (e.anchor_kind, e.anchor_id) IN (SELECT * FROM unnest(place_kinds, place_ids)))
       AND e.lane <> ALL (closed) AND (of_kind = '' OR e.kind = of_kind)
     LIMIT 2000)  -- the best of very many are not worth a second of waiting
  ), both_ways AS (
    SELECT n.id, n.place FROM by_number n
    UNION ALL
    SELECT m.id, ts_rank(m.vector, query)::float8 FROM matching m
  )
  SELECT b.id, max(b.place) AS place FROM both_ways b GROUP BY b.id ORDER BY 2 DESC, 1 DESC LIMIT most;
  IF FOUND THEN RETURN; END IF;

  RETURN QUERY
  WITH alike AS (
    SELECT e.id, e.title FROM public.search_searchentry e
    WHERE e.organization_id = here AND longest OPERATOR(public.<%) e.title
      AND (everywhere OR (e.anchor_kind, e.anchor_id) IN (SELECT * FROM unnest(place_kinds, place_ids)))
      AND e.lane <> ALL (closed) AND (of_kind = '' OR e.kind = of_kind)
    LIMIT 1000
  ), compared AS (
    SELECT a.id, (SELECT avg(public.word_similarity(t, a.title)) FROM unnest(tokens) AS t)::float8 AS place FROM alike a
  )
  SELECT c.id, c.place FROM compared c WHERE c.place >= 0.45 ORDER BY 2 DESC, 1 DESC LIMIT least(most, 20);
END $body$;
REVOKE ALL ON FUNCTION guard.find_records FROM PUBLIC;
GRANT EXECUTE ON FUNCTION guard.find_records TO cqms_app;
