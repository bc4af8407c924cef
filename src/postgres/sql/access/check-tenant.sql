-- Fails with 42501 where the application role's transaction names another tenant than it is about, or none. It would meet
-- no row of it, and a ledger that is not there means that Postgres has lost a tenant: so it has to be told.
-- The owner names no tenant, and has all rows at hand.
CREATE OR REPLACE FUNCTION tidemark.check_tenant(p_tenant text) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF row_security_active('tidemark.ledger')
    AND p_tenant IS DISTINCT FROM nullif(current_setting('tidemark.tenant', true), '')
  THEN
    RAISE EXCEPTION 'the transaction names another tenant in tidemark.tenant than it is about, or none'
      USING ERRCODE = 'insufficient_privilege';
  END IF;
END
$$;
