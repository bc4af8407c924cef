-- Deletes a tenant in pieces that each end in time, the ledger last.
--   p_tables  a JSON array of the synced tables, in which one comes after those it refers to
--   p_limit   rows of each table, and of what is kept about the tenant, that one call deletes at most
-- Returns whether rows are left.
-- Repeated: until it returns false.
-- Locks the ledger's row: a batch under way ends first, and none can follow, because the ledger is nobody's from then
-- on.
CREATE OR REPLACE FUNCTION tidemark.erase_tenant(p_tenant text, p_tables jsonb, p_limit bigint) RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  v_table text;
  v_done bigint;
BEGIN
  PERFORM tidemark.check_tenant(p_tenant);
  -- A batch under way ends first, and none can follow: the ledger is nobody's.
  UPDATE tidemark.ledger SET epoch = '' WHERE tenant_id = p_tenant;
  PERFORM set_config('tidemark.erasing', 'yes', true);
  FOR v_table IN
    SELECT name FROM jsonb_array_elements_text(p_tables) WITH ORDINALITY AS tables(name, place) ORDER BY place DESC
  LOOP
    -- Nobody is left to be told.
    PERFORM set_config('tidemark.origin', v_table, true);
    EXECUTE format(
      'DELETE FROM %1$s WHERE ctid IN (SELECT ctid FROM %1$s WHERE tenant_id = $1 LIMIT $2)',
      tidemark.relation(v_table)
    ) USING p_tenant, p_limit;
    GET DIAGNOSTICS v_done = ROW_COUNT;
    -- What refers to these rows has to be gone before those it refers to.
    IF v_done = p_limit THEN RETURN true; END IF;
  END LOOP;
  PERFORM set_config('tidemark.origin', '', true);
  FOREACH v_table IN ARRAY
    ARRAY['history_record', 'history_batch', 'sync_change', 'client_mark', 'epoch', 'pruned', 'reading', 'revocation', 'ledger']
  LOOP
    EXECUTE format(
      'DELETE FROM tidemark.%1$I WHERE ctid IN (SELECT ctid FROM tidemark.%1$I WHERE tenant_id = $1 LIMIT $2)', v_table
    ) USING p_tenant, p_limit;
    GET DIAGNOSTICS v_done = ROW_COUNT;
    IF v_done = p_limit THEN RETURN true; END IF;
  END LOOP;
  RETURN false;
END
$$;
