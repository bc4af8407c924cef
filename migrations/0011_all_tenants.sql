-- Looking for all tenants at once, and how long outside changes are kept.

-- Which of these tenants, a JSON array, have outside changes after a cursor: {cursor, tenants}. The
-- cursor is a snapshot as text, empty at first. It moves only when there is something to tell. A cursor
-- from the future of this database, as after a restored backup, has seen nothing that counts here.
CREATE FUNCTION tidemark.changed_tenants(p_cursor text, p_tenants jsonb) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
  v_since pg_snapshot := nullif(p_cursor, '')::pg_snapshot;
  v_now pg_snapshot;
  v_changed jsonb;
BEGIN
  SELECT pg_current_snapshot(), coalesce(jsonb_agg(tenant), '[]') INTO v_now, v_changed
    FROM jsonb_array_elements_text(p_tenants) AS listed(tenant)
    WHERE v_since IS NULL
      OR pg_snapshot_xmax(v_since) > pg_snapshot_xmax(pg_current_snapshot())
      OR EXISTS (SELECT FROM tidemark.unread(tenant, ROW(v_since, NULL, NULL)::tidemark.cursor));
  IF v_changed = '[]' THEN
    RETURN jsonb_build_object('cursor', p_cursor, 'tenants', v_changed);
  END IF;
  -- As in `read_changes`: no number of a transaction that this cursor calls done is given out again.
  PERFORM pg_logical_emit_message(true, 'tidemark', '');
  RETURN jsonb_build_object('cursor', v_now, 'tenants', v_changed);
END
$$;--> statement-breakpoint

-- Deletes outside changes that are older than a retention, the oldest first and at most `p_limit`, and
-- returns how many: fewer than the limit when nothing is left to delete. A reader that has not read
-- them is told.
DROP FUNCTION tidemark.prune_changes(interval);--> statement-breakpoint
CREATE FUNCTION tidemark.prune_changes(p_retention interval, p_limit bigint DEFAULT 5000) RETURNS bigint
LANGUAGE sql AS $$
  WITH old AS (
    SELECT id FROM tidemark.sync_change WHERE at < now() - p_retention ORDER BY id LIMIT p_limit
  ), gone AS (
    DELETE FROM tidemark.sync_change AS change USING old WHERE change.id = old.id RETURNING tenant_id, xid
  ), told AS (
    INSERT INTO tidemark.pruned AS known (tenant_id, xid)
      SELECT DISTINCT ON (tenant_id) tenant_id, xid FROM gone ORDER BY tenant_id, xid DESC
      ON CONFLICT (tenant_id) DO UPDATE SET xid = greatest(known.xid, excluded.xid)
  )
  SELECT count(*) FROM gone
$$;
