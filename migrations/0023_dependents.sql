-- Edits that the object undid with one that was refused here, and batches whose edits each table has to
-- see one by one. Replaces functions of migration 0018.

-- The edits of a batch, of which there is one list per property and one line of changes per edit.
-- `refused` is set on edits that the object has undone before they were sent: there is nothing to do for
-- them but to remember why.
DROP FUNCTION tidemark.edits_of(json, text);--> statement-breakpoint
CREATE FUNCTION tidemark.edits_of(p_edits json, p_changes text) RETURNS TABLE (
  seq bigint, actor text, n bigint, subject text, at double precision, outside json, refused json, changes text
)
LANGUAGE sql STABLE AS $$
  SELECT
      unnest(lists.seq), unnest(lists.actor), unnest(lists.n), unnest(lists.subject), unnest(lists.at),
      unnest(lists.outside), unnest(lists.refused), string_to_table(p_changes, E'\n')
    FROM json_to_record(p_edits)
      AS lists(
        seq bigint[], actor text[], n bigint[], subject text[], at double precision[],
        outside json[], refused json[]
      )
$$;--> statement-breakpoint

-- Applies what a batch comes to, few statements a table. Returns 'applied'; 'behind', with nothing
-- done, when rows of it were changed outside unseen; or 'refused', with nothing done, when this is for
-- `apply_edits` to do: an edit would be refused, and only it can tell which, or there are no p_rows,
-- because a table has to see each edit.
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
  RETURN 'applied';
-- Never OTHERS: a deadlock or a cancelled statement is nobody's mistake and must end the call.
EXCEPTION
  WHEN data_exception OR integrity_constraint_violation OR raise_exception OR SQLSTATE 'TM001' OR SQLSTATE 'TM002' THEN
    RETURN 'refused';
END
$$;--> statement-breakpoint

-- Keeps why edits were refused in the marks of their clients, the newest hundred of each.
CREATE FUNCTION tidemark.remember_refusals(
  p_tenant text, p_epoch text, p_applied bigint, p_edits json, p_changes text
) RETURNS void
LANGUAGE sql AS $$
  UPDATE tidemark.client_mark AS mark
    SET refusals = (
      SELECT jsonb_agg(item ORDER BY place)
        FROM (
          SELECT item, place
            FROM jsonb_array_elements(mark.refusals || added.refusals) WITH ORDINALITY AS kept(item, place)
            ORDER BY place DESC LIMIT 100
        ) AS newest
    )
    FROM (
      SELECT history.actor, jsonb_agg(history.refused || jsonb_build_object('n', history.n) ORDER BY seq) AS refusals
        FROM tidemark.edits_of(p_edits, p_changes) AS edit
        JOIN tidemark.history USING (seq)
        WHERE history.tenant_id = p_tenant AND history.epoch = p_epoch AND seq <= p_applied
          AND history.refused IS NOT NULL
        GROUP BY history.actor
    ) AS added
    WHERE mark.tenant_id = p_tenant AND mark.client_id = added.actor
$$;--> statement-breakpoint

-- Writes the audit history and the clients' marks of edits that passed, those refused included.
CREATE OR REPLACE FUNCTION tidemark.remember(
  p_tenant text, p_epoch text, p_applied bigint, p_edits json, p_changes text, p_refusal jsonb
) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
  v_refused bigint := (p_refusal -> 'seq')::bigint;
BEGIN
  WITH passed AS (
    INSERT INTO tidemark.history (tenant_id, epoch, seq, actor, n, subject, at, changes, outside, refused)
      SELECT
          p_tenant, p_epoch, seq, actor, n, subject, to_timestamp(at / 1000), changes::json, outside,
          CASE WHEN seq = v_refused THEN p_refusal ELSE refused::jsonb END
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
  IF p_refusal IS NOT NULL OR p_edits -> 'refused' IS NOT NULL THEN
    PERFORM tidemark.remember_refusals(p_tenant, p_epoch, p_applied, p_edits, p_changes);
  END IF;
END
$$;
