-- Tells whether this database has all that a cursor has read, which may be nothing. It does not once it was put back
-- behind that; and of another cluster, or of one that it does not name, nobody can tell, so it does not either.
--   p_tenant  '' for who reads for all tenants
CREATE OR REPLACE FUNCTION tidemark.was_read(p_tenant text, p_cursor tidemark.cursor) RETURNS boolean
LANGUAGE sql SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT (p_cursor).since IS NULL OR (
    coalesce((p_cursor).cluster = tidemark.cluster_name(), false)
    AND pg_snapshot_xmax((p_cursor).since) <= pg_snapshot_xmax(pg_current_snapshot())
    AND (
      (p_cursor).mark IS NULL
      OR EXISTS (SELECT FROM tidemark.reading WHERE tenant_id = p_tenant AND mark = (p_cursor).mark)
    )
  )
$$;
