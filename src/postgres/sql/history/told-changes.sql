-- What the log says of the edits of a batch where Postgres was sent something else (`told` of `edits_of`), for one
-- record or one edit, as `changes_of`.
-- Returns, for each edit of which it says more: the changes, which may be none, and the client and number of one that
-- was Postgres first.
CREATE OR REPLACE FUNCTION tidemark.told_changes(p_edits json, p_table text, p_id text, p_place bigint)
RETURNS TABLE (place bigint, client text, n bigint, changes json)
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT told.place, told.item ->> 'client', (told.item ->> 'n')::bigint, (
      SELECT coalesce(json_agg(
          tidemark.named_change(p_edits -> 'shapes' -> (change ->> 0)::integer, change) ORDER BY change_place
        ), '[]')
        FROM json_array_elements(told.item -> 'changes') WITH ORDINALITY AS changes(change, change_place)
        WHERE p_id IS NULL
          OR (change ->> 1 = p_id AND p_edits -> 'shapes' -> (change ->> 0)::integer ->> 'table' = p_table)
    )
    FROM json_array_elements(p_edits -> 'told') WITH ORDINALITY AS told(item, place)
    WHERE json_typeof(told.item) = 'object' AND (p_place IS NULL OR told.place = p_place)
$$;
