-- Ends the block that made changes, with TM004, if others had changed their rows meanwhile.
CREATE OR REPLACE FUNCTION tidemark.assert_not_behind(p_tenant text, p_changes text, p_cursor text) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF tidemark.is_behind(p_tenant, p_changes, p_cursor, pg_current_xact_id()) THEN
    RAISE EXCEPTION 'records were changed while they were waited for' USING ERRCODE = 'TM004';
  END IF;
END
$$;
