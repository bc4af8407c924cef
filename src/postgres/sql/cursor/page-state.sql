-- The state in which a page of rows is read, written as a cursor.
--   p_reached  the state of the page before, or NULL. Each page shows that of the page before, and the first look that
--              of the last.
-- Returns p_reached where this database does not have it: a past that is gone is handed on, because only a look can
-- tell that from a tenant that another log has taken over.
CREATE OR REPLACE FUNCTION tidemark.page_state(p_tenant text, p_snapshot pg_snapshot, p_reached text) RETURNS text
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  PERFORM tidemark.check_tenant(p_tenant);
  IF NOT tidemark.was_read(p_tenant, tidemark.parse_cursor(p_reached)) THEN RETURN p_reached; END IF;
  RETURN tidemark.cursor_text(p_snapshot, p_mark => tidemark.leave_mark(p_tenant, NULL));
END
$$;
