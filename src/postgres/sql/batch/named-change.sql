-- Gives a change by position its names.
--   p_shape   {op, table, parts: {part: columns}}
--   p_change  [shape, id, values of each part in the order of its columns, ...]
-- Returns {op, table, id, part: {column: value}, ...}.
CREATE OR REPLACE FUNCTION tidemark.named_change(p_shape json, p_change json) RETURNS json
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT json_object_agg(name, value)
    FROM (
      VALUES ('op', p_shape -> 'op'), ('table', p_shape -> 'table'), ('id', p_change -> 1)
      UNION ALL
      SELECT part.name, tidemark.named_row(part.columns, p_change -> (part.place + 1)::integer)
        FROM json_each(p_shape -> 'parts') WITH ORDINALITY AS part(name, columns, place)
    ) AS fields(name, value)
$$;
