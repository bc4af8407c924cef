-- The current snapshot in which our own transaction counts as done: what it has changed until now is read with the
-- rest. A snapshot leaves out its own transaction, unless that began after its end; then all between are listed as not
-- done.
CREATE OR REPLACE FUNCTION tidemark.own_snapshot() RETURNS pg_snapshot
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  v_now pg_snapshot := pg_current_snapshot();
  v_end bigint := pg_snapshot_xmax(v_now)::text::bigint;
  v_own bigint := pg_current_xact_id_if_assigned()::text::bigint;
BEGIN
  IF v_own IS NULL OR v_own < v_end THEN RETURN v_now; END IF;
  RETURN format('%s:%s:%s', pg_snapshot_xmin(v_now), v_own + 1, (
    SELECT string_agg(xid::text, ',' ORDER BY xid)
      FROM (
        SELECT running::text::bigint FROM pg_snapshot_xip(v_now) AS running
        UNION ALL SELECT generate_series(v_end, v_own - 1)
      ) AS others(xid)
  ))::pg_snapshot;
END
$$;
