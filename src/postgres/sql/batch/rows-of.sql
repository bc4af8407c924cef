-- The rows that the lines of a batch touch, which takes a twelfth of the time that giving them their names does.
--   p_changes  as `lines_of` takes them
-- Returns each row as often as it is changed, and nothing for NULL.
CREATE OR REPLACE FUNCTION tidemark.rows_of(p_changes text) RETURNS TABLE (table_name text, row_id text)
LANGUAGE plpgsql IMMUTABLE STRICT SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  v_tables text[];
BEGIN
  IF NOT starts_with(p_changes, '{') THEN
    RETURN QUERY
      SELECT change."table", change.id
        FROM string_to_table(p_changes, E'\n') AS line
        CROSS JOIN LATERAL json_to_recordset(line::json) AS change("table" text, id text);
    RETURN;
  END IF;
  v_tables := ARRAY(
    SELECT shape ->> 'table'
      FROM json_array_elements(split_part(p_changes, E'\n', 1)::json -> 'shapes')
        WITH ORDINALITY AS shapes(shape, place)
      ORDER BY place
  );
  RETURN QUERY
    SELECT v_tables[(change ->> 0)::integer + 1], change ->> 1
      FROM string_to_table(p_changes, E'\n') WITH ORDINALITY AS lines(line, place)
      CROSS JOIN LATERAL json_array_elements(line::json) AS change
      WHERE place > 1;
END
$$;
