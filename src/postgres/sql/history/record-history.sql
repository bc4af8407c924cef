-- The history of one record, the newest first.
--   p_before_epoch, p_before_seq  only what is older than this place; NULL for the newest
--   p_limit  entries at most; one that is large may end the page earlier
-- Returns {epoch, applied, entries, more}: how far which log is in Postgres, which is at once where what the object's
-- log has goes on; the entries as `line_entries` says them, each with its epoch; and whether there may be older ones.
-- Absent: a record of which nothing is known has no entries, and a tenant that nobody opened no epoch either.
CREATE OR REPLACE FUNCTION tidemark.record_history(
  p_tenant text, p_table text, p_id text, p_before_epoch text, p_before_seq bigint, p_limit bigint
) RETURNS json
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  v_ledger tidemark.ledger;
  v_from bigint;
  v_line tidemark.history_batch;
  v_entry record;
  v_entries json[] := '{}';
  v_bytes bigint := 0;
  v_more boolean := false;
BEGIN
  PERFORM tidemark.check_tenant(p_tenant);
  SELECT * INTO v_ledger FROM tidemark.ledger WHERE tenant_id = p_tenant;
  v_from := v_ledger.last_line;
  IF p_before_epoch IS NOT NULL THEN
    -- What Postgres never had of a log is after all that it has of it.
    SELECT coalesce(
        (SELECT line FROM tidemark.history_batch
          WHERE tenant_id = p_tenant AND epoch = p_before_epoch AND last_seq >= p_before_seq ORDER BY last_seq LIMIT 1),
        (SELECT line FROM tidemark.history_batch
          WHERE tenant_id = p_tenant AND epoch = p_before_epoch ORDER BY last_seq DESC LIMIT 1),
        v_from
      ) INTO v_from;
  END IF;
  <<lines>>
  FOR v_line IN
    SELECT batch.*
      FROM tidemark.history_record AS place
      JOIN tidemark.history_batch AS batch ON batch.tenant_id = p_tenant AND batch.line = place.line
      WHERE place.tenant_id = p_tenant AND place.record = tidemark.record_hash(p_table, p_id) AND place.line <= v_from
      ORDER BY place.line DESC
  LOOP
    FOR v_entry IN
      SELECT entry FROM tidemark.line_entries(v_line, p_table, p_id, NULL) AS found
        WHERE v_line.epoch IS DISTINCT FROM p_before_epoch OR found.seq < p_before_seq
        ORDER BY found.seq DESC
    LOOP
      IF cardinality(v_entries) >= p_limit OR v_bytes > 1000000 THEN
        v_more := true;
        EXIT lines;
      END IF;
      v_entries := v_entries || json_build_object('epoch', v_line.epoch, 'is', v_entry.entry);
      v_bytes := v_bytes + length(v_entry.entry::text);
    END LOOP;
  END LOOP;
  RETURN json_build_object(
    'epoch', coalesce(v_ledger.epoch, ''), 'applied', coalesce(v_ledger.applied_seq, 0),
    'entries', array_to_json(v_entries), 'more', v_more
  );
END
$$;
