-- Finds what is like one record, for one reader: two of its words in common, its category, or a title nearly the same.
-- SECURITY DEFINER of cqms_definer for the same reason as guard.find_records: behind row-level security the indexes of
-- words and likeness would not be used. It filters by the organization of the transaction itself, and sees nothing
-- without one. `matched` are those of `tokens` that stand in the other record, in their order.
CREATE FUNCTION guard.alike_records(
  of_title text, tokens text[], of_category text, everywhere boolean, place_kinds text[], place_ids bigint[],
  closed text[], of_kinds text[], own_kind text, own_id bigint, most integer
) RETURNS TABLE (id bigint, matched text[], same_category boolean)
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET pg_trgm.similarity_threshold = 0.4 AS $body$
DECLARE
  here bigint := nullif(current_setting('app.organization', true), '')::bigint;
  kept text[] := '{}';
  parts tsquery[] := '{}';
  token text;
  part tsquery;
  other tsquery;
  query tsquery;
  category tsquery := phraseto_tsquery('simple', of_category);
BEGIN
  IF here IS NULL THEN RETURN; END IF;
  FOREACH token IN ARRAY tokens LOOP
    part := plainto_tsquery('english', token);
    CONTINUE WHEN numnode(part) = 0;
    FOREACH other IN ARRAY parts LOOP
      query := CASE WHEN query IS NULL THEN other && part ELSE query || (other && part) END;
    END LOOP;
    parts := array_append(parts, part);
    kept := array_append(kept, token);
  END LOOP;
  query := coalesce(query, parts[1]);
  IF numnode(category) > 0 THEN
    query := CASE WHEN query IS NULL THEN category ELSE query || category END;
  ELSE
    category := NULL;
  END IF;

  RETURN QUERY
  WITH by_words AS (
    SELECT e.id FROM public.search_searchentry e
    WHERE e.organization_id = here AND e.vector @@ query
      AND (everywhere OR (e.anchor_kind, e.anchor_id) IN (SELECT * FROM unnest(place_kinds, place_ids)))
      AND e.lane <> ALL (closed) AND e.kind = ANY (of_kinds) AND (e.kind, e.record_id) <> (own_kind, own_id)
    LIMIT 2000  -- the best of very many are not worth a second of waiting
  ), by_title AS (
    SELECT e.id FROM public.search_searchentry e
    WHERE e.organization_id = here AND of_title OPERATOR(public.%) e.title
      AND (everywhere OR (e.anchor_kind, e.anchor_id) IN (SELECT * FROM unnest(place_kinds, place_ids)))
      AND e.lane <> ALL (closed) AND e.kind = ANY (of_kinds) AND (e.kind, e.record_id) <> (own_kind, own_id)
    LIMIT 500
  ), compared AS (
    SELECT e.id, coalesce(e.vector @@ category, false) AS same,
      coalesce(ts_rank(e.vector, query), 0) + public.similarity(of_title, e.title)
        + CASE WHEN e.vector @@ category THEN 0.5 ELSE 0 END AS place
    FROM (SELECT w.id FROM by_words w UNION SELECT t.id FROM by_title t) AS either
    JOIN public.search_searchentry e ON e.id = either.id
  ), best AS (
    SELECT c.* FROM compared c ORDER BY c.place DESC, c.id DESC LIMIT most
  )
  SELECT b.id, ARRAY(
    SELECT u.word FROM unnest(kept) WITH ORDINALITY AS u (word, at)
    WHERE e.vector @@ plainto_tsquery('english', u.word) OR public.word_similarity(u.word, e.title) >= 0.6
    ORDER BY u.at
  ), b.same
  FROM best b JOIN public.search_searchentry e ON e.id = b.id ORDER BY b.place DESC, b.id DESC;
END $body$;
REVOKE ALL ON FUNCTION guard.alike_records FROM PUBLIC;
GRANT EXECUTE ON FUNCTION guard.alike_records TO cqms_app;
