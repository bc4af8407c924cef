-- Records one change of one row.
--   p_op               insert, update or delete
--   p_before, p_after  the changed columns of an update; the whole row of a delete (before) or an insert (after)
--   p_from, p_to       the versions that it led from and to, as `version_name` names them; NULL where there was no row
--                      or will be none, and where a statement of ours led there
-- The ledger is read without a lock, so no writer waits for a batch. It is right all the same: a batch that touched
-- this row was committed before our caller could lock the row. A tenant that nobody has opened is recorded too, because
-- it may be opened before the caller commits. The name of the cluster is asked for once a transaction. A writer is
-- named by `tidemark.by`, else by the role of its session.
CREATE OR REPLACE FUNCTION tidemark.record_change(
  p_tenant text, p_table text, p_id text, p_op text, p_before jsonb, p_after jsonb, p_from text, p_to text
) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  v_cluster text := nullif(current_setting('tidemark.cluster', true), '');
BEGIN
  IF v_cluster IS NULL THEN
    v_cluster := set_config('tidemark.cluster', tidemark.cluster_name()::text, true);
  END IF;
  INSERT INTO tidemark.sync_change (
      tenant_id, table_name, row_id, op, before, after, epoch, seen, by_whom, cluster, from_version, to_version, step
    )
    SELECT
        p_tenant, p_table, p_id, p_op, p_before, p_after,
        coalesce(ledger.epoch, ''), coalesce(ledger.applied_seq, 0),
        coalesce(nullif(current_setting('tidemark.by', true), ''), session_user), v_cluster::bigint, p_from, p_to,
        coalesce(nullif(current_setting('tidemark.step', true), '')::integer, 0)
      FROM (SELECT) AS once LEFT JOIN tidemark.ledger ON ledger.tenant_id = p_tenant;
END
$$;
