-- Says why a log has no business with the ledger that it met.
--   p_after   the log's edits up to here are known to be in Postgres
--   p_head    where the log ends, or NULL where that is not said
--   p_ledger  the row as it was read; all NULL where there is none
-- Returns NULL if they fit, {is: 'fenced', epoch} when another epoch took the tenant over, or {is: 'diverged', message}
-- when one of the two was lost or put back. An epoch that never claimed the tenant here began after a backup from which
-- this database was restored, so it has not been fenced: it has diverged.
-- Locks nothing. Whoever writes afterwards has to have locked the row.
CREATE OR REPLACE FUNCTION tidemark.misfit(
  p_tenant text, p_epoch text, p_after bigint, p_head bigint, p_ledger tidemark.ledger
) RETURNS jsonb
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF p_ledger.epoch = p_epoch
    AND p_after BETWEEN coalesce(p_ledger.last_after, 0) AND p_ledger.applied_seq
    AND p_ledger.applied_seq <= coalesce(p_head, p_ledger.applied_seq)
  THEN
    RETURN NULL;
  END IF;
  IF p_ledger.epoch <> p_epoch
    AND EXISTS (SELECT FROM tidemark.epoch WHERE tenant_id = p_tenant AND epoch = p_epoch)
  THEN
    RETURN jsonb_build_object('is', 'fenced', 'epoch', p_ledger.epoch);
  END IF;
  RETURN jsonb_build_object('is', 'diverged', 'message', format(
    'of the log %s are %s confirmed, the ledger stands at %s of %s',
    p_epoch, concat_ws(' of ', p_after, p_head),
    coalesce(p_ledger.applied_seq::text, 'nothing'), coalesce(p_ledger.epoch, 'no log')
  ));
END
$$;
