-- Puts the values of one part of a change under the names of its columns.
-- Returns {} where it has none.
CREATE OR REPLACE FUNCTION tidemark.named_row(p_columns json, p_values json) RETURNS json
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT coalesce(json_object_agg(name, value), '{}')
    FROM ROWS FROM (json_array_elements_text(p_columns), json_array_elements(p_values)) AS pair(name, value)
$$;
