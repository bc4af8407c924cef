-- Fails with TM011 where changes were deleted that a cursor may not have read. What was deleted before the cursor's
-- snapshot was taken, the cursor has.
CREATE OR REPLACE FUNCTION tidemark.check_kept(p_tenant text, p_cursor tidemark.cursor) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF EXISTS (
    SELECT FROM tidemark.pruned
      WHERE tenant_id = p_tenant AND cluster = tidemark.cluster_name()
        AND xid >= pg_snapshot_xmin(p_cursor.since)
        AND NOT coalesce(pg_visible_in_snapshot(pruner, p_cursor.since), false)
  ) THEN
    RAISE EXCEPTION 'the cursor of tenant % is older than the outside changes that are kept', p_tenant
      USING ERRCODE = 'TM011';
  END IF;
END
$$;
