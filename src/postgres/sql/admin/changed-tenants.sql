-- Tells which of these tenants have unread external changes.
--   p_cursor   '' at first
--   p_tenants  a JSON array
-- Returns {cursor, tenants}. The cursor moves only where there is something to tell. In a database that was put back,
-- or that another cluster has now, every tenant has changes as far as is known here.
-- Locks nothing.
-- With its owner's rights, because it is about all tenants: it tells of the listed ones whether, and never what.
CREATE OR REPLACE FUNCTION tidemark.changed_tenants(p_cursor text, p_tenants jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  v_cursor tidemark.cursor := tidemark.parse_cursor(nullif(p_cursor, ''));
  v_is_other boolean := NOT tidemark.was_read('', v_cursor);
  v_now pg_snapshot;
  v_changed jsonb;
BEGIN
  SELECT pg_current_snapshot(), coalesce(jsonb_agg(tenant), '[]') INTO v_now, v_changed
    FROM jsonb_array_elements_text(p_tenants) AS listed(tenant)
    WHERE v_is_other OR v_cursor.since IS NULL OR EXISTS (SELECT FROM tidemark.unread(tenant, v_cursor));
  IF v_changed = '[]' THEN
    RETURN jsonb_build_object('cursor', p_cursor, 'tenants', v_changed);
  END IF;
  RETURN jsonb_build_object(
    'cursor', tidemark.cursor_text(v_now, p_mark => tidemark.leave_mark('', v_cursor.mark)), 'tenants', v_changed
  );
END
$$;
