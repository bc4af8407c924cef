-- The changes of a batch that concern one record, or one edit, in JSON with the names of their tables and columns.
--   p_table, p_id  the record; NULL for all records
--   p_place        the edit, by its place among the lines counted from 1; NULL for all edits
-- Returns the changes of each such edit. Naming takes long, and a batch has thousands of edits: so lines without the
-- id's text are passed over as text.
CREATE OR REPLACE FUNCTION tidemark.changes_of(p_changes text, p_table text, p_id text, p_place bigint)
RETURNS TABLE (place bigint, changes json)
LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  v_shaped integer := starts_with(p_changes, '{')::integer;
  v_shapes json := CASE WHEN v_shaped = 1 THEN split_part(p_changes, E'\n', 1)::json -> 'shapes' END;
BEGIN
  RETURN QUERY
    SELECT line.place - v_shaped, json_agg(change.named ORDER BY change.place)
      FROM string_to_table(p_changes, E'\n') WITH ORDINALITY AS line(text, place)
      CROSS JOIN LATERAL (
        SELECT
            CASE WHEN v_shaped = 1 THEN tidemark.named_change(v_shapes -> (item ->> 0)::integer, item) ELSE item END,
            item_place
          FROM json_array_elements(line.text::json) WITH ORDINALITY AS items(item, item_place)
          WHERE p_id IS NULL OR p_id = CASE WHEN v_shaped = 1 THEN item ->> 1 ELSE item ->> 'id' END
      ) AS change(named, place)
      WHERE line.place > v_shaped
        AND (p_place IS NULL OR line.place = p_place + v_shaped)
        AND (p_id IS NULL OR strpos(line.text, to_json(p_id)::text) > 0)
        AND (p_table IS NULL OR change.named ->> 'table' = p_table)
      GROUP BY line.place;
END
$$;
