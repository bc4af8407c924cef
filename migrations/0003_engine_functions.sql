-- How a batch of edits enters Postgres. `apply_batch` is the one the object calls; the others are
-- its parts, from the smallest up.
--
-- Names of tables and columns come from the object's registry, never from a client. They are still
-- quoted wherever they become SQL, and resolved in the caller's search path, on which the schema
-- `tidemark` is not: the engine's own tables cannot be named.
--
-- SQLSTATEs of our own:
--   TM001  an update or delete met no row        refuses an edit
--   TM002  an insert met a row                   refuses an edit
--   TM010  the ledger does not fit the batch     aborts the call

-- Inserts rows of one table: a JSON array of {column: value}.
CREATE FUNCTION tidemark.insert_rows(p_tenant text, p_table text, p_rows jsonb) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  v_columns text;
  v_values text;
  v_done bigint;
BEGIN
  IF jsonb_array_length(p_rows) = 0 THEN RETURN; END IF;
  SELECT string_agg(format('%I', name), ', '), string_agg(format('r.%I', name), ', ')
    INTO v_columns, v_values
    FROM (
      SELECT DISTINCT name FROM jsonb_array_elements(p_rows) AS item, jsonb_object_keys(item) AS name
    ) AS names
    WHERE name <> 'tenant_id';
  EXECUTE format(
    'INSERT INTO %1$I (tenant_id, %2$s)
       SELECT $1, %3$s FROM jsonb_populate_recordset(NULL::%1$I, $2) AS r
       ON CONFLICT (tenant_id, id) DO NOTHING',
    p_table, v_columns, v_values
  ) USING p_tenant, p_rows;
  GET DIAGNOSTICS v_done = ROW_COUNT;
  IF v_done < jsonb_array_length(p_rows) THEN
    RAISE EXCEPTION 'a record of % exists already', p_table USING ERRCODE = 'TM002', TABLE = p_table;
  END IF;
END
$$;--> statement-breakpoint

-- Updates rows of one table: a JSON array of {id, set: {column: value}, add: {column: delta}}. Rows
-- need not touch the same columns: each is overlaid on what it holds. Deltas are added to what
-- Postgres holds, so a change made there meanwhile is kept.
CREATE FUNCTION tidemark.update_rows(p_tenant text, p_table text, p_updates jsonb) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  v_columns text;
  v_values text;
  v_done bigint;
BEGIN
  SELECT
      string_agg(format('%I', name), ', '),
      string_agg(
        format(
          CASE WHEN moved
            THEN 'CASE WHEN u.add ? %2$L THEN coalesce(r.%1$I, 0) + (u.add ->> %2$L)::numeric ELSE r.%1$I END'
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
  EXECUTE format(
    'UPDATE %1$I AS target
       SET (%2$s) = (SELECT %3$s FROM jsonb_populate_record(target.*, u.set) AS r)
       FROM jsonb_to_recordset($2) AS u(id text, set jsonb, add jsonb)
       WHERE target.tenant_id = $1 AND target.id = u.id',
    p_table, v_columns, v_values
  ) USING p_tenant, p_updates;
  GET DIAGNOSTICS v_done = ROW_COUNT;
  IF v_done < jsonb_array_length(p_updates) THEN
    RAISE EXCEPTION 'a record of % is missing', p_table USING ERRCODE = 'TM001', TABLE = p_table;
  END IF;
END
$$;--> statement-breakpoint

-- Deletes rows of one table: a JSON array of ids.
CREATE FUNCTION tidemark.delete_rows(p_tenant text, p_table text, p_ids jsonb) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  v_done bigint;
BEGIN
  IF jsonb_array_length(p_ids) = 0 THEN RETURN; END IF;
  EXECUTE format(
    'DELETE FROM %I WHERE tenant_id = $1 AND id IN (SELECT jsonb_array_elements_text($2))', p_table
  ) USING p_tenant, p_ids;
  GET DIAGNOSTICS v_done = ROW_COUNT;
  IF v_done < jsonb_array_length(p_ids) THEN
    RAISE EXCEPTION 'a record of % is missing', p_table USING ERRCODE = 'TM001', TABLE = p_table;
  END IF;
END
$$;--> statement-breakpoint

-- Locks the rows that a batch will change, in the order of tables and keys, so that two writers
-- meet at the first common row and do not cross. Deletes need the stronger lock.
CREATE FUNCTION tidemark.lock_rows(p_tenant text, p_net jsonb) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  v_table record;
BEGIN
  FOR v_table IN
    SELECT name, updates, deletes
      FROM jsonb_to_recordset(p_net) AS net("table" text, updates jsonb, deletes jsonb)
      CROSS JOIN LATERAL (SELECT net."table" AS name) AS named
      WHERE jsonb_array_length(updates) + jsonb_array_length(deletes) > 0
  LOOP
    EXECUTE format(
      'SELECT 1 FROM %I
         WHERE tenant_id = $1
           AND id IN (SELECT u ->> ''id'' FROM jsonb_array_elements($2) AS u
                      UNION ALL SELECT jsonb_array_elements_text($3))
         ORDER BY id COLLATE "C" FOR %s',
      v_table.name,
      CASE WHEN jsonb_array_length(v_table.deletes) > 0 THEN 'UPDATE' ELSE 'NO KEY UPDATE' END
    ) USING p_tenant, v_table.updates, v_table.deletes;
  END LOOP;
END
$$;--> statement-breakpoint

-- Applies what a batch comes to, a few statements per table. Returns false, with nothing done, when
-- an edit of it would be refused: which one, only `apply_edits` can tell.
CREATE FUNCTION tidemark.apply_net(p_tenant text, p_net jsonb) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
  v_table jsonb;
BEGIN
  SET CONSTRAINTS ALL DEFERRED;
  FOR v_table IN SELECT item FROM jsonb_array_elements(p_net) WITH ORDINALITY AS net(item, place) ORDER BY place LOOP
    PERFORM tidemark.insert_rows(p_tenant, v_table ->> 'table', v_table -> 'inserts');
    PERFORM tidemark.update_rows(p_tenant, v_table ->> 'table', v_table -> 'updates');
  END LOOP;
  FOR v_table IN SELECT item FROM jsonb_array_elements(p_net) WITH ORDINALITY AS net(item, place) ORDER BY place DESC LOOP
    PERFORM tidemark.delete_rows(p_tenant, v_table ->> 'table', v_table -> 'deletes');
  END LOOP;
  SET CONSTRAINTS ALL IMMEDIATE;
  RETURN true;
-- Never OTHERS: a deadlock or a cancelled statement is nobody's mistake and must end the call.
EXCEPTION
  WHEN data_exception OR integrity_constraint_violation OR raise_exception OR SQLSTATE 'TM001' OR SQLSTATE 'TM002' THEN
    RETURN false;
END
$$;--> statement-breakpoint

-- Applies the changes of one edit in their order. Returns NULL, or why Postgres refused it; then
-- nothing of the edit is left.
CREATE FUNCTION tidemark.apply_edit(p_tenant text, p_edit jsonb) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
  v_change jsonb;
  v_table text;
  v_state text;
  v_message text;
  v_constraint text;
  v_column text;
BEGIN
  SET CONSTRAINTS ALL DEFERRED;
  FOR v_change IN
    SELECT item FROM jsonb_array_elements(p_edit -> 'changes') WITH ORDINALITY AS changes(item, place) ORDER BY place
  LOOP
    v_table := v_change ->> 'table';
    CASE v_change ->> 'op'
      WHEN 'insert' THEN PERFORM tidemark.insert_rows(p_tenant, v_table, jsonb_build_array(v_change -> 'row'));
      WHEN 'update' THEN PERFORM tidemark.update_rows(p_tenant, v_table, jsonb_build_array(v_change));
      WHEN 'delete' THEN PERFORM tidemark.delete_rows(p_tenant, v_table, jsonb_build_array(v_change -> 'id'));
    END CASE;
  END LOOP;
  SET CONSTRAINTS ALL IMMEDIATE;
  RETURN NULL;
EXCEPTION
  WHEN data_exception OR integrity_constraint_violation OR raise_exception OR SQLSTATE 'TM001' OR SQLSTATE 'TM002' THEN
    GET STACKED DIAGNOSTICS
      v_state = RETURNED_SQLSTATE, v_message = MESSAGE_TEXT,
      v_constraint = CONSTRAINT_NAME, v_column = COLUMN_NAME;
    RETURN jsonb_strip_nulls(jsonb_build_object(
      'seq', p_edit -> 'seq', 'sqlState', v_state, 'message', v_message,
      'constraint', nullif(v_constraint, ''), 'column', nullif(v_column, '')
    ));
END
$$;--> statement-breakpoint

-- Applies edits one by one up to the first that is refused. Returns that refusal, or NULL.
CREATE FUNCTION tidemark.apply_edits(p_tenant text, p_edits jsonb) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
  v_edit jsonb;
  v_refusal jsonb;
BEGIN
  FOR v_edit IN SELECT item FROM jsonb_array_elements(p_edits) WITH ORDINALITY AS edits(item, place) ORDER BY place LOOP
    v_refusal := tidemark.apply_edit(p_tenant, v_edit);
    EXIT WHEN v_refusal IS NOT NULL;
  END LOOP;
  RETURN v_refusal;
END
$$;--> statement-breakpoint

-- Writes the audit history and the clients' marks of edits that passed, the refused one included.
CREATE FUNCTION tidemark.remember(p_tenant text, p_epoch text, p_edits jsonb, p_refusal jsonb) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO tidemark.history (tenant_id, epoch, seq, actor, n, subject, at, changes, refused)
    SELECT
        p_tenant, p_epoch, e.seq, e.actor, e.n, e.subject, to_timestamp(e.at / 1000), e.changes,
        CASE WHEN e.seq = (p_refusal -> 'seq')::bigint THEN p_refusal END
      FROM jsonb_to_recordset(p_edits)
        AS e(seq bigint, actor text, n bigint, subject text, at double precision, changes jsonb)
      WHERE p_refusal IS NULL OR e.seq <= (p_refusal -> 'seq')::bigint;
  -- Outside writes and the object's own reverts are not a client's edits and have no mark.
  INSERT INTO tidemark.client_mark AS mark (tenant_id, client_id, subject, n)
    SELECT DISTINCT ON (e.actor) p_tenant, e.actor, e.subject, e.n
      FROM jsonb_to_recordset(p_edits) AS e(seq bigint, actor text, n bigint, subject text)
      WHERE e.actor NOT IN ('sql', 'object') AND (p_refusal IS NULL OR e.seq <= (p_refusal -> 'seq')::bigint)
      ORDER BY e.actor, e.n DESC
    ON CONFLICT (tenant_id, client_id)
      DO UPDATE SET subject = excluded.subject, n = greatest(mark.n, excluded.n);
END
$$;--> statement-breakpoint

-- Claims a tenant for an epoch, which fences every other, and returns {applied, marks}: how far this
-- epoch's log is here, and what is settled of each client. Repeating it changes nothing.
CREATE FUNCTION tidemark.open_tenant(p_tenant text, p_epoch text) RETURNS jsonb
LANGUAGE plpgsql AS $$
BEGIN
  -- The row is locked even when it stays as it is, so a batch under way ends before the marks are read.
  INSERT INTO tidemark.ledger AS ledger (tenant_id, epoch) VALUES (p_tenant, p_epoch)
    ON CONFLICT (tenant_id) DO UPDATE SET
      epoch = excluded.epoch, applied_seq = 0,
      last_after = NULL, last_up_to = NULL, last_refusals = NULL, updated_at = now()
      WHERE ledger.epoch <> excluded.epoch;
  RETURN jsonb_build_object(
    'applied', (SELECT applied_seq FROM tidemark.ledger WHERE tenant_id = p_tenant),
    'marks', (
      SELECT coalesce(jsonb_agg(jsonb_build_object('client', client_id, 'subject', subject, 'n', n) ORDER BY client_id), '[]')
        FROM tidemark.client_mark WHERE tenant_id = p_tenant
    )
  );
END
$$;--> statement-breakpoint

-- Applies the interval (p_after, p_up_to] of a tenant's log exactly once.
--   p_edits  [{seq, actor, n, subject, at, changes: [{op, table, id, ...}]}] in order
--   p_net    [{table, inserts, updates, deletes}], the same interval set-wise, tables in the order
--            of declaration: one comes after those it refers to
-- Returns {is: 'applied', applied, refusals}, where `applied` is below p_up_to after a refusal, or
-- {is: 'fenced', epoch, applied} when another epoch owns the tenant.
CREATE FUNCTION tidemark.apply_batch(
  p_tenant text, p_epoch text, p_after bigint, p_up_to bigint, p_edits jsonb, p_net jsonb
) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
  v_ledger tidemark.ledger;
  v_refusal jsonb;
BEGIN
  SELECT * INTO v_ledger FROM tidemark.ledger WHERE tenant_id = p_tenant FOR UPDATE;
  IF NOT FOUND OR p_after > v_ledger.applied_seq AND p_epoch = v_ledger.epoch THEN
    RAISE EXCEPTION 'batch after % of tenant % does not fit its ledger, which stands at %',
      p_after, p_tenant, coalesce(v_ledger.applied_seq::text, 'nothing') USING ERRCODE = 'TM010';
  END IF;
  IF p_epoch <> v_ledger.epoch THEN
    RETURN jsonb_build_object('is', 'fenced', 'epoch', v_ledger.epoch, 'applied', v_ledger.applied_seq);
  END IF;
  IF p_after = v_ledger.applied_seq THEN
    PERFORM tidemark.lock_rows(p_tenant, p_net);
    IF NOT tidemark.apply_net(p_tenant, p_net) THEN
      v_refusal := tidemark.apply_edits(p_tenant, p_edits);
    END IF;
    PERFORM tidemark.remember(p_tenant, p_epoch, p_edits, v_refusal);
    UPDATE tidemark.ledger SET
        applied_seq = coalesce((v_refusal -> 'seq')::bigint, p_up_to),
        last_after = p_after, last_up_to = p_up_to,
        last_refusals = CASE WHEN v_refusal IS NULL THEN '[]' ELSE jsonb_build_array(v_refusal) END,
        updated_at = now()
      WHERE tenant_id = p_tenant
      RETURNING * INTO v_ledger;
  END IF;
  RETURN jsonb_build_object('is', 'applied', 'applied', v_ledger.applied_seq, 'refusals', coalesce(v_ledger.last_refusals, '[]'));
END
$$;
