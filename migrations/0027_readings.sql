-- Whether a database is still the one that was read. Its transactions are numbered, and after it was put back
-- the same numbers are given out again: once enough have ended, a snapshot from before looks current, and what
-- they changed looks read. So whoever reads leaves a mark in what it read, which a database that was put back
-- behind it does not have.

CREATE TABLE tidemark.reading (
	-- Empty for who reads for all tenants.
	tenant_id text NOT NULL,
	mark uuid NOT NULL DEFAULT gen_random_uuid(),
	xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
	PRIMARY KEY (tenant_id, mark)
);--> statement-breakpoint

-- Written as since|until|place|mark. A cursor that has read nothing yet has no mark: the epoch in which it
-- was opened is mark enough.
ALTER TYPE tidemark.cursor ADD ATTRIBUTE mark uuid;--> statement-breakpoint

CREATE OR REPLACE FUNCTION tidemark.parse_cursor(p_cursor text) RETURNS tidemark.cursor
LANGUAGE sql IMMUTABLE AS $$
  SELECT ROW(
    split_part(p_cursor, '|', 1)::pg_snapshot,
    nullif(split_part(p_cursor, '|', 2), '')::pg_snapshot,
    nullif(split_part(p_cursor, '|', 3), '')::bigint,
    nullif(split_part(p_cursor, '|', 4), '')::uuid
  )::tidemark.cursor
$$;--> statement-breakpoint

-- Whether this database has all that a cursor has read, which may be nothing. It does not once it was put back
-- behind that.
CREATE FUNCTION tidemark.was_read(p_tenant text, p_cursor tidemark.cursor) RETURNS boolean
LANGUAGE sql AS $$
  SELECT coalesce(pg_snapshot_xmax((p_cursor).since) <= pg_snapshot_xmax(pg_current_snapshot()), true)
    AND (
      (p_cursor).mark IS NULL
      OR EXISTS (SELECT FROM tidemark.reading WHERE tenant_id = p_tenant AND mark = (p_cursor).mark)
    )
$$;--> statement-breakpoint

-- Fails with TM011 where that is not so: the reader has to load everything anew.
CREATE FUNCTION tidemark.check_reading(p_tenant text, p_cursor tidemark.cursor) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  IF NOT tidemark.was_read(p_tenant, p_cursor) THEN
    RAISE EXCEPTION 'the cursor of tenant % has read what this database does not have', p_tenant
      USING ERRCODE = 'TM011';
  END IF;
END
$$;--> statement-breakpoint

-- Leaves a mark for what is read in this transaction. A reader that shows an earlier one needs none from
-- before that; its answer may be lost, so the shown one stays. Of a tenant that nobody has opened there is
-- nothing to find again: NULL.
--   p_shown  the mark of the cursor at hand; may be null
--
-- It also makes our commit wait for the disk, and with it for the traces of all transactions that ended
-- before: a crash may give the number of one that left none to another, which a snapshot from before the
-- crash would take for seen.
CREATE FUNCTION tidemark.leave_mark(p_tenant text, p_shown uuid) RETURNS uuid
LANGUAGE sql AS $$
  DELETE FROM tidemark.reading
    WHERE tenant_id = p_tenant
      AND xid < (SELECT xid FROM tidemark.reading WHERE tenant_id = p_tenant AND mark = p_shown);
  INSERT INTO tidemark.reading (tenant_id)
    SELECT p_tenant WHERE p_tenant = '' OR EXISTS (SELECT FROM tidemark.ledger WHERE tenant_id = p_tenant)
    RETURNING mark;
$$;--> statement-breakpoint

-- As before, with a mark in each cursor that has moved.
CREATE OR REPLACE FUNCTION tidemark.read_changes(p_tenant text, p_cursor text) RETURNS jsonb
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
  PERFORM tidemark.check_reading(p_tenant, v_cursor);
  -- A cursor that has not moved costs no write.
  IF v_last IS NOT NULL OR v_cursor.until IS NOT NULL THEN
    v_next := format(
      '%s|%s|%s|%s',
      CASE WHEN v_more THEN v_cursor.since ELSE v_until END,
      CASE WHEN v_more THEN v_until END,
      CASE WHEN v_more THEN v_last END,
      tidemark.leave_mark(p_tenant, v_cursor.mark)
    );
  END IF;
  RETURN jsonb_build_object('cursor', v_next, 'more', v_more, 'changes', v_changes);
END
$$;--> statement-breakpoint

-- The state in which a page of rows is read, written as a cursor. Each page shows that of the page before,
-- which may be null, and the first look that of the last. A past that is gone is handed on: only a look can
-- tell that from a tenant that another log has taken over.
CREATE FUNCTION tidemark.page_state(p_tenant text, p_snapshot pg_snapshot, p_reached text) RETURNS text
LANGUAGE plpgsql AS $$
BEGIN
  IF NOT tidemark.was_read(p_tenant, tidemark.parse_cursor(p_reached)) THEN RETURN p_reached; END IF;
  RETURN format('%s|||%s', p_snapshot, tidemark.leave_mark(p_tenant, NULL));
END
$$;--> statement-breakpoint

-- As `look`, for a reader that has rows as of the state p_reached, which may be null.
CREATE OR REPLACE FUNCTION tidemark.look(
  p_tenant text, p_epoch text, p_after bigint, p_head bigint, p_cursor text, p_reached text
) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
  v_answer jsonb := tidemark.look(p_tenant, p_epoch, p_after, p_head, p_cursor);
BEGIN
  IF v_answer ->> 'is' = 'current' THEN
    PERFORM tidemark.check_reading(p_tenant, tidemark.parse_cursor(p_reached));
  END IF;
  RETURN v_answer;
END
$$;--> statement-breakpoint

-- As before, with a mark. A database that was put back has changes in every tenant, as far as is known here.
CREATE OR REPLACE FUNCTION tidemark.changed_tenants(p_cursor text, p_tenants jsonb) RETURNS jsonb
LANGUAGE plpgsql AS $$
DECLARE
  v_cursor tidemark.cursor := tidemark.parse_cursor(nullif(p_cursor, ''));
  v_is_other boolean := NOT tidemark.was_read('', v_cursor);
  v_now pg_snapshot;
  v_changed jsonb;
BEGIN
  SELECT pg_current_snapshot(), coalesce(jsonb_agg(tenant), '[]') INTO v_now, v_changed
    FROM jsonb_array_elements_text(p_tenants) AS listed(tenant)
    WHERE v_is_other OR v_cursor.since IS NULL OR EXISTS (SELECT FROM tidemark.unread(tenant, v_cursor));
  IF v_changed = '[]' THEN
    RETURN jsonb_build_object('cursor', p_cursor, 'tenants', v_changed);
  END IF;
  RETURN jsonb_build_object(
    'cursor', format('%s|||%s', v_now, tidemark.leave_mark('', v_cursor.mark)), 'tenants', v_changed
  );
END
$$;--> statement-breakpoint

-- As before, with the marks.
CREATE OR REPLACE FUNCTION tidemark.erase_tenant(p_tenant text, p_tables jsonb, p_limit bigint) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
  v_table text;
  v_done bigint;
BEGIN
  -- A batch under way ends first, and none can follow: the ledger is nobody's.
  UPDATE tidemark.ledger SET epoch = '' WHERE tenant_id = p_tenant;
  PERFORM set_config('tidemark.erasing', 'yes', true);
  FOR v_table IN
    SELECT name FROM jsonb_array_elements_text(p_tables) WITH ORDINALITY AS tables(name, place) ORDER BY place DESC
  LOOP
    -- Nobody is left to be told.
    PERFORM set_config('tidemark.origin', v_table, true);
    EXECUTE format(
      'DELETE FROM %1$I WHERE ctid IN (SELECT ctid FROM %1$I WHERE tenant_id = $1 LIMIT $2)', v_table
    ) USING p_tenant, p_limit;
    GET DIAGNOSTICS v_done = ROW_COUNT;
    -- What refers to these rows has to be gone before those it refers to.
    IF v_done = p_limit THEN RETURN true; END IF;
  END LOOP;
  PERFORM set_config('tidemark.origin', '', true);
  FOREACH v_table IN ARRAY
    ARRAY['history', 'sync_change', 'client_mark', 'epoch', 'pruned', 'reading', 'ledger']
  LOOP
    EXECUTE format(
      'DELETE FROM tidemark.%1$I WHERE ctid IN (SELECT ctid FROM tidemark.%1$I WHERE tenant_id = $1 LIMIT $2)', v_table
    ) USING p_tenant, p_limit;
    GET DIAGNOSTICS v_done = ROW_COUNT;
    IF v_done = p_limit THEN RETURN true; END IF;
  END LOOP;
  RETURN false;
END
$$;
