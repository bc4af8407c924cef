-- Numbers of transactions mean nothing in another cluster. A logical dump brings them along: changes that were read
-- long ago look unread where transactions have lower numbers, and those that are new look read where they have
-- higher ones. So the cluster in which a number was given out has a name, which goes with the number: what is of
-- another cluster counts for nothing here, and a cursor from there has expired.

-- A restored row gets the number of the transaction that restores it. So this one row tells a copy that was restored,
-- in whatever way, from the database that it was taken of: nobody ever changes it. (A copy of files keeps the number,
-- and all others with it, and goes on from there: what it lacks is told by the marks of readers.)
CREATE TABLE tidemark.cluster (made timestamptz NOT NULL DEFAULT now());--> statement-breakpoint
INSERT INTO tidemark.cluster DEFAULT VALUES;--> statement-breakpoint

-- The name of the cluster and of the database in it. Two clusters that were filled by the same script have another
-- system identifier, unless its owner may not read that. With the owner's rights, so that all get the same name.
CREATE FUNCTION tidemark.cluster_name() RETURNS bigint
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  v_system bigint;
BEGIN
  IF has_function_privilege('pg_control_system()', 'EXECUTE') THEN
    SELECT system_identifier INTO v_system FROM pg_control_system();
  END IF;
  RETURN (
    SELECT hashtextextended(
        concat_ws(
          '/', v_system, (SELECT oid FROM pg_database WHERE datname = current_database()),
          'tidemark.sync_change'::regclass::oid, string_agg(xmin::text, ',' ORDER BY xmin::text)
        ),
        0
      )
      FROM tidemark.cluster
  );
END
$$;--> statement-breakpoint

-- What has no name is from before this migration, and so from the cluster in which it ran. A dump brings this name
-- along as it is.
DO $$
BEGIN
  EXECUTE format(
    'CREATE FUNCTION tidemark.first_cluster() RETURNS bigint LANGUAGE sql IMMUTABLE AS %L',
    format('SELECT %L::bigint', tidemark.cluster_name())
  );
  -- As a constant, it is not written to each row that there is.
  EXECUTE format('ALTER TABLE tidemark.sync_change ADD COLUMN cluster bigint NOT NULL DEFAULT %L', tidemark.cluster_name());
  EXECUTE format('ALTER TABLE tidemark.pruned ADD COLUMN cluster bigint NOT NULL DEFAULT %L', tidemark.cluster_name());
  EXECUTE format('ALTER TABLE tidemark.reading ADD COLUMN cluster bigint NOT NULL DEFAULT %L', tidemark.cluster_name());
END
$$;--> statement-breakpoint
ALTER TABLE tidemark.sync_change ALTER COLUMN cluster SET DEFAULT tidemark.cluster_name();--> statement-breakpoint
ALTER TABLE tidemark.pruned ALTER COLUMN cluster SET DEFAULT tidemark.cluster_name();--> statement-breakpoint
ALTER TABLE tidemark.reading ALTER COLUMN cluster SET DEFAULT tidemark.cluster_name();--> statement-breakpoint

-- A dump that is restored while triggers are on brings ids that its own rows have been given already.
ALTER TABLE tidemark.sync_change DROP CONSTRAINT sync_change_pkey, ADD PRIMARY KEY (id, cluster);--> statement-breakpoint

-- The transaction that deleted the changes: whoever sees it had seen all of them.
ALTER TABLE tidemark.pruned ADD COLUMN pruner xid8;--> statement-breakpoint

-- Written as cluster@since|until|place|mark.
ALTER TYPE tidemark.cursor ADD ATTRIBUTE cluster bigint;--> statement-breakpoint

CREATE OR REPLACE FUNCTION tidemark.parse_cursor(p_cursor text) RETURNS tidemark.cursor
LANGUAGE sql IMMUTABLE AS $$
  SELECT ROW(
    split_part(split_part(p_cursor, '@', -1), '|', 1)::pg_snapshot,
    nullif(split_part(p_cursor, '|', 2), '')::pg_snapshot,
    nullif(split_part(p_cursor, '|', 3), '')::bigint,
    nullif(split_part(p_cursor, '|', 4), '')::uuid,
    nullif(split_part(p_cursor, '@', -2), '')::bigint
  )::tidemark.cursor
$$;--> statement-breakpoint

CREATE FUNCTION tidemark.cursor_text(
  p_since pg_snapshot, p_until pg_snapshot DEFAULT NULL, p_place bigint DEFAULT NULL, p_mark uuid DEFAULT NULL
) RETURNS text
LANGUAGE sql STABLE AS $$
  SELECT format('%s@%s|%s|%s|%s', tidemark.cluster_name(), p_since, p_until, p_place, p_mark)
$$;--> statement-breakpoint

CREATE OR REPLACE FUNCTION tidemark.unread(p_tenant text, p_cursor tidemark.cursor) RETURNS SETOF tidemark.sync_change
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
      AND change.cluster = (SELECT tidemark.cluster_name())
$$;--> statement-breakpoint

-- Whether this database has all that a cursor has read, which may be nothing. It does not once it was put back
-- behind that, and in another cluster nobody can tell.
CREATE OR REPLACE FUNCTION tidemark.was_read(p_tenant text, p_cursor tidemark.cursor) RETURNS boolean
LANGUAGE sql AS $$
  SELECT (p_cursor).since IS NULL OR (
    coalesce((p_cursor).cluster, tidemark.first_cluster()) = tidemark.cluster_name()
    AND pg_snapshot_xmax((p_cursor).since) <= pg_snapshot_xmax(pg_current_snapshot())
    AND (
      (p_cursor).mark IS NULL
      OR EXISTS (SELECT FROM tidemark.reading WHERE tenant_id = p_tenant AND mark = (p_cursor).mark)
    )
  )
$$;--> statement-breakpoint

-- Fails with TM011 where changes were deleted that a cursor may not have read. What was deleted before the cursor's
-- snapshot was taken, the cursor has.
CREATE FUNCTION tidemark.check_kept(p_tenant text, p_cursor tidemark.cursor) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT FROM tidemark.pruned
      WHERE tenant_id = p_tenant AND cluster = tidemark.cluster_name()
        AND xid >= pg_snapshot_xmin(p_cursor.since)
        AND NOT coalesce(pg_visible_in_snapshot(pruner, p_cursor.since), false)
  ) THEN
    RAISE EXCEPTION 'the cursor of tenant % is older than the outside changes that are kept', p_tenant
      USING ERRCODE = 'TM011';
  END IF;
END
$$;--> statement-breakpoint

-- As before, and marks of other clusters go.
CREATE OR REPLACE FUNCTION tidemark.leave_mark(p_tenant text, p_shown uuid) RETURNS uuid
LANGUAGE sql AS $$
  DELETE FROM tidemark.reading
    WHERE tenant_id = p_tenant
      AND (
        cluster <> (SELECT tidemark.cluster_name())
        OR xid < (SELECT xid FROM tidemark.reading WHERE tenant_id = p_tenant AND mark = p_shown)
      );
  INSERT INTO tidemark.reading (tenant_id)
    SELECT p_tenant WHERE p_tenant = '' OR EXISTS (SELECT FROM tidemark.ledger WHERE tenant_id = p_tenant)
    RETURNING mark;
$$;--> statement-breakpoint

CREATE OR REPLACE FUNCTION tidemark.open_tenant(p_tenant text, p_epoch text) RETURNS jsonb
LANGUAGE plpgsql AS $$
BEGIN
  -- The row is locked even when it stays as it is, so a batch under way ends before the marks are read.
  INSERT INTO tidemark.ledger AS ledger (tenant_id, epoch) VALUES (p_tenant, p_epoch)
    ON CONFLICT (tenant_id) DO UPDATE SET
      epoch = excluded.epoch, applied_seq = 0,
      last_after = NULL, last_up_to = NULL, last_refusals = NULL, updated_at = now()
      WHERE ledger.epoch <> excluded.epoch;
  INSERT INTO tidemark.epoch (tenant_id, epoch) VALUES (p_tenant, p_epoch) ON CONFLICT DO NOTHING;
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
    'cursor', tidemark.cursor_text(pg_current_snapshot())
  );
END
$$;--> statement-breakpoint

CREATE OR REPLACE FUNCTION tidemark.page_state(p_tenant text, p_snapshot pg_snapshot, p_reached text) RETURNS text
LANGUAGE plpgsql AS $$
BEGIN
  IF NOT tidemark.was_read(p_tenant, tidemark.parse_cursor(p_reached)) THEN RETURN p_reached; END IF;
  RETURN tidemark.cursor_text(p_snapshot, p_mark => tidemark.leave_mark(p_tenant, NULL));
END
$$;--> statement-breakpoint

-- As before. A database that was put back, or that another cluster has now, has changes in every tenant, as far as
-- is known here.
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
    'cursor', tidemark.cursor_text(v_now, p_mark => tidemark.leave_mark('', v_cursor.mark)), 'tenants', v_changed
  );
END
$$;--> statement-breakpoint

-- As before. What is deleted of another cluster was never to be read here.
CREATE OR REPLACE FUNCTION tidemark.prune_changes(p_retention interval, p_limit bigint DEFAULT 5000) RETURNS bigint
LANGUAGE sql AS $$
  WITH old AS (
    SELECT id, cluster FROM tidemark.sync_change WHERE at < now() - p_retention ORDER BY id LIMIT p_limit
  ), gone AS (
    DELETE FROM tidemark.sync_change AS change
      USING old WHERE change.id = old.id AND change.cluster = old.cluster
      RETURNING change.tenant_id, change.xid, change.cluster
  ), told AS (
    INSERT INTO tidemark.pruned AS known (tenant_id, xid, cluster, pruner)
      SELECT DISTINCT ON (tenant_id) tenant_id, xid, cluster, pg_current_xact_id()
        FROM gone WHERE cluster = (SELECT tidemark.cluster_name()) ORDER BY tenant_id, xid DESC
      ON CONFLICT (tenant_id) DO UPDATE SET
        xid = CASE WHEN known.cluster = excluded.cluster THEN greatest(known.xid, excluded.xid) ELSE excluded.xid END,
        cluster = excluded.cluster, pruner = excluded.pruner
  )
  SELECT count(*) FROM gone
$$;--> statement-breakpoint

-- Records one change. The ledger is read without a lock, so no writer waits for a batch. It is right
-- all the same: a batch that touched this row was committed before our caller could lock the row. A
-- tenant that nobody has opened is recorded too, because it may be opened before the caller commits.
-- The name of the cluster is asked for once a transaction.
CREATE OR REPLACE FUNCTION tidemark.record_change(
  p_tenant text, p_table text, p_id text, p_op text, p_before jsonb, p_after jsonb
) RETURNS void
-- Not LANGUAGE sql, which would plan the statement at each call.
LANGUAGE plpgsql AS $$
DECLARE
  v_cluster text := nullif(current_setting('tidemark.cluster', true), '');
BEGIN
  IF v_cluster IS NULL THEN
    v_cluster := set_config('tidemark.cluster', tidemark.cluster_name()::text, true);
  END IF;
  INSERT INTO tidemark.sync_change (tenant_id, table_name, row_id, op, before, after, epoch, seen, by_whom, cluster)
    SELECT
        p_tenant, p_table, p_id, p_op, p_before, p_after,
        coalesce(ledger.epoch, ''), coalesce(ledger.applied_seq, 0),
        coalesce(nullif(current_setting('tidemark.by', true), ''), session_user), v_cluster::bigint
      FROM (SELECT) AS once LEFT JOIN tidemark.ledger ON ledger.tenant_id = p_tenant;
END
$$;--> statement-breakpoint

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
$$;
