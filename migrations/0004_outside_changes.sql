-- What anybody but us changes in a synced table: how it is recorded, how it is read exactly once, and
-- how a batch makes sure that it overwrites nothing unseen. Triggers come in a migration of their own,
-- generated from the collections.

-- One row per changed row, written in the transaction of the change itself.
CREATE TABLE tidemark.sync_change (
	-- Drawn while the row is locked: per row it is the order of the changes.
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	tenant_id text NOT NULL,
	table_name text NOT NULL,
	row_id text NOT NULL,
	op text NOT NULL,
	-- The changed columns of an update; the whole row of an insert (after) or a delete (before).
	before jsonb NOT NULL,
	after jsonb NOT NULL,
	-- The tenant's ledger at that moment: the log that the change's author could see.
	epoch text NOT NULL,
	seen bigint NOT NULL,
	by_whom text NOT NULL,
	xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
	at timestamptz NOT NULL DEFAULT clock_timestamp()
);--> statement-breakpoint

CREATE INDEX sync_change_read ON tidemark.sync_change (tenant_id, xid);--> statement-breakpoint
CREATE INDEX sync_change_prune ON tidemark.sync_change USING brin (at);--> statement-breakpoint

-- The latest transaction of which changes are deleted. A cursor that may not have seen it is too old.
CREATE TABLE tidemark.pruned (
	tenant_id text PRIMARY KEY,
	xid xid8 NOT NULL
);--> statement-breakpoint

-- The newest refused edits of a client, oldest first: [{n, seq, sqlState, message, ...}].
ALTER TABLE tidemark.client_mark ADD COLUMN refusals jsonb NOT NULL DEFAULT '[]';--> statement-breakpoint

-- An outside change as it was made: {kind, table, id, before, after}. Its `changes` are what the engine
-- wrote in answer.
ALTER TABLE tidemark.history ADD COLUMN outside jsonb;--> statement-breakpoint

-- Records one change. The ledger is read without a lock, so no writer waits for a batch. It is right
-- all the same: a batch that touched this row was committed before our caller could lock the row. A
-- tenant that nobody has opened is recorded too, because it may be opened before the caller commits.
CREATE FUNCTION tidemark.record_change(
  p_tenant text, p_table text, p_id text, p_op text, p_before jsonb, p_after jsonb
) RETURNS void
LANGUAGE sql VOLATILE AS $$
  INSERT INTO tidemark.sync_change (tenant_id, table_name, row_id, op, before, after, epoch, seen, by_whom)
    SELECT
        p_tenant, p_table, p_id, p_op, p_before, p_after,
        coalesce(ledger.epoch, ''), coalesce(ledger.applied_seq, 0),
        coalesce(nullif(current_setting('tidemark.by', true), ''), session_user)
      FROM (SELECT) AS once LEFT JOIN tidemark.ledger ON ledger.tenant_id = p_tenant
$$;--> statement-breakpoint

-- Row trigger of every synced table. Runs with its owner's rights, because a writer has none in this
-- schema. Numbers are written in full whatever the writer's session says.
CREATE FUNCTION tidemark.capture_change() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET extra_float_digits = 1 AS $$
DECLARE
  v_old jsonb := CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END;
  v_new jsonb := CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END;
  v_before jsonb;
  v_after jsonb;
BEGIN
  IF TG_OP = 'UPDATE' AND OLD.tenant_id = NEW.tenant_id AND OLD.id = NEW.id THEN
    SELECT jsonb_object_agg(key, value), jsonb_object_agg(key, v_new -> key) INTO v_before, v_after
      FROM jsonb_each(v_old) WHERE value <> v_new -> key;
    IF v_before IS NOT NULL THEN
      PERFORM tidemark.record_change(NEW.tenant_id, TG_TABLE_NAME, NEW.id, 'update', v_before, v_after);
    END IF;
    RETURN NULL;
  END IF;
  -- A row with another key is another row.
  IF TG_OP <> 'INSERT' THEN
    PERFORM tidemark.record_change(OLD.tenant_id, TG_TABLE_NAME, OLD.id, 'delete', v_old, '{}');
  END IF;
  IF TG_OP <> 'DELETE' THEN
    PERFORM tidemark.record_change(NEW.tenant_id, TG_TABLE_NAME, NEW.id, 'insert', '{}', v_new);
  END IF;
  RETURN NULL;
END
$$;--> statement-breakpoint

-- TRUNCATE trigger of every synced table: records the delete of each row. Nobody else can write
-- meanwhile, TRUNCATE holds the strongest lock; but in a transaction that keeps its snapshot, rows
-- that it cannot see would go unrecorded.
CREATE FUNCTION tidemark.capture_truncate() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET extra_float_digits = 1 AS $$
BEGIN
  IF current_setting('transaction_isolation') <> 'read committed' THEN
    RAISE EXCEPTION 'TRUNCATE of the synced table % needs a READ COMMITTED transaction', TG_TABLE_NAME
      USING HINT = 'DELETE works in every transaction.';
  END IF;
  EXECUTE format(
    'SELECT tidemark.record_change(tenant_id, $1, id, ''delete'', to_jsonb(gone), ''{}'') FROM %I.%I AS gone',
    TG_TABLE_SCHEMA, TG_TABLE_NAME
  ) USING TG_TABLE_NAME;
  RETURN NULL;
END
$$;--> statement-breakpoint

-- Where a reader stands. It has read what is visible in the snapshot `since`, and, while a burst is
-- read in pages, also what is visible in `until` up to the id `place`. Written as since|until|place.
CREATE TYPE tidemark.cursor AS (since pg_snapshot, until pg_snapshot, place bigint);--> statement-breakpoint

CREATE FUNCTION tidemark.parse_cursor(p_cursor text) RETURNS tidemark.cursor
LANGUAGE sql IMMUTABLE AS $$
  SELECT ROW(
    split_part(p_cursor, '|', 1)::pg_snapshot,
    nullif(split_part(p_cursor, '|', 2), '')::pg_snapshot,
    nullif(split_part(p_cursor, '|', 3), '')::bigint
  )::tidemark.cursor
$$;--> statement-breakpoint

-- The changes of a tenant that a reader has not read. Ids are not drawn in the order of commits, and
-- everything below some id is only ever complete once the oldest transaction of the whole cluster has
-- ended; what a snapshot does not show is known at once.
CREATE FUNCTION tidemark.unread(p_tenant text, p_cursor tidemark.cursor) RETURNS SETOF tidemark.sync_change
LANGUAGE sql STABLE AS $$
  SELECT change.*
    FROM tidemark.sync_change AS change
    WHERE change.tenant_id = p_tenant
      AND change.xid >= pg_snapshot_xmin((p_cursor).since)
      AND NOT pg_visible_in_snapshot(change.xid, (p_cursor).since)
      AND (
        (p_cursor).until IS NULL
        OR change.id > (p_cursor).place
        OR NOT pg_visible_in_snapshot(change.xid, (p_cursor).until)
      )
$$;--> statement-breakpoint

-- The current snapshot in which our own transaction counts as done: what it has changed until now is
-- read with the rest. A snapshot leaves out its own transaction, unless that began after its end; then
-- all between are listed as not done.
CREATE FUNCTION tidemark.own_snapshot() RETURNS pg_snapshot
LANGUAGE plpgsql AS $$
DECLARE
  v_now pg_snapshot := pg_current_snapshot();
  v_end bigint := pg_snapshot_xmax(v_now)::text::bigint;
  v_own bigint := pg_current_xact_id_if_assigned()::text::bigint;
BEGIN
  IF v_own IS NULL OR v_own < v_end THEN RETURN v_now; END IF;
  RETURN format('%s:%s:%s', pg_snapshot_xmin(v_now), v_own + 1, (
    SELECT string_agg(xid::text, ',' ORDER BY xid)
      FROM (
        SELECT running::text::bigint FROM pg_snapshot_xip(v_now) AS running
        UNION ALL SELECT generate_series(v_end, v_own - 1)
      ) AS others(xid)
  ))::pg_snapshot;
END
$$;--> statement-breakpoint

-- Reads a tenant's next outside changes: {cursor, more, changes: [{op, table, id, before, after, epoch,
-- seen, by}]}. At most 500, and no more after 4 MiB. To be called after everything else that its
-- transaction does.
--   TM011  the cursor does not fit what is kept    the reader has to load everything anew
CREATE FUNCTION tidemark.read_changes(p_tenant text, p_cursor text) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
  c_changes CONSTANT integer := 500;
  c_bytes CONSTANT integer := 4 * 1024 * 1024;
  v_cursor tidemark.cursor := tidemark.parse_cursor(p_cursor);
  v_until pg_snapshot := coalesce(v_cursor.until, tidemark.own_snapshot());
  v_next text := p_cursor;
  v_changes jsonb;
  v_last bigint;
  v_more boolean;
BEGIN
  SELECT
      coalesce(jsonb_agg(change ORDER BY id) FILTER (WHERE fits), '[]'),
      max(id) FILTER (WHERE fits),
      count(*) = c_changes OR NOT coalesce(bool_and(fits), true)
    INTO v_changes, v_last, v_more
    FROM (
      SELECT
          id,
          jsonb_build_object(
            'op', op, 'table', table_name, 'id', row_id, 'before', before, 'after', after,
            'epoch', epoch, 'seen', seen, 'by', by_whom
          ) AS change,
          coalesce(sum(bytes) OVER (ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) < c_bytes AS fits
        FROM (
          SELECT *, octet_length(before::text) + octet_length(after::text) AS bytes
            FROM tidemark.unread(p_tenant, v_cursor)
            WHERE pg_visible_in_snapshot(xid, v_until)
            ORDER BY id LIMIT c_changes
        ) AS page
    ) AS measured;
  -- Looked at after the changes were read, so that what is deleted in between is noticed.
  IF EXISTS (SELECT FROM tidemark.pruned WHERE tenant_id = p_tenant AND xid >= pg_snapshot_xmin(v_cursor.since)) THEN
    RAISE EXCEPTION 'the cursor of tenant % is older than the outside changes that are kept', p_tenant
      USING ERRCODE = 'TM011';
  END IF;
  IF pg_snapshot_xmax(v_cursor.since) > pg_snapshot_xmax(pg_current_snapshot()) THEN
    RAISE EXCEPTION 'the cursor of tenant % is ahead of this database', p_tenant USING ERRCODE = 'TM011';
  END IF;
  IF v_more THEN
    v_next := concat_ws('|', v_cursor.since, v_until, v_last);
  ELSIF v_last IS NOT NULL OR v_cursor.until IS NOT NULL THEN
    v_next := v_until;
  END IF;
  -- A crash may give the number of a transaction that left no durable trace to another one, which a
  -- snapshot from before the crash would take for seen. This makes our commit wait for the disk, and
  -- with it for the traces of all that ended before. A cursor that has not moved needs none of that.
  IF v_next <> p_cursor THEN
    PERFORM pg_logical_emit_message(true, 'tidemark', '');
  END IF;
  RETURN jsonb_build_object('cursor', v_next, 'more', v_more, 'changes', v_changes);
END
$$;--> statement-breakpoint

-- Deletes outside changes that are older than a retention, and returns how many. A reader that has not
-- read them is told.
CREATE FUNCTION tidemark.prune_changes(p_retention interval) RETURNS bigint
LANGUAGE sql AS $$
  WITH gone AS (
    DELETE FROM tidemark.sync_change WHERE at < now() - p_retention RETURNING tenant_id, xid
  ), told AS (
    INSERT INTO tidemark.pruned AS known (tenant_id, xid)
      SELECT DISTINCT ON (tenant_id) tenant_id, xid FROM gone ORDER BY tenant_id, xid DESC
      ON CONFLICT (tenant_id) DO UPDATE SET xid = greatest(known.xid, excluded.xid)
  )
  SELECT count(*) FROM gone
$$;--> statement-breakpoint

-- Whether rows that these edits touch were changed outside after the cursor, whether they are there
-- or not.
CREATE FUNCTION tidemark.is_behind(p_tenant text, p_edits jsonb, p_cursor text) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
  v_cursor tidemark.cursor := tidemark.parse_cursor(p_cursor);
BEGIN
  -- Almost always there are none at all, and the edits need not be taken apart.
  IF NOT EXISTS (SELECT FROM tidemark.unread(p_tenant, v_cursor)) THEN RETURN false; END IF;
  RETURN EXISTS (
    SELECT FROM tidemark.unread(p_tenant, v_cursor) AS unread
      WHERE (unread.table_name, unread.row_id) IN (
        SELECT change ->> 'table', change ->> 'id'
          FROM jsonb_array_elements(p_edits) AS edit,
            jsonb_array_elements(edit -> 'changes') AS change
      )
  );
END
$$;--> statement-breakpoint

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
$$;--> statement-breakpoint

-- Moves a tenant's ledger within the interval (p_after, p_up_to].
CREATE FUNCTION tidemark.move_ledger(
  p_tenant text, p_after bigint, p_up_to bigint, p_applied bigint, p_refusals jsonb DEFAULT '[]'
) RETURNS void
LANGUAGE sql AS $$
  UPDATE tidemark.ledger
    SET applied_seq = p_applied, last_after = p_after, last_up_to = p_up_to,
      last_refusals = p_refusals, updated_at = now()
    WHERE tenant_id = p_tenant
$$;--> statement-breakpoint

-- Applies what a batch comes to, a few statements per table. Returns false, with nothing done, when
-- an edit of it would be refused: which one, only `apply_edits` can tell.
DROP FUNCTION tidemark.apply_net(text, jsonb);--> statement-breakpoint
CREATE FUNCTION tidemark.apply_net(p_tenant text, p_after bigint, p_up_to bigint, p_net jsonb) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
  v_table jsonb;
BEGIN
  -- The ledger goes ahead, so that what triggers and cascades do is recorded as done in sight of the batch.
  PERFORM tidemark.move_ledger(p_tenant, p_after, p_up_to, p_up_to);
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
DROP FUNCTION tidemark.apply_edit(text, jsonb);--> statement-breakpoint
CREATE FUNCTION tidemark.apply_edit(p_tenant text, p_after bigint, p_up_to bigint, p_edit jsonb) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
  v_change jsonb;
  v_table text;
  v_state text;
  v_message text;
  v_constraint text;
  v_column text;
BEGIN
  PERFORM tidemark.move_ledger(p_tenant, p_after, p_up_to, (p_edit -> 'seq')::bigint);
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

-- Applies edits one by one, up to the first that is refused (which has passed, with its verdict), or
-- that fails while the object is behind (which has not).
DROP FUNCTION tidemark.apply_edits(text, jsonb);--> statement-breakpoint
CREATE FUNCTION tidemark.apply_edits(
  p_tenant text, p_after bigint, p_up_to bigint, p_edits jsonb, p_cursor text,
  OUT applied bigint, OUT refusal jsonb, OUT behind boolean
) LANGUAGE plpgsql AS $$
DECLARE
  v_edit jsonb;
BEGIN
  applied := p_after;
  -- A row that was not there could not be locked: it may have come while the batch waited to insert it.
  behind := tidemark.is_behind(p_tenant, p_edits, p_cursor);
  IF behind THEN RETURN; END IF;
  FOR v_edit IN SELECT item FROM jsonb_array_elements(p_edits) WITH ORDINALITY AS edits(item, place) ORDER BY place LOOP
    refusal := tidemark.apply_edit(p_tenant, p_after, p_up_to, v_edit);
    IF refusal IS NOT NULL AND tidemark.is_behind(p_tenant, p_edits, p_cursor) THEN
      refusal := NULL;
      behind := true;
      RETURN;
    END IF;
    applied := (v_edit -> 'seq')::bigint;
    EXIT WHEN refusal IS NOT NULL;
  END LOOP;
  IF refusal IS NULL THEN
    applied := p_up_to;
  END IF;
  PERFORM tidemark.move_ledger(p_tenant, p_after, p_up_to, applied, CASE WHEN refusal IS NULL THEN '[]' ELSE jsonb_build_array(refusal) END);
END
$$;--> statement-breakpoint

-- Writes the audit history and the clients' marks of edits that passed, the refused one included.
DROP FUNCTION tidemark.remember(text, text, jsonb, jsonb);--> statement-breakpoint
CREATE FUNCTION tidemark.remember(
  p_tenant text, p_epoch text, p_applied bigint, p_edits jsonb, p_refusal jsonb
) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  c_refusals CONSTANT integer := 100;
BEGIN
  INSERT INTO tidemark.history (tenant_id, epoch, seq, actor, n, subject, at, changes, outside, refused)
    SELECT
        p_tenant, p_epoch, e.seq, e.actor, e.n, e.subject, to_timestamp(e.at / 1000), e.changes, e.outside,
        CASE WHEN e.seq = (p_refusal -> 'seq')::bigint THEN p_refusal END
      FROM jsonb_to_recordset(p_edits)
        AS e(seq bigint, actor text, n bigint, subject text, at double precision, changes jsonb, outside jsonb)
      WHERE e.seq <= p_applied;
  -- Outside writes and the object's own reverts are not a client's edits and have no mark.
  INSERT INTO tidemark.client_mark AS mark (tenant_id, client_id, subject, n)
    SELECT DISTINCT ON (e.actor) p_tenant, e.actor, e.subject, e.n
      FROM jsonb_to_recordset(p_edits) AS e(seq bigint, actor text, n bigint, subject text)
      WHERE e.actor NOT IN ('sql', 'object') AND e.seq <= p_applied
      ORDER BY e.actor, e.n DESC
    ON CONFLICT (tenant_id, client_id)
      DO UPDATE SET subject = excluded.subject, n = greatest(mark.n, excluded.n);
  IF p_refusal IS NULL THEN RETURN; END IF;
  UPDATE tidemark.client_mark AS mark
    SET refusals = (
      SELECT jsonb_agg(item ORDER BY place)
        FROM (
          SELECT item, place
            FROM jsonb_array_elements(mark.refusals || (p_refusal || jsonb_build_object('n', e.n)))
              WITH ORDINALITY AS refusals(item, place)
            ORDER BY place DESC LIMIT c_refusals
        ) AS newest
    )
    FROM jsonb_to_recordset(p_edits) AS e(seq bigint, actor text, n bigint)
    WHERE e.seq = (p_refusal -> 'seq')::bigint AND mark.tenant_id = p_tenant AND mark.client_id = e.actor;
END
$$;--> statement-breakpoint

-- Claims a tenant for an epoch, which fences every other, and returns {applied, marks, cursor}: how far
-- this epoch's log is here, what is settled of each client and how, and where outside changes begin.
-- Repeating it changes nothing.
CREATE OR REPLACE FUNCTION tidemark.open_tenant(p_tenant text, p_epoch text) RETURNS jsonb
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
      SELECT
          coalesce(
            jsonb_agg(
              jsonb_build_object('client', client_id, 'subject', subject, 'n', n, 'refusals', refusals)
              ORDER BY client_id
            ),
            '[]'
          )
        FROM tidemark.client_mark WHERE tenant_id = p_tenant
    ),
    'cursor', (SELECT pg_current_snapshot()::text)
  );
END
$$;--> statement-breakpoint

-- Applies the interval (p_after, p_up_to] of a tenant's log exactly once.
--   p_edits   [{seq, actor, n, subject, at, changes: [{op, table, id, ...}], outside?}] in order
--   p_net     [{table, inserts, updates, deletes}], the same interval set-wise, tables in the order
--             of declaration: one comes after those it refers to
--   p_cursor  which outside changes the object has seen
-- Returns {is: 'applied', applied, refusals, outside}, where `applied` is below p_up_to after a refusal;
-- {is: 'behind', ...} when rows of the batch were changed outside in a way the object has not seen, so
-- that nothing beyond `applied` was done; or {is: 'fenced', epoch, applied} when another epoch owns
-- the tenant. `outside` is the answer of `read_changes`.
DROP FUNCTION tidemark.apply_batch(text, text, bigint, bigint, jsonb, jsonb);--> statement-breakpoint
CREATE FUNCTION tidemark.apply_batch(
  p_tenant text, p_epoch text, p_after bigint, p_up_to bigint, p_edits jsonb, p_net jsonb, p_cursor text
) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
  v_ledger tidemark.ledger;
  v_applied bigint := p_up_to;
  v_refusal jsonb;
  v_behind boolean := false;
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
    -- Only now: whoever held these rows has committed, and this statement sees it.
    IF tidemark.is_behind(p_tenant, p_edits, p_cursor) THEN
      v_behind := true;
      v_applied := p_after;
    ELSIF NOT tidemark.apply_net(p_tenant, p_after, p_up_to, p_net) THEN
      SELECT applied, refusal, behind INTO v_applied, v_refusal, v_behind
        FROM tidemark.apply_edits(p_tenant, p_after, p_up_to, p_edits, p_cursor);
    END IF;
    PERFORM tidemark.remember(p_tenant, p_epoch, v_applied, p_edits, v_refusal);
    SELECT * INTO v_ledger FROM tidemark.ledger WHERE tenant_id = p_tenant;
  END IF;
  RETURN jsonb_build_object(
    'is', CASE WHEN v_behind THEN 'behind' ELSE 'applied' END,
    'applied', v_ledger.applied_seq,
    'refusals', CASE WHEN v_behind THEN '[]' ELSE coalesce(v_ledger.last_refusals, '[]') END,
    'outside', tidemark.read_changes(p_tenant, p_cursor)
  );
END
$$;
