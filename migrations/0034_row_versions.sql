-- Which version of a row a change made of which. The order in which triggers record changes is not the order in which
-- they were made: when a trigger changes other rows of a statement, what it does is recorded before what the statement
-- did to them, and so is what a BEFORE trigger or a function does. So each step says from which version of the row to
-- which it led, and the steps of one transaction make a chain, whatever order they were recorded in. The reader is told
-- what they come to: nobody else can have seen anything between. Replaces functions of migrations 0004, 0005, 0018,
-- 0021, 0024, 0029 and 0033; what is said there holds.
--
-- A version is named by its place in the table's file, which no other one gets before the transaction has ended. A
-- table gets another file when it is truncated or rewritten, so the file is named, too.

-- NULL where there was no row or will be none, and where what we wrote ourselves led there.
ALTER TABLE tidemark.sync_change ADD COLUMN from_version text, ADD COLUMN to_version text,
	-- Counts our own statements in a transaction: what came before one and what came after are not one change.
	ADD COLUMN step integer NOT NULL DEFAULT 0;--> statement-breakpoint

-- For all steps of a row in a transaction. Ids may be longer than an index takes.
CREATE INDEX sync_change_row ON tidemark.sync_change (tenant_id, xid, hashtext(row_id), id);--> statement-breakpoint
DROP INDEX tidemark.sync_change_read;--> statement-breakpoint

CREATE FUNCTION tidemark.version_name(p_table oid, p_place tid) RETURNS text
LANGUAGE sql STABLE AS $$ SELECT pg_relation_filenode(p_table) || p_place::text $$;--> statement-breakpoint

DROP FUNCTION tidemark.record_change(text, text, text, text, jsonb, jsonb);--> statement-breakpoint
CREATE FUNCTION tidemark.record_change(
  p_tenant text, p_table text, p_id text, p_op text, p_before jsonb, p_after jsonb, p_from text, p_to text
) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  v_cluster text := nullif(current_setting('tidemark.cluster', true), '');
BEGIN
  IF v_cluster IS NULL THEN
    v_cluster := set_config('tidemark.cluster', tidemark.cluster_name()::text, true);
  END IF;
  INSERT INTO tidemark.sync_change (
      tenant_id, table_name, row_id, op, before, after, epoch, seen, by_whom, cluster, from_version, to_version, step
    )
    SELECT
        p_tenant, p_table, p_id, p_op, p_before, p_after,
        coalesce(ledger.epoch, ''), coalesce(ledger.applied_seq, 0),
        coalesce(nullif(current_setting('tidemark.by', true), ''), session_user), v_cluster::bigint, p_from, p_to,
        coalesce(nullif(current_setting('tidemark.step', true), '')::integer, 0)
      FROM (SELECT) AS once LEFT JOIN tidemark.ledger ON ledger.tenant_id = p_tenant;
END
$$;--> statement-breakpoint

CREATE OR REPLACE FUNCTION tidemark.capture_change() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET extra_float_digits = 1 AS $$
DECLARE
  v_old jsonb := CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END;
  v_new jsonb := CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END;
  v_file text := pg_relation_filenode(TG_RELID);
  v_from text := CASE WHEN TG_OP <> 'INSERT' THEN v_file || OLD.ctid::text END;
  v_to text := CASE WHEN TG_OP <> 'DELETE' THEN v_file || NEW.ctid::text END;
  v_before jsonb;
  v_after jsonb;
BEGIN
  IF TG_OP = 'UPDATE' AND OLD.tenant_id = NEW.tenant_id AND OLD.id = NEW.id THEN
    SELECT jsonb_object_agg(key, value), jsonb_object_agg(key, v_new -> key) INTO v_before, v_after
      FROM jsonb_each(v_old) WHERE value <> v_new -> key;
    -- One that changes nothing is a link of the chain all the same, unless the row is as old as the transaction.
    IF v_before IS NOT NULL OR age(OLD.xmin) <= 0 THEN
      PERFORM tidemark.record_change(
        NEW.tenant_id, TG_TABLE_NAME, NEW.id, 'update', coalesce(v_before, '{}'), coalesce(v_after, '{}'), v_from, v_to
      );
    END IF;
    RETURN NULL;
  END IF;
  -- A row with another key is another row.
  IF TG_OP <> 'INSERT' THEN
    PERFORM tidemark.record_change(OLD.tenant_id, TG_TABLE_NAME, OLD.id, 'delete', v_old, '{}', v_from, NULL);
  END IF;
  IF TG_OP <> 'DELETE' THEN
    PERFORM tidemark.record_change(NEW.tenant_id, TG_TABLE_NAME, NEW.id, 'insert', '{}', v_new, NULL, v_to);
  END IF;
  RETURN NULL;
END
$$;--> statement-breakpoint

CREATE OR REPLACE FUNCTION tidemark.capture_truncate() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET extra_float_digits = 1 AS $$
BEGIN
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    RAISE EXCEPTION 'TRUNCATE of the synced table % needs a READ COMMITTED transaction', TG_TABLE_NAME
      USING HINT = 'DELETE works in every transaction.';
  END IF;
  EXECUTE format(
    'SELECT tidemark.record_change(
         tenant_id, $1, id, ''delete'', to_jsonb(gone), ''{}'', tidemark.version_name($2, gone.ctid), NULL
       ) FROM %I.%I AS gone',
    TG_TABLE_SCHEMA, TG_TABLE_NAME
  ) USING TG_TABLE_NAME, TG_RELID;
  RETURN NULL;
END
$$;--> statement-breakpoint

-- What the steps of a row in a transaction come to: [{op, before, after}], at most two, a delete and an insert.
--   p_one  any of the steps
CREATE FUNCTION tidemark.row_changes(p_one tidemark.sync_change) RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
DECLARE
  v_ops text[];
  v_froms text[];
  v_tos text[];
  v_befores jsonb[];
  v_afters jsonb[];
  -- The place of the step that leads from a version, and of the one that led there.
  v_leading jsonb;
  v_led jsonb;
  v_last integer;
  v_next integer;
  v_before jsonb;
  v_after jsonb;
  v_change jsonb;
  -- A row that there was goes first, and one that there is then comes last.
  v_gone jsonb := '[]';
  v_changed jsonb := '[]';
  v_made jsonb := '[]';
BEGIN
  SELECT
      array_agg(op ORDER BY id), array_agg(from_version ORDER BY id), array_agg(to_version ORDER BY id),
      array_agg(before ORDER BY id), array_agg(after ORDER BY id),
      coalesce(jsonb_object_agg(from_version, place) FILTER (WHERE from_version IS NOT NULL), '{}'),
      coalesce(jsonb_object_agg(to_version, place) FILTER (WHERE to_version IS NOT NULL), '{}')
    INTO v_ops, v_froms, v_tos, v_befores, v_afters, v_leading, v_led
    FROM (SELECT *, row_number() OVER (ORDER BY id) AS place FROM tidemark.row_steps(p_one)) AS steps;
  FOR v_first IN 1 .. cardinality(v_ops) LOOP
    CONTINUE WHEN v_led ? v_froms[v_first];
    v_last := v_first;
    v_before := v_befores[v_first];
    v_after := v_afters[v_first];
    LOOP
      v_next := v_leading -> v_tos[v_last];
      EXIT WHEN v_next IS NULL;
      v_last := v_next;
      v_before := v_befores[v_last] || v_before;
      v_after := v_after || v_afters[v_last];
    END LOOP;
    IF v_ops[v_last] = 'delete' THEN
      CONTINUE WHEN v_ops[v_first] = 'insert';
      v_gone := v_gone || jsonb_build_object('op', 'delete', 'before', v_before, 'after', '{}'::jsonb);
    ELSIF v_ops[v_first] = 'insert' THEN
      v_made := v_made || jsonb_build_object('op', 'insert', 'before', '{}'::jsonb, 'after', v_after);
    ELSE
      SELECT
          jsonb_build_object('op', 'update', 'before', jsonb_object_agg(key, value), 'after', jsonb_object_agg(key, v_after -> key))
        INTO v_change
        FROM jsonb_each(v_before) WHERE value <> v_after -> key HAVING count(*) > 0;
      CONTINUE WHEN v_change IS NULL;
      v_changed := v_changed || v_change;
    END IF;
  END LOOP;
  RETURN v_gone || v_changed || v_made;
END
$$;--> statement-breakpoint

-- All steps of a row in a transaction, between two statements of ours. One that names no versions, as a proposal and
-- what was recorded before there were any, is alone.
CREATE FUNCTION tidemark.row_steps(p_one tidemark.sync_change) RETURNS SETOF tidemark.sync_change
LANGUAGE sql STABLE AS $$
  SELECT step.*
    FROM tidemark.sync_change AS step
    WHERE step.tenant_id = (p_one).tenant_id AND step.xid = (p_one).xid
      AND hashtext(step.row_id) = hashtext((p_one).row_id) AND step.row_id = (p_one).row_id
      AND step.table_name = (p_one).table_name AND step.step = (p_one).step AND step.cluster = (p_one).cluster
      AND (
        step.id = (p_one).id
        OR coalesce(step.from_version, step.to_version) IS NOT NULL
          AND coalesce((p_one).from_version, (p_one).to_version) IS NOT NULL
      )
$$;--> statement-breakpoint

-- As before, but told is what a transaction did to a row, in the place of its first step.
CREATE OR REPLACE FUNCTION tidemark.read_changes(p_tenant text, p_cursor text) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
  c_steps CONSTANT integer := 500;
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
          WHEN (unread).op = 'update' AND (unread).before = '{}' THEN '[]'
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
      tidemark.leave_mark(p_tenant, v_cursor.mark)
    );
  END IF;
  RETURN jsonb_build_object('cursor', v_next, 'more', v_more, 'changes', v_changes);
END
$$;--> statement-breakpoint

-- Begins a statement of our own that writes rows of a table: its triggers take what it writes itself as ours. What
-- triggers did to these rows earlier in this transaction is overwritten by it, and must not come after it in the log.
--   p_ids      the rows; none where nobody can have changed them before
--   p_columns  the columns that it sets; NULL when it deletes the rows
CREATE FUNCTION tidemark.begin_own(p_tenant text, p_table text, p_ids text[], p_columns text[]) RETURNS void
LANGUAGE plpgsql SET plan_cache_mode = force_custom_plan AS $$
DECLARE
  v_own xid8 := pg_current_xact_id();
BEGIN
  PERFORM set_config('tidemark.origin', p_table, true);
  PERFORM set_config(
    'tidemark.step', (coalesce(nullif(current_setting('tidemark.step', true), '')::integer, 0) + 1)::text, true
  );
  -- Almost always there are no triggers that change anything.
  IF NOT EXISTS (SELECT FROM tidemark.sync_change WHERE tenant_id = p_tenant AND xid = v_own) THEN RETURN; END IF;
  IF p_columns IS NULL THEN
    DELETE FROM tidemark.sync_change
      WHERE tenant_id = p_tenant AND xid = v_own AND table_name = p_table AND row_id = ANY (p_ids);
    RETURN;
  END IF;
  -- Not the row that the batch was made for: it waits until the object has seen that, or is refused if this is its own doing.
  IF EXISTS (
    SELECT FROM tidemark.sync_change
      WHERE tenant_id = p_tenant AND xid = v_own AND table_name = p_table AND row_id = ANY (p_ids) AND op = 'insert'
  ) THEN
    RAISE EXCEPTION 'a trigger has replaced a record of %', p_table USING ERRCODE = 'TM001', TABLE = p_table;
  END IF;
  UPDATE tidemark.sync_change SET before = before - p_columns, after = after - p_columns
    WHERE tenant_id = p_tenant AND xid = v_own AND table_name = p_table AND row_id = ANY (p_ids) AND op = 'update';
END
$$;--> statement-breakpoint

-- Records where rows were stored otherwise than sent; both as {column: value}. It is known when the statement has
-- ended, and triggers of other rows may have changed the row by then, so the version that was stored is named.
DROP FUNCTION tidemark.record_rewrite(text, text, text, jsonb, jsonb);--> statement-breakpoint
CREATE FUNCTION tidemark.record_rewrite(
  p_tenant text, p_table text, p_id text, p_place tid, p_sent jsonb, p_stored jsonb
) RETURNS void LANGUAGE sql VOLATILE AS $$
  SELECT tidemark.record_change(
      p_tenant, p_table, p_id, 'update', before, after,
      NULL, tidemark.version_name(format('%I', p_table)::regclass, p_place)
    )
    FROM (
      SELECT jsonb_object_agg(key, value) AS before, jsonb_object_agg(key, p_stored -> key) AS after
        FROM jsonb_each(p_sent) WHERE value <> p_stored -> key
    ) AS rewritten
    WHERE before IS NOT NULL
$$;--> statement-breakpoint

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
  PERFORM tidemark.begin_own(p_tenant, p_table, '{}', '{}');
  IF tidemark.is_rewritten(p_table, 'insert') THEN
    EXECUTE format(
      'WITH stored AS (%2$s RETURNING id, target.ctid AS place, to_jsonb(target) AS row)
         SELECT count(*) FROM (
           SELECT tidemark.record_rewrite($1, %1$L, id, place, to_jsonb(sent), row) FROM stored JOIN %3$s USING (id)
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
           WHERE target.tenant_id = $1 AND target.id = ANY ($3) AND target.id || '''' = sent.id',
        p_table, string_agg(format('%I = %s', name, value), ', '), v_from
      ),
      string_agg(format('%s AS %I', value, name), ', ')
    INTO v_update, v_values
    FROM (
      SELECT name, format('sent.%I', name) AS value FROM unnest(v_columns) AS name
      UNION ALL
      SELECT name, format('coalesce(target.%1$I, 0) + sent.%1$I', name) FROM unnest(p_deltas) AS name
    ) AS touched;
  PERFORM tidemark.begin_own(p_tenant, p_table, p_ids, v_columns);
  IF tidemark.is_rewritten(p_table, 'update') THEN
    EXECUTE format(
      'WITH own AS MATERIALIZED (
         SELECT target.id, to_jsonb(target) || to_jsonb(changed) AS row
           FROM %3$s
           JOIN %1$I AS target ON target.tenant_id = $1 AND target.id = ANY ($3) AND target.id || '''' = sent.id
           CROSS JOIN LATERAL (SELECT %4$s) AS changed
       ), stored AS (%5$s RETURNING target.id, target.ctid AS place, to_jsonb(target) AS row)
         SELECT count(*) FROM (
           SELECT tidemark.record_rewrite($1, %2$L, id, stored.place, own.row, stored.row) FROM own JOIN stored USING (id)
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
$$;--> statement-breakpoint

CREATE OR REPLACE FUNCTION tidemark.delete_rows(p_tenant text, p_table text, p_ids text[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  v_done bigint;
BEGIN
  PERFORM tidemark.begin_own(p_tenant, p_table, p_ids, NULL);
  EXECUTE format('DELETE FROM %I WHERE tenant_id = $1 AND id = ANY ($2)', p_table) USING p_tenant, p_ids;
  GET DIAGNOSTICS v_done = ROW_COUNT;
  PERFORM set_config('tidemark.origin', '', true);
  IF v_done < cardinality(p_ids) THEN
    RAISE EXCEPTION 'a record of % is missing', p_table USING ERRCODE = 'TM001', TABLE = p_table;
  END IF;
END
$$;--> statement-breakpoint

-- As before. Postgres does not let a BEFORE trigger change a row that the statement itself is still to write: then it
-- goes edit by edit, row by row, and what is impossible even so is refused like any other edit.
CREATE OR REPLACE FUNCTION tidemark.apply_steps(
  p_tenant text, p_after bigint, p_up_to bigint, p_changes text, p_steps json, p_rows text, p_cursor text
) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
  v_step record;
BEGIN
  IF p_rows IS NULL THEN RETURN 'refused'; END IF;
  -- Locked within this block, which is a transaction of its own to Postgres: rows locked by one
  -- transaction and written by another take a record of both.
  PERFORM tidemark.lock_rows(p_tenant, p_steps);
  -- Only now: whoever held these rows has committed, and this statement sees it.
  IF tidemark.is_behind(p_tenant, p_changes, p_cursor) THEN RETURN 'behind'; END IF;
  -- The ledger goes ahead, so that what triggers and cascades do is recorded as done in sight of the batch.
  PERFORM tidemark.move_ledger(p_tenant, p_after, p_up_to, p_up_to);
  SET CONSTRAINTS ALL DEFERRED;
  FOR v_step IN
    SELECT *
      FROM ROWS FROM (
        json_to_recordset(p_steps) AS (op text, "table" text, columns text[], deltas text[], ids text[]),
        string_to_table(p_rows, E'\n')
      ) WITH ORDINALITY AS step(op, "table", columns, deltas, ids, rows, place)
      ORDER BY place
  LOOP
    CASE v_step.op
      WHEN 'insert' THEN
        PERFORM tidemark.insert_rows(p_tenant, v_step."table", v_step.columns, v_step.rows::json);
      WHEN 'update' THEN
        PERFORM tidemark.update_rows(
          p_tenant, v_step."table", v_step.columns, v_step.deltas, v_step.ids, v_step.rows::json
        );
      WHEN 'delete' THEN PERFORM tidemark.delete_rows(p_tenant, v_step."table", v_step.ids);
    END CASE;
  END LOOP;
  SET CONSTRAINTS ALL IMMEDIATE;
  PERFORM tidemark.assert_not_behind(p_tenant, p_changes, p_cursor);
  RETURN 'applied';
-- Never OTHERS: a deadlock or a cancelled statement is nobody's mistake and must end the call.
EXCEPTION
  WHEN SQLSTATE 'TM004' THEN RETURN 'behind';
  WHEN data_exception OR integrity_constraint_violation OR raise_exception OR triggered_data_change_violation
    OR SQLSTATE 'TM001' OR SQLSTATE 'TM002'
  THEN
    RETURN 'refused';
END
$$;--> statement-breakpoint

CREATE OR REPLACE FUNCTION tidemark.apply_edit(
  p_tenant text, p_after bigint, p_up_to bigint, p_seq bigint, p_changes jsonb
) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
  v_change jsonb;
  v_state text;
  v_message text;
  v_constraint text;
  v_column text;
BEGIN
  PERFORM tidemark.move_ledger(p_tenant, p_after, p_up_to, p_seq);
  SET CONSTRAINTS ALL DEFERRED;
  FOR v_change IN
    SELECT item FROM jsonb_array_elements(p_changes) WITH ORDINALITY AS changes(item, place) ORDER BY place
  LOOP
    PERFORM tidemark.apply_change(p_tenant, v_change);
  END LOOP;
  SET CONSTRAINTS ALL IMMEDIATE;
  RETURN NULL;
EXCEPTION
  WHEN data_exception OR integrity_constraint_violation OR raise_exception OR triggered_data_change_violation
    OR SQLSTATE 'TM001' OR SQLSTATE 'TM002'
  THEN
    GET STACKED DIAGNOSTICS
      v_state = RETURNED_SQLSTATE, v_message = MESSAGE_TEXT,
      v_constraint = CONSTRAINT_NAME, v_column = COLUMN_NAME;
    RETURN jsonb_strip_nulls(jsonb_build_object(
      'seq', p_seq, 'sqlState', v_state, 'message', v_message,
      'constraint', nullif(v_constraint, ''), 'column', nullif(v_column, '')
    ));
END
$$;
