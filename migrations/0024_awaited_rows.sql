-- An insert waits for an open transaction that holds its key. If the row was made and deleted again there,
-- or its key changed once more, the insert goes through, and what happened before it would be taken into
-- the log as happening after it. So what a batch came upon is looked for once more when it is done: nobody
-- else can change its rows by then. Replaces functions of migrations 0018, 0022 and 0023; what is said
-- there holds.
--
-- SQLSTATE of our own:
--   TM004  rows were changed by others while they were waited for; takes back what was done

DROP FUNCTION tidemark.is_behind(text, text, text);--> statement-breakpoint
DROP FUNCTION tidemark.unread_rows(text, tidemark.cursor);--> statement-breakpoint

CREATE FUNCTION tidemark.unread_rows(p_tenant text, p_cursor tidemark.cursor)
RETURNS TABLE (table_name text, row_id text, xid xid8)
LANGUAGE sql STABLE AS $$
  SELECT table_name, row_id, xid FROM tidemark.unread(p_tenant, p_cursor) WHERE op <> 'proposal'
  UNION ALL
  SELECT change ->> 'table', change ->> 'id', proposal.xid
    FROM tidemark.unread(p_tenant, p_cursor) AS proposal
    CROSS JOIN LATERAL jsonb_array_elements(proposal.after -> 'changes') AS change
    WHERE proposal.op = 'proposal'
$$;--> statement-breakpoint

-- Whether rows that edits touch were changed outside after the cursor, whether they are there or not.
--   p_own  a transaction whose changes do not count: what the edits themselves set off
CREATE FUNCTION tidemark.is_behind(p_tenant text, p_changes text, p_cursor text, p_own xid8 DEFAULT NULL) RETURNS boolean
LANGUAGE plpgsql SET plan_cache_mode = force_custom_plan AS $$
DECLARE
  v_cursor tidemark.cursor := tidemark.parse_cursor(p_cursor);
BEGIN
  -- Almost always there are none at all, and the edits need not be taken apart.
  IF NOT EXISTS (SELECT FROM tidemark.unread(p_tenant, v_cursor) WHERE xid IS DISTINCT FROM p_own) THEN
    RETURN false;
  END IF;
  RETURN EXISTS (
    SELECT FROM tidemark.unread_rows(p_tenant, v_cursor) AS unread
      WHERE unread.xid IS DISTINCT FROM p_own
        AND (unread.table_name, unread.row_id) IN (
          SELECT change."table", change.id
            FROM string_to_table(p_changes, E'\n') AS line
            CROSS JOIN LATERAL json_to_recordset(line::json) AS change("table" text, id text)
        )
  );
END
$$;--> statement-breakpoint

-- Ends the block that made changes if others had changed their rows meanwhile.
CREATE FUNCTION tidemark.assert_not_behind(p_tenant text, p_changes text, p_cursor text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
  IF tidemark.is_behind(p_tenant, p_changes, p_cursor, pg_current_xact_id()) THEN
    RAISE EXCEPTION 'records were changed while they were waited for' USING ERRCODE = 'TM004';
  END IF;
END
$$;--> statement-breakpoint

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
  WHEN data_exception OR integrity_constraint_violation OR raise_exception OR SQLSTATE 'TM001' OR SQLSTATE 'TM002' THEN
    RETURN 'refused';
END
$$;--> statement-breakpoint

CREATE OR REPLACE FUNCTION tidemark.apply_edits(
  p_tenant text, p_after bigint, p_up_to bigint, p_edits json, p_changes text, p_steps json, p_cursor text,
  OUT applied bigint, OUT refusal jsonb, OUT behind boolean
) LANGUAGE plpgsql AS $$
DECLARE
  v_edit record;
BEGIN
  applied := p_after;
  PERFORM tidemark.lock_rows(p_tenant, p_steps);
  behind := tidemark.is_behind(p_tenant, p_changes, p_cursor);
  IF behind THEN RETURN; END IF;
  BEGIN
    FOR v_edit IN
      SELECT seq, changes FROM tidemark.edits_of(p_edits, p_changes) ORDER BY seq
    LOOP
      refusal := tidemark.apply_edit(p_tenant, p_after, p_up_to, v_edit.seq, v_edit.changes::jsonb);
      -- An earlier edit may have set off what this one failed on.
      behind := refusal IS NOT NULL AND tidemark.is_behind(p_tenant, p_changes, p_cursor);
      EXIT WHEN behind;
      applied := v_edit.seq;
      EXIT WHEN refusal IS NOT NULL;
    END LOOP;
    PERFORM tidemark.assert_not_behind(p_tenant, p_changes, p_cursor);
  EXCEPTION
    WHEN SQLSTATE 'TM004' THEN
      applied := p_after;
      behind := true;
  END;
  IF behind THEN
    refusal := NULL;
    RETURN;
  END IF;
  IF refusal IS NULL THEN
    applied := p_up_to;
  END IF;
  PERFORM tidemark.move_ledger(
    p_tenant, p_after, p_up_to, applied, CASE WHEN refusal IS NULL THEN '[]' ELSE jsonb_build_array(refusal) END
  );
END
$$;--> statement-breakpoint

CREATE OR REPLACE FUNCTION tidemark.apply_proposal(
  p_tenant text, p_epoch text, p_after bigint, p_seq bigint, p_proposal jsonb, p_cursor text,
  OUT refusal jsonb, OUT behind boolean
) LANGUAGE plpgsql AS $$
DECLARE
  v_changes jsonb := p_proposal -> 'changes';
  v_id bigint;
BEGIN
  PERFORM tidemark.lock_rows(p_tenant, (
    SELECT coalesce(json_agg(json_build_object(
        'op', change -> 'op', 'table', change -> 'table', 'ids', json_build_array(change -> 'id')
      )), '[]')
      FROM jsonb_array_elements(v_changes) AS change
  ));
  behind := tidemark.is_behind(p_tenant, v_changes::text, p_cursor);
  IF behind THEN RETURN; END IF;
  -- Before the changes themselves, so that what cascades and triggers do for them comes after it.
  INSERT INTO tidemark.sync_change (tenant_id, table_name, row_id, op, before, after, epoch, seen, by_whom)
    VALUES (p_tenant, '', '', 'proposal', '{}', p_proposal, p_epoch, p_seq, p_proposal ->> 'subject')
    RETURNING id INTO v_id;
  refusal := tidemark.apply_edit(p_tenant, p_after, p_seq, p_seq, v_changes);
  IF refusal IS NOT NULL THEN
    DELETE FROM tidemark.sync_change WHERE id = v_id;
    behind := tidemark.is_behind(p_tenant, v_changes::text, p_cursor);
    RETURN;
  END IF;
  PERFORM tidemark.assert_not_behind(p_tenant, v_changes::text, p_cursor);
EXCEPTION
  WHEN SQLSTATE 'TM004' THEN behind := true;
END
$$;
