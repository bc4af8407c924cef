-- How a batch writes rows so that the triggers know them as ours, and records where a trigger stored
-- something else. Replaces functions of migration 0003; what is said there of names and SQLSTATEs holds.

-- Whether a table has triggers that may store another row than was sent.
CREATE FUNCTION tidemark.is_rewritten(p_table text, p_op text) RETURNS boolean
LANGUAGE sql STABLE AS $$
  -- Bits of pg_trigger.tgtype: 1 for each row, 2 before, 4 insert, 16 update.
  SELECT EXISTS (
    SELECT FROM pg_trigger
      WHERE tgrelid = format('%I', p_table)::regclass AND tgenabled <> 'D'
        AND tgtype & 3 = 3 AND tgtype & CASE p_op WHEN 'insert' THEN 4 ELSE 16 END <> 0
  )
$$;--> statement-breakpoint

-- Records where rows were stored otherwise than sent; both as {column: value}.
CREATE FUNCTION tidemark.record_rewrite(p_tenant text, p_table text, p_id text, p_sent jsonb, p_stored jsonb)
RETURNS void LANGUAGE sql VOLATILE AS $$
  SELECT tidemark.record_change(p_tenant, p_table, p_id, 'update', before, after)
    FROM (
      SELECT jsonb_object_agg(key, value) AS before, jsonb_object_agg(key, p_stored -> key) AS after
        FROM jsonb_each(p_sent) WHERE value <> p_stored -> key
    ) AS rewritten
    WHERE before IS NOT NULL
$$;--> statement-breakpoint

-- Inserts rows of one table: a JSON array of {column: value}.
CREATE OR REPLACE FUNCTION tidemark.insert_rows(p_tenant text, p_table text, p_rows jsonb) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  v_columns text;
  v_values text;
  v_insert text;
  v_done bigint;
BEGIN
  IF jsonb_array_length(p_rows) = 0 THEN RETURN; END IF;
  SELECT string_agg(format('%I', name), ', '), string_agg(format('r.%I', name), ', ')
    INTO v_columns, v_values
    FROM (
      SELECT DISTINCT name FROM jsonb_array_elements(p_rows) AS item, jsonb_object_keys(item) AS name
    ) AS names
    WHERE name <> 'tenant_id';
  v_insert := format(
    'INSERT INTO %1$I AS target (tenant_id, %2$s)
       SELECT $1, %3$s FROM jsonb_populate_recordset(NULL::%1$I, $2) AS r
       ON CONFLICT (tenant_id, id) DO NOTHING',
    p_table, v_columns, v_values
  );
  -- The triggers of the table take what this statement itself writes as ours.
  PERFORM set_config('tidemark.origin', p_table, true);
  IF tidemark.is_rewritten(p_table, 'insert') THEN
    EXECUTE format(
      'WITH stored AS (%3$s RETURNING id, to_jsonb(target) AS row)
         SELECT count(*) FROM (
           SELECT tidemark.record_rewrite($1, %2$L, id, to_jsonb(sent), row)
             FROM stored
             JOIN (SELECT %4$s FROM jsonb_populate_recordset(NULL::%1$I, $2) AS r) AS sent USING (id)
         ) AS recorded',
      p_table, p_table, v_insert, v_values
    ) INTO v_done USING p_tenant, p_rows;
  ELSE
    EXECUTE v_insert USING p_tenant, p_rows;
    GET DIAGNOSTICS v_done = ROW_COUNT;
  END IF;
  PERFORM set_config('tidemark.origin', '', true);
  IF v_done < jsonb_array_length(p_rows) THEN
    RAISE EXCEPTION 'a record of % exists already', p_table USING ERRCODE = 'TM002', TABLE = p_table;
  END IF;
END
$$;--> statement-breakpoint

-- Updates rows of one table: a JSON array of {id, set: {column: value}, add: {column: delta}}. Rows
-- need not touch the same columns: each is overlaid on what it holds. Deltas are added to what
-- Postgres holds, so a change made there meanwhile is kept.
CREATE OR REPLACE FUNCTION tidemark.update_rows(p_tenant text, p_table text, p_updates jsonb) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  v_columns text;
  v_values text;
  v_update text;
  v_done bigint;
BEGIN
  SELECT
      string_agg(format('%I', name), ', '),
      string_agg(
        format(
          CASE WHEN moved
            THEN 'CASE WHEN u.add ? %2$L THEN coalesce(r.%1$I, 0) + (u.add ->> %2$L)::numeric ELSE r.%1$I END AS %1$I'
            ELSE 'r.%1$I'
          END,
          name, name
        ),
        ', '
      )
    INTO v_columns, v_values
    FROM (
      SELECT name, bool_or(moves) AS moved
        FROM jsonb_array_elements(p_updates) AS item
        CROSS JOIN LATERAL (
          SELECT jsonb_object_keys(item -> 'set') AS name, false AS moves
          UNION ALL
          SELECT jsonb_object_keys(item -> 'add'), true
        ) AS touched
        GROUP BY name
    ) AS names
    WHERE name NOT IN ('tenant_id', 'id');
  IF v_columns IS NULL THEN RETURN; END IF;
  v_update := format(
    'UPDATE %1$I AS target
       SET (%2$s) = (SELECT %3$s FROM jsonb_populate_record(target.*, u.set) AS r)
       FROM jsonb_to_recordset($2) AS u(id text, set jsonb, add jsonb)
       WHERE target.tenant_id = $1 AND target.id = u.id',
    p_table, v_columns, v_values
  );
  PERFORM set_config('tidemark.origin', p_table, true);
  IF tidemark.is_rewritten(p_table, 'update') THEN
    EXECUTE format(
      'WITH sent AS MATERIALIZED (
         SELECT target.id, to_jsonb(target.*) || to_jsonb(changed.*) AS row
           FROM jsonb_to_recordset($2) AS u(id text, set jsonb, add jsonb)
           JOIN %1$I AS target ON target.tenant_id = $1 AND target.id = u.id
           CROSS JOIN LATERAL (SELECT %4$s FROM jsonb_populate_record(target.*, u.set) AS r) AS changed
       ), stored AS (%3$s RETURNING target.id, to_jsonb(target.*) AS row)
         SELECT count(*) FROM (
           SELECT tidemark.record_rewrite($1, %2$L, id, sent.row, stored.row) FROM sent JOIN stored USING (id)
         ) AS recorded',
      p_table, p_table, v_update, v_values
    ) INTO v_done USING p_tenant, p_updates;
  ELSE
    EXECUTE v_update USING p_tenant, p_updates;
    GET DIAGNOSTICS v_done = ROW_COUNT;
  END IF;
  PERFORM set_config('tidemark.origin', '', true);
  IF v_done < jsonb_array_length(p_updates) THEN
    RAISE EXCEPTION 'a record of % is missing', p_table USING ERRCODE = 'TM001', TABLE = p_table;
  END IF;
END
$$;--> statement-breakpoint

-- Deletes rows of one table: a JSON array of ids.
CREATE OR REPLACE FUNCTION tidemark.delete_rows(p_tenant text, p_table text, p_ids jsonb) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  v_done bigint;
BEGIN
  IF jsonb_array_length(p_ids) = 0 THEN RETURN; END IF;
  PERFORM set_config('tidemark.origin', p_table, true);
  EXECUTE format(
    'DELETE FROM %I WHERE tenant_id = $1 AND id IN (SELECT jsonb_array_elements_text($2))', p_table
  ) USING p_tenant, p_ids;
  GET DIAGNOSTICS v_done = ROW_COUNT;
  PERFORM set_config('tidemark.origin', '', true);
  IF v_done < jsonb_array_length(p_ids) THEN
    RAISE EXCEPTION 'a record of % is missing', p_table USING ERRCODE = 'TM001', TABLE = p_table;
  END IF;
END
$$;
