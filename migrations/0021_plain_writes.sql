-- Rows are written as plain SQL would write them: only the columns that were sent are read, in their
-- types, and an insert expects no conflict, which Postgres would otherwise prepare for with each row.
-- Replaces functions of migration 0018; what is said there holds.

-- Columns of a table with their types. One that the table lacks is left for the statement to name.
CREATE FUNCTION tidemark.typed_columns(p_table text, p_columns text[]) RETURNS text
LANGUAGE sql STABLE AS $$
  SELECT string_agg(format('%I %s', name, coalesce(format_type(atttypid, atttypmod), 'text')), ', ')
    FROM unnest(p_columns) AS name
    LEFT JOIN pg_attribute ON attrelid = format('%I', p_table)::regclass AND attname = name
$$;--> statement-breakpoint

-- Whether a constraint is the table's primary key.
CREATE FUNCTION tidemark.is_key(p_table text, p_constraint text) RETURNS boolean
LANGUAGE sql STABLE AS $$
  SELECT EXISTS (
    SELECT FROM pg_constraint
      WHERE conrelid = format('%I', p_table)::regclass AND contype = 'p' AND conname = p_constraint
  )
$$;--> statement-breakpoint

-- Inserts rows of one table: a JSON array of {column: value} with the same columns each.
CREATE OR REPLACE FUNCTION tidemark.insert_rows(p_tenant text, p_table text, p_columns text[], p_rows json) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  v_sent text;
  v_insert text;
  v_done bigint;
  v_constraint text;
BEGIN
  v_sent := format('json_to_recordset($2) AS sent(%s)', tidemark.typed_columns(p_table, p_columns));
  SELECT format(
      'INSERT INTO %I AS target (tenant_id, %s) SELECT $1, %s FROM %s',
      p_table, string_agg(format('%I', name), ', '), string_agg(format('sent.%I', name), ', '), v_sent
    )
    INTO v_insert
    FROM unnest(p_columns) AS name;
  -- The triggers of the table take what this statement itself writes as ours.
  PERFORM set_config('tidemark.origin', p_table, true);
  IF tidemark.is_rewritten(p_table, 'insert') THEN
    EXECUTE format(
      'WITH stored AS (%2$s RETURNING id, to_jsonb(target) AS row)
         SELECT count(*) FROM (
           SELECT tidemark.record_rewrite($1, %1$L, id, to_jsonb(sent), row) FROM stored JOIN %3$s USING (id)
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
$$;--> statement-breakpoint

-- Updates rows of one table: a JSON array of {id, column: value} with the same columns each. Those of
-- p_deltas are added to what Postgres holds, so a change made there meanwhile is kept; those of
-- p_columns are set. The ids are named besides, so that Postgres knows how few of a tenant's rows it has
-- to look at.
CREATE OR REPLACE FUNCTION tidemark.update_rows(
  p_tenant text, p_table text, p_columns text[], p_deltas text[], p_ids text[], p_rows json
) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  v_columns text[] := array_remove(p_columns, 'id');
  v_from text;
  v_update text;
  v_values text;
  v_done bigint;
BEGIN
  IF cardinality(v_columns || p_deltas) = 0 THEN RETURN; END IF;
  v_from := format('json_to_recordset($2) AS sent(%s)', tidemark.typed_columns(p_table, ARRAY['id'] || v_columns || p_deltas));
  SELECT
      format(
        'UPDATE %I AS target SET %s FROM %s
           WHERE target.tenant_id = $1 AND target.id = ANY ($3) AND target.id = sent.id',
        p_table, string_agg(format('%I = %s', name, value), ', '), v_from
      ),
      string_agg(format('%s AS %I', value, name), ', ')
    INTO v_update, v_values
    FROM (
      SELECT name, format('sent.%I', name) AS value FROM unnest(v_columns) AS name
      UNION ALL
      SELECT name, format('coalesce(target.%1$I, 0) + sent.%1$I', name) FROM unnest(p_deltas) AS name
    ) AS touched;
  PERFORM set_config('tidemark.origin', p_table, true);
  IF tidemark.is_rewritten(p_table, 'update') THEN
    EXECUTE format(
      'WITH own AS MATERIALIZED (
         SELECT target.id, to_jsonb(target) || to_jsonb(changed) AS row
           FROM %3$s
           JOIN %1$I AS target ON target.tenant_id = $1 AND target.id = ANY ($3) AND target.id = sent.id
           CROSS JOIN LATERAL (SELECT %4$s) AS changed
       ), stored AS (%5$s RETURNING target.id, to_jsonb(target) AS row)
         SELECT count(*) FROM (
           SELECT tidemark.record_rewrite($1, %2$L, id, own.row, stored.row) FROM own JOIN stored USING (id)
         ) AS recorded',
      p_table, p_table, v_from, v_values, v_update
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
