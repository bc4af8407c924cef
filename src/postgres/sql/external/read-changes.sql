-- Reads a tenant's next external changes. To be called after everything else that its transaction does: what it has
-- changed until then is read with the rest.
-- Returns {cursor, more, changes: [{op, table, id, before, after, epoch, seen, by}]}. What a transaction did to a row
-- is told once, in the place of its first step. A page has at most 3000 steps, and no more after 4 MiB; a cursor that
-- has not moved is returned as it was and costs no write.
-- Fails with TM011, and the reader has to load everything anew, where the cursor is older than what is kept
-- (`check_kept`) or has read what this database does not have (`check_reading`).
-- Locks nothing.
CREATE OR REPLACE FUNCTION tidemark.read_changes(p_tenant text, p_cursor text) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  c_steps CONSTANT integer := 3000;
  c_bytes CONSTANT integer := 4 * 1024 * 1024;
  v_cursor tidemark.cursor := tidemark.parse_cursor(p_cursor);
  v_until pg_snapshot := coalesce(v_cursor.until, tidemark.own_snapshot());
  v_next text := p_cursor;
  v_changes jsonb;
  v_last bigint;
  v_more boolean;
BEGIN
  WITH page AS MATERIALIZED (
    SELECT unread
      FROM tidemark.unread(p_tenant, v_cursor) AS unread
      WHERE pg_visible_in_snapshot((unread).xid, v_until)
      ORDER BY (unread).id LIMIT c_steps
  ), told AS (
    SELECT
        (unread).id,
        jsonb_build_object(
          'table', (unread).table_name, 'id', (unread).row_id,
          'epoch', (unread).epoch, 'seen', (unread).seen, 'by', (unread).by_whom
        ) AS change,
        CASE
          WHEN EXISTS (SELECT FROM tidemark.row_steps(unread) AS later WHERE later.id > (unread).id)
            THEN tidemark.row_changes(unread)
          WHEN (unread).op = 'update' AND (unread).before = '{}' AND (unread).after = '{}' THEN '[]'
          ELSE jsonb_build_array(
            jsonb_build_object('op', (unread).op, 'before', (unread).before, 'after', (unread).after)
          )
        END AS parts
      FROM page
      WHERE NOT EXISTS (SELECT FROM tidemark.row_steps(unread) AS earlier WHERE earlier.id < (unread).id)
  ), measured AS (
    SELECT
        *,
        coalesce(
          sum(octet_length(parts::text)) OVER (ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0
        ) < c_bytes AS fits
      FROM told
  ), cut AS (
    SELECT coalesce(bool_and(fits), true) AS fits, max(id) FILTER (WHERE fits) AS last FROM measured
  )
  SELECT
      coalesce(
        (
          SELECT jsonb_agg(change || part ORDER BY id, place)
            FROM measured CROSS JOIN LATERAL jsonb_array_elements(parts) WITH ORDINALITY AS parts(part, place)
            WHERE fits
        ),
        '[]'
      ),
      CASE WHEN cut.fits THEN (SELECT max((unread).id) FROM page) ELSE cut.last END,
      NOT cut.fits OR (SELECT count(*) FROM page) = c_steps
    INTO v_changes, v_last, v_more
    FROM cut;
  -- Looked at after the changes were read, so that what is deleted in between is noticed.
  PERFORM tidemark.check_kept(p_tenant, v_cursor);
  PERFORM tidemark.check_reading(p_tenant, v_cursor);
  -- A cursor that has not moved costs no write.
  IF v_last IS NOT NULL OR v_cursor.until IS NOT NULL THEN
    v_next := tidemark.cursor_text(
      CASE WHEN v_more THEN v_cursor.since ELSE v_until END,
      CASE WHEN v_more THEN v_until END,
      CASE WHEN v_more THEN v_last END,
      tidemark.leave_mark(p_tenant, v_cursor.mark),
      tidemark.still_ahead(
        p_tenant,
        CASE WHEN v_more THEN v_cursor.since ELSE v_until END,
        CASE WHEN v_more THEN v_until END,
        CASE WHEN v_more THEN v_last END,
        v_cursor.ahead
      )
    );
  END IF;
  RETURN jsonb_build_object('cursor', v_next, 'more', v_more, 'changes', v_changes);
END
$$;
