-- Adds to a page what else is unread of the rows of these edits, in its order, so that who waits for just that need not
-- read everything before it.
--   p_read     what `read_changes` answered
--   p_changes  as `lines_of` takes them
-- Rows that a proposal changed have to wait: it is one change of several rows, whose earlier changes come first. At
-- most 500 steps, and no more after 1 MiB. All steps count as read, the later ones of a transaction too, which are told
-- with its first: a batch would wait for them.
-- Returns p_read as it is where nothing is to be added, and where 5000 are ahead already.
-- Planned for the cursor at hand, as `is_behind`.
CREATE OR REPLACE FUNCTION tidemark.read_ahead(p_tenant text, p_read jsonb, p_changes text) RETURNS jsonb
LANGUAGE plpgsql SET plan_cache_mode = force_custom_plan SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  c_steps CONSTANT integer := 500;
  c_bytes CONSTANT integer := 1024 * 1024;
  c_ahead CONSTANT integer := 5000;
  v_cursor tidemark.cursor := tidemark.parse_cursor(p_read ->> 'cursor');
  v_changes jsonb;
  v_ids bigint[];
BEGIN
  IF NOT (p_read -> 'more')::boolean OR cardinality(v_cursor.ahead) >= c_ahead THEN RETURN p_read; END IF;
  WITH touched AS MATERIALIZED (
    SELECT DISTINCT rows.table_name, rows.row_id FROM tidemark.rows_of(p_changes) AS rows
  ), waiting AS MATERIALIZED (
    SELECT unread FROM tidemark.unread(p_tenant, v_cursor) AS unread
  ), proposed AS MATERIALIZED (
    SELECT change ->> 'table' AS table_name, change ->> 'id' AS row_id
      FROM waiting CROSS JOIN LATERAL jsonb_array_elements((unread).after -> 'changes') AS change
      WHERE (unread).op = 'proposal'
  ), page AS MATERIALIZED (
    SELECT unread
      FROM waiting JOIN touched ON touched.table_name = (unread).table_name AND touched.row_id = (unread).row_id
      WHERE (unread).op <> 'proposal'
        AND ((unread).table_name, (unread).row_id) NOT IN (SELECT table_name, row_id FROM proposed)
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
      (SELECT array_agg((unread).id ORDER BY (unread).id) FROM page WHERE cut.fits OR (unread).id <= cut.last)
    INTO v_changes, v_ids
    FROM cut;
  IF v_ids IS NULL THEN RETURN p_read; END IF;
  RETURN p_read || jsonb_build_object(
    'cursor', tidemark.cursor_text(
      v_cursor.since, v_cursor.until, v_cursor.place, v_cursor.mark,
      '|' || array_to_string(v_cursor.ahead || v_ids, ',')
    ),
    'changes', p_read -> 'changes' || v_changes
  );
END
$$;
