-- The part of `keep_numbers` for a list, each item as it is held: at its place, where that looks the same; else where
-- an item that looks the same is; else by its parts. Where several that look the same were moved, it cannot be told
-- which is which: TM005.
CREATE OR REPLACE FUNCTION tidemark.keep_items(p_held jsonb, p_sent jsonb, p_unlike numeric[]) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  v_doubtful jsonb;
  v_items jsonb;
BEGIN
  WITH held AS MATERIALIZED (
    SELECT value, place, tidemark.as_seen(value) AS seen
      FROM jsonb_array_elements(p_held) WITH ORDINALITY AS items(value, place)
  ), sent AS MATERIALIZED (
    SELECT value, place, tidemark.as_seen(value) AS seen
      FROM jsonb_array_elements(p_sent) WITH ORDINALITY AS items(value, place)
  ), alike AS (
    SELECT
        seen, (array_agg(value ORDER BY place))[1] AS value, count(DISTINCT value) AS forms,
        array_agg(place ORDER BY place) AS places
      FROM held GROUP BY seen
  ), moved AS (
    SELECT seen, array_agg(place ORDER BY place) AS places FROM sent GROUP BY seen
  )
  SELECT
      (SELECT seen FROM alike JOIN moved USING (seen) WHERE forms > 1 AND alike.places <> moved.places LIMIT 1),
      (
        SELECT coalesce(
            jsonb_agg(
              CASE
                WHEN same.seen = sent.seen THEN same.value
                WHEN alike.seen IS NOT NULL THEN alike.value
                ELSE tidemark.keep_value(same.value, sent.value, p_unlike)
              END
              ORDER BY sent.place
            ),
            '[]'
          )
          FROM sent LEFT JOIN held AS same USING (place) LEFT JOIN alike ON alike.seen = sent.seen
      )
    INTO v_doubtful, v_items;
  IF v_doubtful IS NOT NULL THEN PERFORM tidemark.refuse_ambiguous(v_doubtful); END IF;
  RETURN v_items;
END
$$;
