-- Inserts rows of one table.
--   p_columns  the columns that every row has, with `id`
--   p_rows     [{column: value}], with the same columns each
-- Written as plain SQL would write them: only the columns that were sent are read, in their types, and no conflict is
-- expected, which Postgres would otherwise prepare for with each row. What a BEFORE trigger stores otherwise than it
-- was sent is recorded as an external change. Waits for whoever holds the key of one of the rows.
-- Duplicate: TM002 where a row has the key already, or where a trigger left one out without a word.
CREATE OR REPLACE FUNCTION tidemark.insert_rows(p_tenant text, p_table text, p_columns text[], p_rows json) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  v_sent text;
  v_insert text;
  v_done bigint;
  v_constraint text;
BEGIN
  v_sent := format('json_to_recordset($2) AS sent(%s)', tidemark.typed_columns(p_table, p_columns));
  SELECT format(
      'INSERT INTO %s AS target (tenant_id, %s) SELECT $1, %s FROM %s',
      tidemark.relation(p_table), string_agg(format('%I', name), ', '), string_agg(format('sent.%I', name), ', '), v_sent
    )
    INTO v_insert
    FROM unnest(p_columns) AS name;
  PERFORM tidemark.begin_own(p_tenant, p_table, '{}', '{}');
  IF tidemark.is_rewritten(p_table, 'insert') THEN
    EXECUTE format(
      'WITH stored AS (%2$s RETURNING id, target.ctid AS place, to_jsonb(target.*) AS row)
         SELECT count(*) FROM (
           SELECT tidemark.record_rewrite($1, %1$L, id, place, to_jsonb(sent.*), row) FROM stored JOIN %3$s USING (id)
         ) AS recorded',
      p_table, v_insert, v_sent
    ) INTO v_done USING p_tenant, p_rows;
  ELSE
    EXECUTE v_insert USING p_tenant, p_rows;
    GET DIAGNOSTICS v_done = ROW_COUNT;
  END IF;
  PERFORM set_config('tidemark.origin', '', true);
  -- A trigger may leave a row out without a word.
  IF v_done < json_array_length(p_rows) THEN
    RAISE EXCEPTION 'a record of % was not stored', p_table USING ERRCODE = 'TM002', TABLE = p_table;
  END IF;
EXCEPTION
  WHEN unique_violation THEN
    GET STACKED DIAGNOSTICS v_constraint = CONSTRAINT_NAME;
    IF NOT tidemark.is_key(p_table, v_constraint) THEN RAISE; END IF;
    RAISE EXCEPTION 'a record of % exists already', p_table USING ERRCODE = 'TM002', TABLE = p_table;
END
$$;
