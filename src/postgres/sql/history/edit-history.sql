-- One edit of the history with all that it changed, as `line_entries` says it.
-- Returns {entry}, which is NULL where the history does not have it.
CREATE OR REPLACE FUNCTION tidemark.edit_history(p_tenant text, p_epoch text, p_seq bigint) RETURNS json
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT tidemark.check_tenant(p_tenant);
  SELECT json_build_object('entry', (
    SELECT found.entry
      FROM (
        SELECT batch
          FROM tidemark.history_batch AS batch
          WHERE tenant_id = p_tenant AND epoch = p_epoch AND last_seq >= p_seq ORDER BY last_seq LIMIT 1
      ) AS line
      CROSS JOIN LATERAL tidemark.line_entries(line.batch, NULL, NULL, p_seq) AS found
  ))
$$;
