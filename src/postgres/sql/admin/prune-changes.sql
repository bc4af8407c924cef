-- Deletes external changes, the oldest first.
--   p_retention  those that are older go
--   p_limit      how many at most
-- Returns how many: fewer than the limit where nothing is left to delete. A reader that has not read them is told
-- (`check_kept`). What is deleted of another cluster was never to be read here.
-- With its owner's rights, because it is about all tenants: it tells a number.
CREATE OR REPLACE FUNCTION tidemark.prune_changes(p_retention interval, p_limit bigint DEFAULT 5000) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  WITH old AS (
    SELECT id, cluster FROM tidemark.sync_change WHERE at < now() - p_retention ORDER BY id LIMIT p_limit
  ), gone AS (
    DELETE FROM tidemark.sync_change AS change
      USING old WHERE change.id = old.id AND change.cluster = old.cluster
      RETURNING change.tenant_id, change.xid, change.cluster
  ), told AS (
    INSERT INTO tidemark.pruned AS known (tenant_id, xid, cluster, pruner)
      SELECT DISTINCT ON (tenant_id) tenant_id, xid, cluster, pg_current_xact_id()
        FROM gone WHERE cluster = (SELECT tidemark.cluster_name()) ORDER BY tenant_id, xid DESC
      ON CONFLICT (tenant_id) DO UPDATE SET
        xid = CASE WHEN known.cluster = excluded.cluster THEN greatest(known.xid, excluded.xid) ELSE excluded.xid END,
        cluster = excluded.cluster, pruner = excluded.pruner
  )
  SELECT count(*) FROM gone
$$;
