-- Updates rows of one table.
--   p_columns  the columns that are set
--   p_deltas   the columns that are added to: to what Postgres holds, so a change made there meanwhile is kept
--   p_ids      the rows
--   p_rows     [{id, column: value}], with the same columns each
-- An index of the table can find a row by its id, or by the list of ids. Where it was offered both, Postgres took both
-- as soon as a table had grown a little: a search for each row, which sorted the list each time. So the rows are found
-- by the list alone, in one search, and the sent values are joined by something that no index has (`id || ''`). Numbers
-- within JSON stay as they are held (`keep_numbers`). What a BEFORE trigger stores otherwise than it was sent is
-- recorded as an external change.
-- Locks the rows.
-- Absent: TM001 where one of them is missing.
CREATE OR REPLACE FUNCTION tidemark.update_rows(
  p_tenant text, p_table text, p_columns text[], p_deltas text[], p_ids text[], p_rows json
) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  v_columns text[] := array_remove(p_columns, 'id');
  v_from text;
  v_update text;
  v_values text;
  v_done bigint;
BEGIN
  IF cardinality(v_columns || p_deltas) = 0 THEN RETURN; END IF;
  v_from := format(
    'json_to_recordset($2) AS sent(%s)', tidemark.typed_columns(p_table, ARRAY['id'] || v_columns || p_deltas)
  );
  SELECT
      format(
        'UPDATE %s AS target SET %s FROM %s
           WHERE target.tenant_id = $1 AND target.id = ANY ($3) AND target.id || '''' = sent.id',
        tidemark.relation(p_table), string_agg(format('%I = %s', name, value), ', '), v_from
      ),
      string_agg(format('%s AS %I', value, name), ', ')
    INTO v_update, v_values
    FROM (
      SELECT
          name,
          CASE WHEN type = 'jsonb'::regtype THEN format('tidemark.keep_numbers(target.%1$I, sent.%1$I)', name)
            ELSE format('sent.%I', name)
          END AS value
        FROM unnest(v_columns) AS name
        LEFT JOIN LATERAL (
          SELECT atttypid::regtype AS type
            FROM pg_attribute WHERE attrelid = tidemark.relation(p_table)::regclass AND attname = name
        ) AS held ON true
      UNION ALL
      SELECT name, format('coalesce(target.%1$I, 0) + sent.%1$I', name) FROM unnest(p_deltas) AS name
    ) AS touched;
  PERFORM tidemark.begin_own(p_tenant, p_table, p_ids, v_columns);
  IF tidemark.is_rewritten(p_table, 'update') THEN
    EXECUTE format(
      'WITH own AS MATERIALIZED (
         SELECT target.id, to_jsonb(target.*) || to_jsonb(changed.*) AS row
           FROM %3$s
           JOIN %1$s AS target ON target.tenant_id = $1 AND target.id = ANY ($3) AND target.id || '''' = sent.id
           CROSS JOIN LATERAL (SELECT %4$s) AS changed
       ), stored AS (%5$s RETURNING target.id, target.ctid AS place, to_jsonb(target.*) AS row)
         SELECT count(*) FROM (
           SELECT tidemark.record_rewrite($1, %2$L, id, stored.place, own.row, stored.row) FROM own JOIN stored USING (id)
         ) AS recorded',
      tidemark.relation(p_table), p_table, v_from, v_values, v_update
    ) INTO v_done USING p_tenant, p_rows, p_ids;
  ELSE
    EXECUTE v_update USING p_tenant, p_rows, p_ids;
    GET DIAGNOSTICS v_done = ROW_COUNT;
  END IF;
  PERFORM set_config('tidemark.origin', '', true);
  IF v_done < cardinality(p_ids) THEN
    RAISE EXCEPTION 'a record of % is missing', p_table USING ERRCODE = 'TM001', TABLE = p_table;
  END IF;
END
$$;
