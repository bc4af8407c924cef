-- Leaves a mark for what is read in this transaction.
--   p_tenant  '' for who reads for all tenants
--   p_shown   the mark of the cursor at hand, or NULL. A reader that shows an earlier one needs none from before that;
--             its answer may be lost, so the shown one stays. Marks of other clusters go.
-- Returns NULL for a tenant that nobody has opened: there is nothing to find again.
-- The transactions of a database are numbered, and after it was put back the same numbers are given out again: once
-- enough have ended, a snapshot from before looks current, and what they changed looks read. A database that was put
-- back behind a reading does not have its mark.
-- It also makes our commit wait for the disk, and with it for the traces of all transactions that ended before: a crash
-- may give the number of one that left none to another, which a snapshot from before the crash would take for seen.
CREATE OR REPLACE FUNCTION tidemark.leave_mark(p_tenant text, p_shown uuid) RETURNS uuid
LANGUAGE sql SET search_path = pg_catalog, public, pg_temp AS $$
  DELETE FROM tidemark.reading
    WHERE tenant_id = p_tenant
      AND (
        cluster <> (SELECT tidemark.cluster_name())
        OR xid < (SELECT xid FROM tidemark.reading WHERE tenant_id = p_tenant AND mark = p_shown)
      );
  INSERT INTO tidemark.reading (tenant_id)
    SELECT p_tenant WHERE p_tenant = '' OR EXISTS (SELECT FROM tidemark.ledger WHERE tenant_id = p_tenant)
    RETURNING mark;
$$;
