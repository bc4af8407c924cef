-- The rows of which a batch tells beside its changes: those that others changed, and those of which the log says more
-- than Postgres was sent (`outside` and `told` of `edits_of`).
-- Returns each row as often as it is told of.
CREATE OR REPLACE FUNCTION tidemark.told_rows(p_edits json) RETURNS TABLE (table_name text, row_id text)
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT p_edits -> 'shapes' -> (change ->> 0)::integer ->> 'table', change ->> 1
    FROM (
      SELECT item -> 'by' AS change FROM json_array_elements(p_edits -> 'outside') AS item
      UNION ALL
      SELECT change
        FROM json_array_elements(p_edits -> 'told') AS item
        CROSS JOIN LATERAL json_array_elements(item -> 'changes') AS change
    ) AS listed
    WHERE change IS NOT NULL
$$;
