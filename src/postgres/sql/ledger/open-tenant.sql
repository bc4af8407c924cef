-- Claims a tenant for an epoch: from then on every other epoch is fenced.
--   p_epoch  the claimant's; claiming again with the same changes nothing
--   p_over   whom it takes the tenant from, or NULL. A claim that was given up and arrives late would otherwise take
--            the tenant back from a successor, which would be fenced for a log that nobody has any more.
-- Returns {applied, marks, revoked, cursor}: how far the log of this epoch is here, what is settled of each client and
-- how, which tokens do not count any more, and where external changes begin; or {owner}, with nothing done, where neither p_epoch nor p_over has the tenant.
-- Locks the ledger's row until the transaction ends, so a batch under way ends before the marks are read.
-- Absent: a tenant that nobody has opened is the claimant's at once.
CREATE OR REPLACE FUNCTION tidemark.open_tenant(p_tenant text, p_epoch text, p_over text) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  v_owner text;
BEGIN
  PERFORM tidemark.check_tenant(p_tenant);
  INSERT INTO tidemark.ledger (tenant_id, epoch) VALUES (p_tenant, p_epoch) ON CONFLICT DO NOTHING;
  -- Locked even when it stays as it is, so a batch under way ends before the marks are read.
  SELECT epoch INTO v_owner FROM tidemark.ledger WHERE tenant_id = p_tenant FOR UPDATE;
  IF v_owner NOT IN (p_epoch, coalesce(p_over, p_epoch)) THEN
    RETURN jsonb_build_object('owner', v_owner);
  END IF;
  UPDATE tidemark.ledger
    SET epoch = p_epoch, applied_seq = 0, last_after = NULL, last_refusals = NULL, updated_at = now()
    WHERE tenant_id = p_tenant AND epoch <> p_epoch;
  INSERT INTO tidemark.epoch (tenant_id, epoch) VALUES (p_tenant, p_epoch) ON CONFLICT DO NOTHING;
  RETURN jsonb_build_object(
    'applied', (SELECT applied_seq FROM tidemark.ledger WHERE tenant_id = p_tenant),
    'marks', (
      SELECT
          coalesce(
            jsonb_agg(
              jsonb_build_object('client', client_id, 'subject', subject, 'n', n, 'refusals', refusals)
              ORDER BY client_id
            ),
            '[]'
          )
        FROM tidemark.client_mark WHERE tenant_id = p_tenant
    ),
    'revoked', (
      SELECT
          coalesce(
            jsonb_agg(jsonb_build_object('kind', kind, 'name', name, 'before', before, 'until', until)),
            '[]'
          )
        FROM tidemark.revocation WHERE tenant_id = p_tenant AND until > extract(epoch FROM now())
    ),
    'cursor', tidemark.cursor_text(pg_current_snapshot())
  );
END
$$;
