-- Moves a tenant's ledger to p_applied, within a batch that began after p_after.
--   p_refusals  what was refused on the way: the answer to the batch, should it be sent again
-- Locks the ledger's row, which its callers have locked before.
-- Absent: a tenant without a ledger stays without.
CREATE OR REPLACE FUNCTION tidemark.move_ledger(
  p_tenant text, p_after bigint, p_applied bigint, p_refusals jsonb DEFAULT '[]'
) RETURNS void
LANGUAGE sql SET search_path = pg_catalog, public, pg_temp AS $$
  UPDATE tidemark.ledger
    SET applied_seq = p_applied, last_after = p_after, last_refusals = p_refusals, updated_at = now()
    WHERE tenant_id = p_tenant
$$;
