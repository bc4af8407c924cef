-- How a batch is written fast. Replaces functions of migrations 0003, 0005, 0006 and 0009; what is said there
-- of names and SQLSTATEs holds.
--
-- Rows that touch the same columns go in one plain statement. And Postgres passes over a JSON text many
-- times as fast as it takes one apart: so the large values travel as lines of JSON beside a small list
-- that says what they are, and each is taken apart at most once, where it is used.

-- The history is written with every edit and read for an audit: it keeps what was sent, as it was sent.
ALTER TABLE tidemark.history ALTER COLUMN changes TYPE json, ALTER COLUMN outside TYPE json;--> statement-breakpoint

DROP FUNCTION tidemark.apply_batch(text, text, bigint, bigint, jsonb, jsonb, text);--> statement-breakpoint
DROP FUNCTION tidemark.is_repeated(text, text, jsonb);--> statement-breakpoint
DROP FUNCTION tidemark.remember(text, text, bigint, jsonb, jsonb);--> statement-breakpoint
DROP FUNCTION tidemark.apply_edits(text, bigint, bigint, jsonb, text);--> statement-breakpoint
DROP FUNCTION tidemark.apply_edit(text, bigint, bigint, jsonb);--> statement-breakpoint
DROP FUNCTION tidemark.apply_net(text, bigint, bigint, jsonb);--> statement-breakpoint
DROP FUNCTION tidemark.is_behind(text, jsonb, text);--> statement-breakpoint
DROP FUNCTION tidemark.lock_rows(text, jsonb);--> statement-breakpoint
DROP FUNCTION tidemark.delete_rows(text, text, jsonb);--> statement-breakpoint
DROP FUNCTION tidemark.update_rows(text, text, jsonb);--> statement-breakpoint
DROP FUNCTION tidemark.insert_rows(text, text, jsonb);--> statement-breakpoint

-- Inserts rows of one table: a JSON array of {column: value} with the same columns each.
CREATE FUNCTION tidemark.insert_rows(p_tenant text, p_table text, p_columns text[], p_rows json) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  v_insert text;
  v_values text;
  v_done bigint;
BEGIN
  SELECT
      format(
        'INSERT INTO %1$I AS target (tenant_id, %2$s)
           SELECT $1, %3$s FROM json_populate_recordset(NULL::%1$I, $2) AS sent
           ON CONFLICT (tenant_id, id) DO NOTHING',
        p_table, string_agg(format('%I', name), ', '), string_agg(format('sent.%I', name), ', ')
      ),
      string_agg(format('sent.%I', name), ', ')
    INTO v_insert, v_values
    FROM unnest(p_columns) AS name
    WHERE name <> 'tenant_id';
  -- The triggers of the table take what this statement itself writes as ours.
  PERFORM set_config('tidemark.origin', p_table, true);
  IF tidemark.is_rewritten(p_table, 'insert') THEN
    EXECUTE format(
      'WITH stored AS (%3$s RETURNING id, to_jsonb(target) AS row)
         SELECT count(*) FROM (
           SELECT tidemark.record_rewrite($1, %2$L, id, to_jsonb(own), row)
             FROM stored
             JOIN (SELECT %4$s FROM json_populate_recordset(NULL::%1$I, $2) AS sent) AS own USING (id)
         ) AS recorded',
      p_table, p_table, v_insert, v_values
    ) INTO v_done USING p_tenant, p_rows;
  ELSE
    EXECUTE v_insert USING p_tenant, p_rows;
    GET DIAGNOSTICS v_done = ROW_COUNT;
  END IF;
  PERFORM set_config('tidemark.origin', '', true);
  IF v_done < json_array_length(p_rows) THEN
    RAISE EXCEPTION 'a record of % exists already', p_table USING ERRCODE = 'TM002', TABLE = p_table;
  END IF;
END
$$;--> statement-breakpoint

-- Updates rows of one table: a JSON array of {id, column: value} with the same columns each. Those of
-- p_deltas are added to what Postgres holds, so a change made there meanwhile is kept; those of
-- p_columns are set. The ids are named besides, so that Postgres knows how few of a tenant's rows it has
-- to look at.
CREATE FUNCTION tidemark.update_rows(
  p_tenant text, p_table text, p_columns text[], p_deltas text[], p_ids text[], p_rows json
) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  v_update text;
  v_values text;
  v_done bigint;
BEGIN
  SELECT
      format(
        'UPDATE %1$I AS target SET %2$s
           FROM json_populate_recordset(NULL::%1$I, $2) AS sent
           WHERE target.tenant_id = $1 AND target.id = ANY ($3) AND target.id = sent.id',
        p_table, string_agg(format('%I = %s', name, value), ', ')
      ),
      string_agg(format('%s AS %I', value, name), ', ')
    INTO v_update, v_values
    FROM (
      SELECT name, format('sent.%I', name) AS value FROM unnest(p_columns) AS name
      UNION ALL
      SELECT name, format('coalesce(target.%1$I, 0) + sent.%1$I', name) FROM unnest(p_deltas) AS name
    ) AS touched
    WHERE name NOT IN ('tenant_id', 'id');
  IF v_values IS NULL THEN RETURN; END IF;
  PERFORM set_config('tidemark.origin', p_table, true);
  IF tidemark.is_rewritten(p_table, 'update') THEN
    EXECUTE format(
      'WITH own AS MATERIALIZED (
         SELECT target.id, to_jsonb(target) || to_jsonb(changed) AS row
           FROM json_populate_recordset(NULL::%1$I, $2) AS sent
           JOIN %1$I AS target ON target.tenant_id = $1 AND target.id = ANY ($3) AND target.id = sent.id
           CROSS JOIN LATERAL (SELECT %4$s) AS changed
       ), stored AS (%3$s RETURNING target.id, to_jsonb(target) AS row)
         SELECT count(*) FROM (
           SELECT tidemark.record_rewrite($1, %2$L, id, own.row, stored.row) FROM own JOIN stored USING (id)
         ) AS recorded',
      p_table, p_table, v_update, v_values
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

-- Deletes rows of one table.
CREATE FUNCTION tidemark.delete_rows(p_tenant text, p_table text, p_ids text[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  v_done bigint;
BEGIN
  PERFORM set_config('tidemark.origin', p_table, true);
  EXECUTE format('DELETE FROM %I WHERE tenant_id = $1 AND id = ANY ($2)', p_table) USING p_tenant, p_ids;
  GET DIAGNOSTICS v_done = ROW_COUNT;
  PERFORM set_config('tidemark.origin', '', true);
  IF v_done < cardinality(p_ids) THEN
    RAISE EXCEPTION 'a record of % is missing', p_table USING ERRCODE = 'TM001', TABLE = p_table;
  END IF;
END
$$;--> statement-breakpoint

-- Locks the rows that a batch will change, in the order of tables and keys, so that two writers
-- meet at the first common row and do not cross. Deletes need the stronger lock.
CREATE FUNCTION tidemark.lock_rows(p_tenant text, p_steps json) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  v_table record;
BEGIN
  FOR v_table IN
    SELECT step."table" AS name, array_agg(id) AS ids, bool_or(step.op = 'delete') AS deletes
      FROM json_to_recordset(p_steps) AS step(op text, "table" text, ids text[])
      CROSS JOIN LATERAL unnest(step.ids) AS id
      WHERE step.op <> 'insert'
      GROUP BY step."table" ORDER BY step."table" COLLATE "C"
  LOOP
    EXECUTE format(
      'SELECT 1 FROM %I WHERE tenant_id = $1 AND id = ANY ($2) ORDER BY id COLLATE "C" FOR %s',
      v_table.name, CASE WHEN v_table.deletes THEN 'UPDATE' ELSE 'NO KEY UPDATE' END
    ) USING p_tenant, v_table.ids;
  END LOOP;
END
$$;--> statement-breakpoint

-- The edits of a batch, of which there is one list per property and one line of changes per edit.
CREATE FUNCTION tidemark.edits_of(p_edits json, p_changes text) RETURNS TABLE (
  seq bigint, actor text, n bigint, subject text, at double precision, outside json, changes text
)
LANGUAGE sql STABLE AS $$
  SELECT
      unnest(lists.seq), unnest(lists.actor), unnest(lists.n), unnest(lists.subject), unnest(lists.at),
      unnest(lists.outside), string_to_table(p_changes, E'\n')
    FROM json_to_record(p_edits)
      AS lists(seq bigint[], actor text[], n bigint[], subject text[], at double precision[], outside json[])
$$;--> statement-breakpoint

-- Whether rows that edits touch were changed outside after the cursor, whether they are there or not.
-- Planned for the cursor at hand: a plan for any cursor expects many unread changes, so it would look for
-- the first among all that are kept, where almost always there is none.
CREATE FUNCTION tidemark.is_behind(p_tenant text, p_changes text, p_cursor text) RETURNS boolean
LANGUAGE plpgsql SET plan_cache_mode = force_custom_plan AS $$
DECLARE
  v_cursor tidemark.cursor := tidemark.parse_cursor(p_cursor);
BEGIN
  -- Almost always there are none at all, and the edits need not be taken apart.
  IF NOT EXISTS (SELECT FROM tidemark.unread(p_tenant, v_cursor)) THEN RETURN false; END IF;
  RETURN EXISTS (
    SELECT FROM tidemark.unread(p_tenant, v_cursor) AS unread
      WHERE (unread.table_name, unread.row_id) IN (
        SELECT change."table", change.id
          FROM string_to_table(p_changes, E'\n') AS line
          CROSS JOIN LATERAL json_to_recordset(line::json) AS change("table" text, id text)
      )
  );
END
$$;--> statement-breakpoint

-- Applies what a batch comes to, few statements a table. Returns 'applied'; 'behind', with nothing
-- done, when rows of it were changed outside unseen; or 'refused', with nothing done, when an edit of
-- it would be refused: which one, only `apply_edits` can tell.
CREATE FUNCTION tidemark.apply_steps(
  p_tenant text, p_after bigint, p_up_to bigint, p_changes text, p_steps json, p_rows text, p_cursor text
) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
  v_step record;
BEGIN
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
  RETURN 'applied';
-- Never OTHERS: a deadlock or a cancelled statement is nobody's mistake and must end the call.
EXCEPTION
  WHEN data_exception OR integrity_constraint_violation OR raise_exception OR SQLSTATE 'TM001' OR SQLSTATE 'TM002' THEN
    RETURN 'refused';
END
$$;--> statement-breakpoint

-- Applies one change of an edit: {op, table, id} with a row for an insert, and for an update with the
-- columns that are set and those that are added to.
CREATE FUNCTION tidemark.apply_change(p_tenant text, p_change jsonb) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  v_table text := p_change ->> 'table';
  v_id text := p_change ->> 'id';
  v_row jsonb := p_change -> 'row';
  v_set jsonb := p_change -> 'set';
  v_add jsonb := p_change -> 'add';
BEGIN
  CASE p_change ->> 'op'
    WHEN 'insert' THEN
      PERFORM tidemark.insert_rows(
        p_tenant, v_table, ARRAY(SELECT jsonb_object_keys(v_row)), json_build_array(v_row)
      );
    WHEN 'update' THEN
      PERFORM tidemark.update_rows(
        p_tenant, v_table, ARRAY(SELECT jsonb_object_keys(v_set)), ARRAY(SELECT jsonb_object_keys(v_add)),
        ARRAY[v_id], json_build_array(v_set || v_add || jsonb_build_object('id', v_id))
      );
    WHEN 'delete' THEN PERFORM tidemark.delete_rows(p_tenant, v_table, ARRAY[v_id]);
  END CASE;
END
$$;--> statement-breakpoint

-- Applies the changes of one edit in their order. Returns NULL, or why Postgres refused it; then
-- nothing of the edit is left.
CREATE FUNCTION tidemark.apply_edit(
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
  WHEN data_exception OR integrity_constraint_violation OR raise_exception OR SQLSTATE 'TM001' OR SQLSTATE 'TM002' THEN
    GET STACKED DIAGNOSTICS
      v_state = RETURNED_SQLSTATE, v_message = MESSAGE_TEXT,
      v_constraint = CONSTRAINT_NAME, v_column = COLUMN_NAME;
    RETURN jsonb_strip_nulls(jsonb_build_object(
      'seq', p_seq, 'sqlState', v_state, 'message', v_message,
      'constraint', nullif(v_constraint, ''), 'column', nullif(v_column, '')
    ));
END
$$;--> statement-breakpoint

-- Applies edits one by one, up to the first that is refused (which has passed, with its verdict), or
-- that fails while the object is behind (which has not).
CREATE FUNCTION tidemark.apply_edits(
  p_tenant text, p_after bigint, p_up_to bigint, p_edits json, p_changes text, p_steps json, p_cursor text,
  OUT applied bigint, OUT refusal jsonb, OUT behind boolean
) LANGUAGE plpgsql AS $$
DECLARE
  v_edit record;
BEGIN
  applied := p_after;
  PERFORM tidemark.lock_rows(p_tenant, p_steps);
  -- A row that was not there could not be locked: it may have come while the batch waited to insert it.
  behind := tidemark.is_behind(p_tenant, p_changes, p_cursor);
  IF behind THEN RETURN; END IF;
  FOR v_edit IN
    SELECT seq, changes FROM tidemark.edits_of(p_edits, p_changes) ORDER BY seq
  LOOP
    refusal := tidemark.apply_edit(p_tenant, p_after, p_up_to, v_edit.seq, v_edit.changes::jsonb);
    IF refusal IS NOT NULL AND tidemark.is_behind(p_tenant, p_changes, p_cursor) THEN
      refusal := NULL;
      behind := true;
      RETURN;
    END IF;
    applied := v_edit.seq;
    EXIT WHEN refusal IS NOT NULL;
  END LOOP;
  IF refusal IS NULL THEN
    applied := p_up_to;
  END IF;
  PERFORM tidemark.move_ledger(
    p_tenant, p_after, p_up_to, applied, CASE WHEN refusal IS NULL THEN '[]' ELSE jsonb_build_array(refusal) END
  );
END
$$;--> statement-breakpoint

-- Writes the audit history and the clients' marks of edits that passed, the refused one included.
CREATE FUNCTION tidemark.remember(
  p_tenant text, p_epoch text, p_applied bigint, p_edits json, p_changes text, p_refusal jsonb
) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  c_refusals CONSTANT integer := 100;
  v_refused bigint := (p_refusal -> 'seq')::bigint;
BEGIN
  WITH passed AS (
    INSERT INTO tidemark.history (tenant_id, epoch, seq, actor, n, subject, at, changes, outside, refused)
      SELECT
          p_tenant, p_epoch, seq, actor, n, subject, to_timestamp(at / 1000), changes::json, outside,
          CASE WHEN seq = v_refused THEN p_refusal END
        FROM tidemark.edits_of(p_edits, p_changes)
        WHERE seq <= p_applied
      RETURNING actor, subject, n
  )
  -- Outside writes and the object's own reverts are not a client's edits and have no mark. All edits of
  -- a client have one subject.
  INSERT INTO tidemark.client_mark AS mark (tenant_id, client_id, subject, n)
    SELECT p_tenant, actor, max(subject), max(n)
      FROM passed WHERE actor NOT IN ('sql', 'object') GROUP BY actor
    ON CONFLICT (tenant_id, client_id)
      DO UPDATE SET subject = excluded.subject, n = greatest(mark.n, excluded.n);
  IF p_refusal IS NULL THEN RETURN; END IF;
  UPDATE tidemark.client_mark AS mark
    SET refusals = (
      SELECT jsonb_agg(item ORDER BY place)
        FROM (
          SELECT item, place
            FROM jsonb_array_elements(mark.refusals || (p_refusal || jsonb_build_object('n', refused.n)))
              WITH ORDINALITY AS refusals(item, place)
            ORDER BY place DESC LIMIT c_refusals
        ) AS newest
    )
    FROM tidemark.history AS refused
    WHERE refused.tenant_id = p_tenant AND refused.epoch = p_epoch AND refused.seq = v_refused
      AND mark.tenant_id = p_tenant AND mark.client_id = refused.actor;
END
$$;--> statement-breakpoint

-- Whether the edits that were applied here are those of the log that sends them again.
CREATE FUNCTION tidemark.is_repeated(p_tenant text, p_epoch text, p_edits json, p_changes text) RETURNS boolean
LANGUAGE sql STABLE AS $$
  SELECT NOT EXISTS (
    SELECT FROM tidemark.history AS kept JOIN tidemark.edits_of(p_edits, p_changes) AS sent USING (seq)
      WHERE kept.tenant_id = p_tenant AND kept.epoch = p_epoch
        AND (kept.actor, kept.n, kept.at) IS DISTINCT FROM (sent.actor, sent.n, to_timestamp(sent.at / 1000))
  )
$$;--> statement-breakpoint

-- Applies the interval (p_after, p_up_to] of a tenant's log exactly once.
--   p_edits    {seq, actor, n, subject, at, outside?}, each a list of the edits' values, in order
--   p_changes  a line for each edit: [{op, table, id, ...}]
--   p_steps    [{op, table, columns, deltas, ids}], the same interval set-wise, as statements in their
--              order, each on rows that touch the same columns
--   p_rows     a line for each step: [{id, column: value}], empty for a delete
--   p_cursor   which outside changes the object has seen
-- Returns {is: 'applied', applied, refusals, outside}, where `applied` is below p_up_to after a refusal;
-- {is: 'behind', ...} when rows of the batch were changed outside in a way the object has not seen, so
-- that nothing beyond `applied` was done; or what `misfit` says. `outside` is the answer of `read_changes`.
CREATE FUNCTION tidemark.apply_batch(
  p_tenant text, p_epoch text, p_after bigint, p_up_to bigint,
  p_edits json, p_changes text, p_steps json, p_rows text, p_cursor text
) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
  v_ledger tidemark.ledger;
  v_misfit jsonb;
  v_applied bigint := p_after;
  v_refusal jsonb;
  v_refusals jsonb := '[]';
  v_behind boolean := false;
BEGIN
  SELECT * INTO v_ledger FROM tidemark.ledger WHERE tenant_id = p_tenant FOR UPDATE;
  v_misfit := tidemark.misfit(p_tenant, p_epoch, p_after, NULL, v_ledger);
  IF v_misfit IS NOT NULL THEN RETURN v_misfit; END IF;
  IF p_after < v_ledger.applied_seq THEN
    IF NOT tidemark.is_repeated(p_tenant, p_epoch, p_edits, p_changes) THEN
      RETURN jsonb_build_object('is', 'diverged', 'message', format('after %s the log %s has other edits', p_after, p_epoch));
    END IF;
    -- A repetition may cover less than the first time: it hears of no more than it named.
    v_applied := least(v_ledger.applied_seq, p_up_to);
    SELECT coalesce(jsonb_agg(refusal), '[]') INTO v_refusals
      FROM jsonb_array_elements(v_ledger.last_refusals) AS refusal WHERE (refusal -> 'seq')::bigint <= v_applied;
  ELSE
    CASE tidemark.apply_steps(p_tenant, p_after, p_up_to, p_changes, p_steps, p_rows, p_cursor)
      WHEN 'applied' THEN v_applied := p_up_to;
      WHEN 'behind' THEN v_behind := true;
      WHEN 'refused' THEN
        SELECT applied, refusal, behind INTO v_applied, v_refusal, v_behind
          FROM tidemark.apply_edits(p_tenant, p_after, p_up_to, p_edits, p_changes, p_steps, p_cursor);
        IF v_refusal IS NOT NULL THEN v_refusals := jsonb_build_array(v_refusal); END IF;
    END CASE;
    PERFORM tidemark.remember(p_tenant, p_epoch, v_applied, p_edits, p_changes, v_refusal);
  END IF;
  RETURN jsonb_build_object(
    'is', CASE WHEN v_behind THEN 'behind' ELSE 'applied' END,
    'applied', v_applied,
    'refusals', v_refusals,
    'outside', tidemark.read_changes(p_tenant, p_cursor)
  );
END
$$;
