-- Fails with TM011 where this database does not have all that a cursor has read (`was_read`).
CREATE OR REPLACE FUNCTION tidemark.check_reading(p_tenant text, p_cursor tidemark.cursor) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF NOT tidemark.was_read(p_tenant, p_cursor) THEN
    RAISE EXCEPTION 'the cursor of tenant % has read what this database does not have', p_tenant
      USING ERRCODE = 'TM011';
  END IF;
END
$$;
