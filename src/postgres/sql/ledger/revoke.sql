-- Keeps revocations of a tenant, and drops those whose last token has ended.
--   p_revocations  a JSON array of {kind, name, before, until}
-- Returns how many are kept.
-- Repeated: of two for one thing the later bounds count, so nothing changes.
CREATE OR REPLACE FUNCTION tidemark.revoke(p_tenant text, p_revocations jsonb) RETURNS bigint
LANGUAGE sql SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT tidemark.check_tenant(p_tenant);
  DELETE FROM tidemark.revocation WHERE tenant_id = p_tenant AND until <= extract(epoch FROM now());
  INSERT INTO tidemark.revocation AS kept (tenant_id, kind, name, before, until)
    SELECT p_tenant, kind, name, before, until
      FROM jsonb_to_recordset(p_revocations) AS given(kind text, name text, before bigint, until bigint)
    ON CONFLICT (tenant_id, kind, name) DO UPDATE
      SET before = greatest(kept.before, excluded.before), until = greatest(kept.until, excluded.until);
  SELECT count(*) FROM tidemark.revocation WHERE tenant_id = p_tenant;
$$;
