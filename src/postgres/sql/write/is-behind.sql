-- Tells whether rows that edits touch were changed by others after the cursor, whether the rows are there or not.
--   p_changes  as `lines_of` takes them
--   p_own      a transaction whose changes do not count: what the edits themselves set off
-- Planned for the cursor at hand: a plan for any cursor expects many unread changes, so it would look for the first
-- among all that are kept, where almost always there is none.
-- Locks nothing: its callers have locked the rows, so whoever held them has committed and is seen.
CREATE OR REPLACE FUNCTION tidemark.is_behind(
  p_tenant text, p_changes text, p_cursor text, p_own xid8 DEFAULT NULL
) RETURNS boolean
LANGUAGE plpgsql SET plan_cache_mode = force_custom_plan SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  v_cursor tidemark.cursor := tidemark.parse_cursor(p_cursor);
BEGIN
  -- Almost always there are none at all, and the edits need not be taken apart.
  IF NOT EXISTS (SELECT FROM tidemark.unread(p_tenant, v_cursor) WHERE xid IS DISTINCT FROM p_own) THEN
    RETURN false;
  END IF;
  RETURN EXISTS (
    SELECT FROM tidemark.unread_rows(p_tenant, v_cursor) AS unread
      WHERE unread.xid IS DISTINCT FROM p_own
        AND (unread.table_name, unread.row_id) IN (
          SELECT touched.table_name, touched.row_id FROM tidemark.rows_of(p_changes) AS touched
        )
  );
END
$$;
