-- The changes of a tenant that a reader has not read, without those it has read ahead. Ids are not drawn in the order
-- of commits, and everything below some id is only ever complete once the oldest transaction of the whole cluster has
-- ended; what a snapshot does not show is known at once. Changes of another cluster are nobody's to read here.
CREATE OR REPLACE FUNCTION tidemark.unread(p_tenant text, p_cursor tidemark.cursor) RETURNS SETOF tidemark.sync_change
LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT change.*
    FROM tidemark.sync_change AS change
    WHERE change.tenant_id = p_tenant
      AND change.xid >= pg_snapshot_xmin((p_cursor).since)
      AND NOT pg_visible_in_snapshot(change.xid, (p_cursor).since)
      AND (
        (p_cursor).until IS NULL
        OR change.id > (p_cursor).place
        OR NOT pg_visible_in_snapshot(change.xid, (p_cursor).until)
      )
      AND change.cluster = (SELECT tidemark.cluster_name())
      -- A list that is looked up by its hash.
      AND change.id NOT IN (SELECT unnest((p_cursor).ahead));
END;
