-- What anybody but us changes in a synced table: how it is recorded, and how it is read exactly once.
-- The triggers come in a migration of their own, generated from the collections.

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

-- Records one change. The ledger is read without a lock, so no writer waits for a batch. It is right
-- all the same: a batch that touched this row was committed before our caller could lock the row. A
-- tenant that nobody has opened is recorded too, because it may be opened before the caller commits.
CREATE FUNCTION tidemark.record_change(
  p_tenant text, p_table text, p_id text, p_op text, p_before jsonb, p_after jsonb
) RETURNS void
-- Not LANGUAGE sql, which would plan the statement at each call.
LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO tidemark.sync_change (tenant_id, table_name, row_id, op, before, after, epoch, seen, by_whom)
    SELECT
        p_tenant, p_table, p_id, p_op, p_before, p_after,
        coalesce(ledger.epoch, ''), coalesce(ledger.applied_seq, 0),
        coalesce(nullif(current_setting('tidemark.by', true), ''), session_user)
      FROM (SELECT) AS once LEFT JOIN tidemark.ledger ON ledger.tenant_id = p_tenant;
END
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
$$;
