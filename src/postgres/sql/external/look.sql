-- Reads external changes for a log that ends at p_head and whose edits up to p_after are known to be here.
--   p_reached  the state of rows that the reader has loaded, as `page_state` gives it; NULL where there are none. Rows
--              are loaded page by page, each in a state of its own. A database that is put back before one of them
--              shows nothing of it in the ledger and in a cursor from before the pages, so the latest of the pages is
--              held against the present state as well.
-- Returns {is: 'current', outside} with the answer of `read_changes`, or what `misfit` says.
-- Fails with TM011 as `read_changes` does.
-- Locks nothing: a look never waits for a batch.
CREATE OR REPLACE FUNCTION tidemark.look(
  p_tenant text, p_epoch text, p_after bigint, p_head bigint, p_cursor text, p_reached text DEFAULT NULL
) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  v_ledger tidemark.ledger;
  v_misfit jsonb;
  v_outside jsonb;
BEGIN
  PERFORM tidemark.check_tenant(p_tenant);
  SELECT * INTO v_ledger FROM tidemark.ledger WHERE tenant_id = p_tenant;
  v_misfit := tidemark.misfit(p_tenant, p_epoch, p_after, p_head, v_ledger);
  IF v_misfit IS NOT NULL THEN RETURN v_misfit; END IF;
  v_outside := tidemark.read_changes(p_tenant, p_cursor);
  IF p_reached IS NOT NULL THEN
    PERFORM tidemark.check_reading(p_tenant, tidemark.parse_cursor(p_reached));
  END IF;
  RETURN jsonb_build_object('is', 'current', 'outside', v_outside);
END
$$;
