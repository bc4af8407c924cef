-- A claim says whom it takes the tenant from. One that was given up and arrives late would take it back from
-- a successor otherwise, which is fenced then, for a log that nobody has any more. `open_tenant` with two
-- arguments stays for Workers that run while this one is deployed.

-- Claims a tenant for an epoch, if nobody has it yet, or the epoch p_over. Returns {applied, marks, cursor}: how
-- far this epoch's log is here, what is settled of each client and how, and where outside changes begin; or
-- {owner}: the epoch that has it. Repeating it changes nothing.
CREATE FUNCTION tidemark.open_tenant(p_tenant text, p_epoch text, p_over text) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
  v_owner text;
BEGIN
  INSERT INTO tidemark.ledger (tenant_id, epoch) VALUES (p_tenant, p_epoch) ON CONFLICT DO NOTHING;
  -- Locked even when it stays as it is, so a batch under way ends before the marks are read.
  SELECT epoch INTO v_owner FROM tidemark.ledger WHERE tenant_id = p_tenant FOR UPDATE;
  IF v_owner NOT IN (p_epoch, coalesce(p_over, p_epoch)) THEN
    RETURN jsonb_build_object('owner', v_owner);
  END IF;
  RETURN tidemark.open_tenant(p_tenant, p_epoch);
END
$$;
